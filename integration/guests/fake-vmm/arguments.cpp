// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <set>

namespace fake_vmm {
namespace {

const std::set<std::string> kWithValue = {"api-sock",
                                          "config-file",
                                          "describe-snapshot",
                                          "http-api-max-payload-size",
                                          "id",
                                          "level",
                                          "log-path",
                                          "metadata",
                                          "module",
                                          "metrics-path",
                                          "mmds-size-limit",
                                          "parent-cpu-time-us",
                                          "seccomp-filter",
                                          "start-time-cpu-us",
                                          "start-time-us"};

const std::set<std::string> kFlags = {"boot-timer", "enable-pci", "help",
                                      "no-api",     "no-seccomp", "show-log-origin",
                                      "show-level", "version",    "snapshot-version"};

}  // namespace

std::string Arguments::value(const std::string& name, const std::string& otherwise) const {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.compare(0, 2, "--") == 0 ? word.substr(2) : "";
    const bool takes_value = kWithValue.count(name) != 0;
    if (!takes_value && kFlags.count(name) == 0) {
      arguments.fault = "argument " + word + " is not known";
    } else if (takes_value && (i + 1 == argc || std::string(argv[i + 1]).compare(0, 2, "--") == 0)) {
      arguments.fault = "argument " + word + " needs a value";
    } else if (!arguments.values.emplace(name, takes_value ? argv[++i] : "").second) {
      arguments.fault = "argument " + word + " stands there twice";
    }
    if (!arguments.fault.empty()) return arguments;
  }
  if (arguments.has("no-api") && !arguments.has("config-file"))
    arguments.fault = "argument --no-api needs --config-file";
  if (arguments.has("no-seccomp") && arguments.has("seccomp-filter"))
    arguments.fault = "arguments --no-seccomp and --seccomp-filter exclude each other";
  return arguments;
}

}  // namespace fake_vmm
