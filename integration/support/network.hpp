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

// While it lives all users may open /dev/net/tun, as udev has it: a node that is bound there.
class OpenTun {
 public:
  // `node` is made and removed again.
  explicit OpenTun(std::string node);
  OpenTun(const OpenTun&) = delete;
  OpenTun& operator=(const OpenTun&) = delete;
  ~OpenTun();

 private:
  std::string node_;
};

}  // namespace jailrun::integration
