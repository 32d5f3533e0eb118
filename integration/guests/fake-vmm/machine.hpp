// SPDX-License-Identifier: Apache-2.0
// The machine that is asked for and never runs: what Firecracker would answer, without a VM behind it.
#pragma once

#include "json.hpp"

#include <string>
#include <utility>

namespace fake_vmm {

struct Request {
  std::string method;
  std::string path;
  std::string body;
};

struct Answer {
  int status = 204;
  std::string body;  // JSON
};

class Machine {
 public:
  explicit Machine(std::string id) : id_(std::move(id)) {}

  Answer answer(const Request& request);
  // A complete machine, from --config-file, started. The sentence says what is wrong with it; empty: nothing.
  std::string configure(const std::string& json);
  // The guest was told to shut down, and does.
  bool has_ended() const { return ended_; }

 private:
  Answer get(const std::string& path) const;
  Answer put(const std::string& resource, const std::string& id, const Request& request);
  Answer patch(const std::string& resource, const std::string& id, const Members& body);
  Answer act(const std::string& action);
  std::string boot_source(const Members& body);
  std::string drive(const std::string& id, const Members& body);

  std::string id_;
  std::string state_ = "Not started";
  std::string machine_config_ = R"({"vcpu_count":1,"mem_size_mib":128,"smt":false})";
  std::string metadata_ = "{}";
  Members drives_;  // id -> "true" where it is read-only
  bool has_boot_source_ = false;
  bool ended_ = false;
};

}  // namespace fake_vmm
