// SPDX-License-Identifier: Apache-2.0
// The command line that Firecracker 1.x takes.
#pragma once

#include <map>
#include <string>

namespace fake_vmm {

struct Arguments {
  std::map<std::string, std::string> values;  // "id" -> "web-1"; a flag that is given has an empty value
  std::string fault;                          // why they are refused; empty: they are not

  bool has(const std::string& name) const { return values.count(name) != 0; }
  std::string value(const std::string& name, const std::string& otherwise) const;
};

Arguments parse_arguments(int argc, char** argv);

}  // namespace fake_vmm
