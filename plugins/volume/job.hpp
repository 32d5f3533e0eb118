// SPDX-License-Identifier: Apache-2.0
// One volume of one launch: what was requested, and the payload of the call that makes it.
#pragma once

#include <jailrun/plugin.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace volume {

// How the volume gets the data of its base.
enum class Method { kAuto, kReflink, kSnapshot, kCopy };
constexpr std::string_view kMethodNames[] = {"auto", "reflink", "snapshot", "copy"};

inline bool find_method(std::string_view text, Method& method) {
  for (size_t i = 0; i < std::size(kMethodNames); ++i) {
    if (text != kMethodNames[i]) continue;
    method = static_cast<Method>(i);
    return true;
  }
  return false;
}
inline std::string method_name(Method method) {
  return std::string(kMethodNames[static_cast<size_t>(method)]);
}

struct Job {
  std::string target;  // in the jail: "/disks/data.ext4"
  std::string base;    // host path of the image
  std::string root;    // host path of the jail's root
  std::string store;   // host path of the directory that holds the volumes of this id
  uint64_t size = 0;   // bytes; 0: the base's
  Method method = Method::kAuto;
  bool keep = false;
  jr_owner owner = {0, 0};
  uint64_t index = 0;  // among the launch's volumes
};

// The name of the volume's own directory in the store. Two targets must not share one.
inline std::string directory_name(std::string_view target) {
  std::string name;
  for (const char byte : target.substr(1)) {
    if (byte == '/' || byte == '%')
      name += byte == '/' ? "%2F" : "%25";
    else
      name += byte;
  }
  return name;
}

// What is known about a volume once it is made is kept in a slot of this name.
inline std::string slot_name(const Job& job, const char* what) {
  return std::to_string(job.index) + "." + what;
}

constexpr uint32_t kPayloadVersion = 1;

inline std::string encode(const Job& job) {
  std::string payload;
  for (const std::string& field :
       {job.target, job.base, job.root, job.store, std::to_string(job.size), method_name(job.method),
        std::string(job.keep ? "keep" : ""), std::to_string(job.owner.uid), std::to_string(job.owner.gid),
        std::to_string(job.index)})
    payload.append(field).append(1, '\0');
  return payload;
}

// False if it is not a payload of this version.
inline bool decode(std::string_view payload, Job& job) {
  std::vector<std::string> fields;
  for (size_t end = 0; (end = payload.find('\0')) != std::string_view::npos; payload.remove_prefix(end + 1))
    fields.emplace_back(payload.substr(0, end));
  constexpr size_t kFields = 10;
  if (fields.size() != kFields || !payload.empty() || fields[0].empty()) return false;
  const auto number = [&](size_t at) { return std::strtoull(fields[at].c_str(), nullptr, 10); };
  job.target = fields[0];
  job.base = fields[1];
  job.root = fields[2];
  job.store = fields[3];
  job.size = number(4);
  job.keep = fields[6] == "keep";
  job.owner = {static_cast<uint32_t>(number(7)), static_cast<uint32_t>(number(8))};
  job.index = number(9);
  return find_method(fields[5], job.method);
}

}  // namespace volume
