// SPDX-License-Identifier: Apache-2.0
// The JSON of the OCI runtime specification ("linux.seccomp"), with what Docker and Podman add to it:
// archMap, and rules that hold only for some capabilities, architectures and kernels.
#include "core/seccomp/json_reader.hpp"
#include "core/seccomp/profile_builder.hpp"
#include "core/sys/capabilities.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

constexpr std::string_view kGoName = kNative == Architecture::kX86_64 ? "amd64" : "arm64";

struct ArchitectureName {
  std::string_view name;
  Architecture architecture;
};
constexpr ArchitectureName kArchitectureNames[] = {{"SCMP_ARCH_X86_64", Architecture::kX86_64},
                                                   {"SCMP_ARCH_X32", Architecture::kX32},
                                                   {"SCMP_ARCH_X86", Architecture::kI386},
                                                   {"SCMP_ARCH_AARCH64", Architecture::kAarch64},
                                                   {"SCMP_ARCH_ARM", Architecture::kArm}};

struct ActionName {
  std::string_view name;
  Verdict action;
};
constexpr ActionName kActionNames[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},      {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD}, {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},          {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},        {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE}};

struct ComparingName {
  std::string_view name;
  Comparing comparing;
};
constexpr ComparingName kComparingNames[] = {{"SCMP_CMP_EQ", Comparing::kEqual},
                                             {"SCMP_CMP_NE", Comparing::kNotEqual},
                                             {"SCMP_CMP_LT", Comparing::kLess},
                                             {"SCMP_CMP_LE", Comparing::kLessOrEqual},
                                             {"SCMP_CMP_GT", Comparing::kGreater},
                                             {"SCMP_CMP_GE", Comparing::kGreaterOrEqual},
                                             {"SCMP_CMP_MASKED_EQ", Comparing::kMaskedEqual}};

template <class Row, size_t N>
const Row* find(const Row (&rows)[N], std::string_view name) {
  const Row* const found = std::find_if(rows, rows + N, [&](const Row& row) { return row.name == name; });
  return found == rows + N ? nullptr : found;
}

class Reader {
 public:
  Reader(std::string_view json, const Circumstances& circumstances, Profile& profile)
      : json_(json), circumstances_(circumstances), profile_(profile), builder_(profile) {}

  void run() {
    json_.object([this](std::string_view key) { member(key); });
    json_.finish();
    if (json_.has_failed()) return builder_.fault(json_.line(), json_.fault());
    if (default_action_ == nullptr) return builder_.fault(0, "it has no \"defaultAction\"");
    set_defaults();
    builder_.finish();
  }

 private:
  void fault(std::string text) { builder_.fault(json_.line(), std::move(text)); }

  void member(std::string_view key) {
    if (key == "defaultAction")
      default_action_ = action(json_.string());
    else if (key == "defaultErrnoRet")
      default_errno_ = error_number();
    else if (key == "syscalls")
      json_.array([this] { rule(); });
    else if (key == "archMap")
      list([this] { architecture_group(); });
    else if (key == "architectures")
      list([this] { add_architecture(json_.string()); });
    else if (key == "flags")
      list([this] { flag(json_.string()); });
    else
      other(key);
  }

  // What says nothing about a filter. Any other key may be a slip of the pen in one that does.
  void other(std::string_view key) {
    constexpr std::string_view kNothing[] = {"comment", "errno", "defaultErrno", "listenerPath",
                                             "listenerMetadata"};
    if (std::find(std::begin(kNothing), std::end(kNothing), key) == std::end(kNothing))
      fault("unknown key \"" + std::string(key) + "\"");
    json_.skip();
  }

  // A list, or null for an empty one.
  template <class Item>
  void list(Item item) {
    if (!json_.take_null()) json_.array(item);
  }

  const ActionName* action(std::string_view name) {
    const ActionName* const found = find(kActionNames, name);
    if (found != nullptr || json_.has_failed()) return found;
    if (name == "SCMP_ACT_NOTIFY")
      fault("SCMP_ACT_NOTIFY needs a program that answers, and jailrun has none");
    else
      fault("unknown action '" + std::string(name) + "'");
    return kActionNames + 2;
  }

