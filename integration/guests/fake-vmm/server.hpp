// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on a Unix socket, as small as clients of Firecracker's API allow: no chunks, no pipelining.
#pragma once

#include "machine.hpp"

#include <string>

namespace fake_vmm {

class Server {
 public:
  // The sentence says why it can't; empty: it listens.
  std::string listen_at(const std::string& path);
  // Answers, and writes each request and its answer's status to `log`, until the machine is stopped.
  void serve(Machine& machine, const std::string& log);

 private:
  int listener_ = -1;
};

}  // namespace fake_vmm
