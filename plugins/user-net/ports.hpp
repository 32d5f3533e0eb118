// SPDX-License-Identifier: Apache-2.0
// Ports of the host that lead into the jail: "tcp:8080:80", "udp:192.0.2.1/5353:53".
#pragma once

#include <jailrun/result.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace jailrun_stages::ports {

struct Forward {
  std::string protocol;  // "tcp" or "udp"
  std::string address;   // of the host; empty: all
  uint32_t host = 0;
  uint32_t jail = 0;
};

// 0 where it is not one.
inline uint32_t number(std::string_view text) {
  uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() ? value : 0;
}

inline jailrun::Result<Forward> parse(const std::string& text) {
  const auto wrong = [&](const std::string& why) { return jailrun::input_error("'" + text + "' " + why); };
  Forward forward;
  const size_t colon = text.find(':');
  const size_t last = text.rfind(':');
  forward.protocol = text.substr(0, colon);
  if (colon == std::string::npos || colon == last)
    return wrong("is not of the form PROTOCOL:[ADDRESS/]PORT:PORT");
  if (forward.protocol != "tcp" && forward.protocol != "udp") return wrong("begins with neither tcp nor udp");
  std::string host = text.substr(colon + 1, last - colon - 1);
  if (const size_t slash = host.find('/'); slash != std::string::npos) {
    forward.address = host.substr(0, slash);
    host.erase(0, slash + 1);
    unsigned char bytes[sizeof(in6_addr)];
    if (inet_pton(AF_INET, forward.address.c_str(), bytes) != 1 &&
        inet_pton(AF_INET6, forward.address.c_str(), bytes) != 1)
      return wrong("names '" + forward.address + "', which is not an IPv4 or IPv6 address");
  }
  constexpr uint32_t kMost = 65535;
  forward.host = number(host);
  forward.jail = number(std::string_view(text).substr(last + 1));
  for (const uint32_t one : {forward.host, forward.jail})
    if (one == 0 || one > kMost) return wrong("has a port that is not a number from 1 to 65535");
  return forward;
}

// As pasta takes it.
inline std::string specification(const Forward& one) {
  return (one.address.empty() ? "" : one.address + "/") + std::to_string(one.host) + ":" +
         std::to_string(one.jail);
}

}  // namespace jailrun_stages::ports