  uint32_t error_number() {
    if (json_.take_null()) return EPERM;
    const uint64_t number = json_.number();
    if (number > 4095) fault(std::to_string(number) + " is not an error number");
    return static_cast<uint32_t>(number);
  }

  static Verdict with_errno(Verdict action, uint32_t number) {
    const bool has_data = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
    return has_data ? action | (number & SECCOMP_RET_DATA) : action;
  }

  void architecture_group() {
    bool is_ours = false;
    json_.object([&](std::string_view key) {
      if (key == "architecture") {
        const ArchitectureName* const found = find(kArchitectureNames, json_.string());
        is_ours = found != nullptr && found->architecture == kNative;
      } else if (key == "subArchitectures") {
        list([&] {
          const std::string_view name = json_.string();
          if (is_ours) add_architecture(name);
        });
      } else {
        other(key);
      }
    });
  }

  // One that this kernel can't run programs of makes no difference.
  void add_architecture(std::string_view name) {
    const ArchitectureName* const found = find(kArchitectureNames, name);
    if (found == nullptr) {
      if (name.substr(0, 10) != "SCMP_ARCH_") fault("unknown architecture '" + std::string(name) + "'");
      return;
    }
    const bool is_arm =
        found->architecture == Architecture::kAarch64 || found->architecture == Architecture::kArm;
    if (is_arm != (kNative == Architecture::kAarch64)) return;
    std::vector<Architecture>& all = profile_.policy.architectures;
    if (std::find(all.begin(), all.end(), found->architecture) == all.end())
      all.push_back(found->architecture);
  }

