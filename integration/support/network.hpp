// SPDX-License-Identifier: Apache-2.0
// A network namespace of a test's own, held by a bind mount as `ip netns add` holds one.
#pragma once

#include <string>

namespace jailrun::integration {

class NetworkNamespace {
 public:
  // Bound to `file`, which is made and removed again.
  explicit NetworkNamespace(std::string file);
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;
  ~NetworkNamespace();

  const std::string& path() const { return file_; }
  // As /proc/PID/ns/net names it: "net:[4026532345]".
  std::string name() const;

 private:
  std::string file_;
};

}  // namespace jailrun::integration
