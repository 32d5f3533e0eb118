// SPDX-License-Identifier: Apache-2.0
// The JSON of Firecracker's seccompiler: a filter for each kind of thread. The program begins as one thread
// and makes the others, so its filter must let through what any of them needs.
#include "core/seccomp/json_reader.hpp"
#include "core/seccomp/profile_builder.hpp"

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

class Reader {
 public:
  Reader(std::string_view json, Profile& profile) : json_(json), profile_(profile), builder_(profile) {}

  void run() {
    bool has_threads = false;
    json_.object([&](std::string_view) {
      thread(!has_threads);
      has_threads = true;
    });
    json_.finish();
    if (json_.has_failed()) return builder_.fault(json_.line(), json_.fault());
    if (!has_threads) return builder_.fault(0, "it has no filter for any thread");
    profile_.policy.architectures = {kNative};
    profile_.policy.foreign = SECCOMP_RET_KILL_PROCESS;
    builder_.finish();
  }

 private:
  void fault(std::string text) { builder_.fault(json_.line(), std::move(text)); }

  void thread(bool is_first) {
    std::optional<Verdict> otherwise;
    std::optional<Verdict> listed;
    const size_t first_rule = profile_.policy.rules.size();
    json_.object([&](std::string_view key) {
      if (key == "default_action")
        otherwise = action();
      else if (key == "filter_action")
        listed = action();
      else if (key == "filter")
        json_.array([&] { rule(); });
      else
        other(key);
    });
    if (json_.has_failed()) return;
    if (!otherwise) return fault("a thread's filter has no \"default_action\"");
    if (!listed) return fault("a thread's filter has no \"filter_action\"");
    if (!is_first && (*otherwise != profile_.policy.otherwise || *listed != listed_))
      fault("the threads' filters have different actions, so they can't be merged into one");
    profile_.policy.otherwise = *otherwise;
    listed_ = *listed;
    for (size_t i = first_rule; i < profile_.policy.rules.size(); ++i)
      profile_.policy.rules[i].verdict = *listed;
  }

  Verdict action() {
    Verdict verdict = SECCOMP_RET_KILL_PROCESS;
    if (json_.is_object()) {
      json_.object([&](std::string_view key) {
        const bool is_errno = key == "errno";
        if (!is_errno && key != "trace") fault("unknown action '" + std::string(key) + "'");
        verdict = (is_errno ? SECCOMP_RET_ERRNO : SECCOMP_RET_TRACE) | (json_.number() & SECCOMP_RET_DATA);
      });
      return verdict;
    }
    const std::string_view name = json_.string();
    if (name == "allow") return SECCOMP_RET_ALLOW;
    if (name == "log") return SECCOMP_RET_LOG;
    if (name == "trap") return SECCOMP_RET_TRAP;
    if (name == "kill_thread" || name == "kill") return SECCOMP_RET_KILL_THREAD;
    if (name != "kill_process" && !json_.has_failed()) fault("unknown action '" + std::string(name) + "'");
    return verdict;
  }

  void rule() {
    builder_.begin_conditions();
    std::string name;
    json_.object([&](std::string_view key) {
      if (key == "syscall")
        name = json_.string();
      else if (key == "args")
        json_.array([&] { argument(); });
      else
        other(key);
    });
    if (json_.has_failed()) return;
    if (const Call call = find_call(name); call != kNoCall)
      builder_.add_rule(call, SECCOMP_RET_ALLOW);
    else
      fault(name.empty() ? "a rule has no \"syscall\""
                         : "'" + name + "' is not a system call that jailrun knows");
  }

  void argument() {
    Condition condition;
    bool has_comparison = false;
    json_.object([&](std::string_view key) {
      if (key == "index") {
        const uint64_t index = json_.number();
        if (index > 5)
          fault("a call has no argument " + std::to_string(index) + ": they are numbered from 0 to 5");
        condition.argument = static_cast<uint8_t>(index > 5 ? 0 : index);
      } else if (key == "type") {
        const std::string_view type = json_.string();
        condition.is_half = type == "dword";
        if (type != "dword" && type != "qword") fault("unknown type '" + std::string(type) + "'");
      } else if (key == "op") {
        has_comparison = true;
        comparison(condition);
      } else if (key == "val") {
        condition.value = json_.number();
      } else {
        other(key);
      }
    });
    if (!has_comparison) fault("an argument has no \"op\"");
    condition.value &= condition.comparing == Comparing::kMaskedEqual ? condition.mask : UINT64_MAX;
    builder_.add_condition(condition);
  }

  void comparison(Condition& condition) {
    struct Name {
      std::string_view name;
      Comparing comparing;
    };
    constexpr Name kNames[] = {{"eq", Comparing::kEqual},   {"ne", Comparing::kNotEqual},
                               {"lt", Comparing::kLess},    {"le", Comparing::kLessOrEqual},
                               {"gt", Comparing::kGreater}, {"ge", Comparing::kGreaterOrEqual}};
    if (json_.is_object()) {
      json_.object([&](std::string_view key) {
        if (key != "masked_eq") fault("unknown comparison '" + std::string(key) + "'");
        condition.comparing = Comparing::kMaskedEqual;
        condition.mask = json_.number();
      });
      return;
    }
    const std::string_view text = json_.string();
    for (const Name& one : kNames)
      if (one.name == text) {
        condition.comparing = one.comparing;
        return;
      }
    if (!json_.has_failed()) fault("unknown comparison '" + std::string(text) + "'");
  }

  void other(std::string_view key) {
    if (key != "comment") fault("unknown key \"" + std::string(key) + "\"");
    json_.skip();
  }

  JsonReader json_;
  Profile& profile_;
  ProfileBuilder builder_;
  Verdict listed_ = 0;
};

}  // namespace

Profile read_firecracker(std::string_view json) {
  Profile profile;
  Reader(json, profile).run();
  return profile;
}

}  // namespace jailrun::seccomp