  void flag(std::string_view name) {
    if (name == "SECCOMP_FILTER_FLAG_LOG")
      profile_.flags |= SECCOMP_FILTER_FLAG_LOG;
    else if (name == "SECCOMP_FILTER_FLAG_SPEC_ALLOW")
      profile_.flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // The program begins with one thread, which has the filter, and there is nobody to be notified.
    else if (name != "SECCOMP_FILTER_FLAG_TSYNC" && name != "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
      fault("unknown flag '" + std::string(name) + "'");
  }

  struct Unknown {
    std::string name;
    size_t line;
  };

  void rule() {
    calls_.clear();
    unknown_.clear();
    builder_.begin_conditions();
    const ActionName* action_name = nullptr;
    uint32_t number = EPERM;
    bool has_errno = false;
    bool applies = true;
    json_.object([&](std::string_view key) {
      if (key == "names")
        json_.array([&] { name(json_.string()); });
      else if (key == "name")
        name(json_.string());
      else if (key == "action")
        action_name = action(json_.string());
      else if (key == "errnoRet")
        has_errno = !json_.take_null(), number = has_errno ? error_number() : EPERM;
      else if (key == "args")
        list([&] { argument(); });
      else if (key == "includes" || key == "excludes")
        applies = filter(key == "includes") && applies;
      else
        other(key);
    });
    if (json_.has_failed()) return;
    if (action_name == nullptr) return fault("a rule has no \"action\"");
    if (calls_.empty() && unknown_.empty()) fault("a rule names no call");
    if (!applies) return;
    const Verdict verdict = with_errno(action_name->action, number);
    // As runc and crun read it, for which profiles are written: more than one condition on an argument are
    // alternatives, and then all of the rule's are.
    const bool are_alternatives = builder_.has_repeated_argument();
    for (const Call call : calls_)
      are_alternatives ? builder_.add_rule_for_each_condition(call, verdict)
                       : builder_.add_rule(call, verdict);
    for (const Unknown& one : unknown_) builder_.add_unknown(one.name, verdict, one.line);
  }

  void name(std::string_view text) {
    if (json_.has_failed()) return;
    if (const Call call = find_call(text); call != kNoCall)
      calls_.push_back(call);
    else
      unknown_.push_back({std::string(text), json_.line()});
  }

  void argument() {
    Condition condition;
    uint64_t value = 0;
    uint64_t second = 0;
    const ComparingName* comparing = nullptr;
    json_.object([&](std::string_view key) {
      if (key == "index") {
        const uint64_t index = json_.number();
        if (index > 5)
          fault("a call has no argument " + std::to_string(index) + ": they are numbered from 0 to 5");
        condition.argument = static_cast<uint8_t>(index > 5 ? 0 : index);
      } else if (key == "value") {
        value = json_.number();
      } else if (key == "valueTwo") {
        second = json_.number();
      } else if (key == "op") {
        const std::string_view name = json_.string();
        comparing = find(kComparingNames, name);
        if (comparing == nullptr && !json_.has_failed())
          fault("unknown comparison '" + std::string(name) + "'");
      } else {
        other(key);
      }
    });
    if (comparing == nullptr) {
      if (!json_.has_failed() && profile_.faults.empty()) fault("an argument has no \"op\"");
      return;
    }
    condition.comparing = comparing->comparing;
    const bool is_masked = condition.comparing == Comparing::kMaskedEqual;
    condition.mask = is_masked ? value : 0;
    condition.value = is_masked ? second : value;
    builder_.add_condition(condition);
  }

  // Whether the rule applies. A missing list asks for nothing.
  bool filter(bool includes) {
    bool applies = true;
    bool has_architectures = false;
    bool is_listed = false;
    if (json_.take_null()) return true;
    json_.object([&](std::string_view key) {
      if (key == "caps") {
        list([&] {
          if (has_capability(json_.string()) != includes) applies = false;
        });
      } else if (key == "arches") {
        list([&] {
          has_architectures = true;
          is_listed = json_.string() == kGoName || is_listed;
        });
      } else if (key == "minKernel") {
        if (!json_.take_null() && is_kernel_at_least(json_.string()) != includes) applies = false;
      } else {
        other(key);
      }
    });
    return applies && (!has_architectures || is_listed == includes);
  }

  bool has_capability(std::string_view name) {
    const std::optional<unsigned> number = sys::capability_number(name);
    if (!number && !json_.has_failed()) fault("unknown capability '" + std::string(name) + "'");
    return number && (circumstances_.capabilities >> *number & 1U) != 0;
  }

  bool is_kernel_at_least(std::string_view version) {
    unsigned numbers[2] = {};
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, numbers[0]);
    const bool has_dot = major.ec == std::errc() && major.ptr != end && *major.ptr == '.';
    const auto minor = has_dot ? std::from_chars(major.ptr + 1, end, numbers[1]) : major;
    if (!has_dot || minor.ec != std::errc() || minor.ptr != end) {
      if (!json_.has_failed()) fault("'" + std::string(version) + "' is not a kernel version such as 4.8");
      return false;
    }
    return circumstances_.kernel_major != numbers[0] ? circumstances_.kernel_major > numbers[0]
                                                     : circumstances_.kernel_minor >= numbers[1];
  }

  void set_defaults() {
    Policy& policy = profile_.policy;
    policy.otherwise = with_errno(default_action_->action, default_errno_);
    add_architecture(kNative == Architecture::kX86_64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64");
    // Another architecture's programs are not a way around what is forbidden; where nothing is, they are
    // logged too.
    policy.foreign = default_action_->action == SECCOMP_RET_LOG ? SECCOMP_RET_LOG : SECCOMP_RET_KILL_PROCESS;
  }

  JsonReader json_;
  const Circumstances& circumstances_;
  Profile& profile_;
  ProfileBuilder builder_;
  const ActionName* default_action_ = nullptr;
  uint32_t default_errno_ = EPERM;
  std::vector<Call> calls_;       // of the rule that is being read
  std::vector<Unknown> unknown_;  // its other names
};

}  // namespace

Profile read_oci(std::string_view json, const Circumstances& circumstances) {
  Profile profile;
  Reader(json, circumstances, profile).run();
  return profile;
}

}  // namespace jailrun::seccomp
