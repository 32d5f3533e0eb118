// SPDX-License-Identifier: Apache-2.0
// What the kernel passes on to the program besides descriptors, ids and limits: priorities, hardening, umask,
// terminal.
#include "../common/faults.hpp"
#include "../common/host_text.hpp"
#include "../common/option_values.hpp"
#include "../common/unsupported.hpp"
#include "values.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <vector>

#include <linux/capability.h>
#include <linux/prctl.h>
#include <sys/resource.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::Faults;
using jailrun_stages::Pair;

constexpr Option kOptions[] = {
    Option::flag("memory-deny-write-execute",
                 "the program can make no memory that is both writable and executable, and none executable "
                 "that was not; what compiles at run time does not work with it"),
    Option::text("no-speculation", "WHAT[,WHAT]",
                 "kinds of speculation that the processor is not to do for the program: store-bypass, "
                 "indirect-branch or all")
        .repeatable(),
    Option::flag("core-scheduling",
                 "nobody but the program and its children runs on the other thread of a CPU core at the "
                 "same time"),
    Option::text(
        "terminal", "WHAT",
        "share (the caller's), detach (its streams stay, but it can't put input into it) or pty (one "
        "of its own, which --supervise relays to the caller's streams)")
        .defaults_to("share"),
    Option::text(
        "tsc", "WHAT",
        "the processor's time-stamp counter: allow, or deny, and reading it is SIGSEGV; only for static "
        "programs that read no clock")
        .defaults_to("allow"),
    Option::flag("no-core-dumps", "the kernel writes no core dump of the program"),
    Option::text("umask", "MODE", "the program's umask, octal; if not given, 022"),
    Option::text(
        "oom-score-adj", "NUMBER",
        "how soon the kernel kills the program where memory is short: -1000 (never) to 1000 (first)"),
    Option::text("nice", "NUMBER", "the program's nice value: -20 to 19"),
    Option::text("policy", "POLICY",
                 "its scheduling policy: other, batch, idle, fifo:PRIORITY or rr:PRIORITY"),
    Option::text("io-priority", "CLASS",
                 "its I/O priority: idle, best-effort[:LEVEL] or real-time[:LEVEL], where 0 is the highest "
                 "level and 7 the lowest"),
    Option::text("affinity", "CPUS", "the CPUs that it runs on, such as 0-3,8"),
    jailrun_stages::kUnsupported};

class Process final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    Faults faults;
    const auto read = [&](const char* option, auto judge) {
      if (!context.has_option(option)) return;
      faults.add(context.origin(option), judge(context.option(option)));
    };
    read("nice", [&](const std::string& text) { return add_number(text, JR_ATTRIBUTE_NICE, -20, 19); });
    read("policy", [&](const std::string& text) {
      return jailrun_stages::read_policy(text, add(JR_ATTRIBUTE_POLICY));
    });
    read("io-priority", [&](const std::string& text) {
      return jailrun_stages::read_io_priority(text, add(JR_ATTRIBUTE_IO_PRIORITY));
    });
    read("oom-score-adj",
         [&](const std::string& text) { return add_number(text, JR_ATTRIBUTE_OOM_SCORE, -1000, 1000); });
    read("umask", [&](const std::string& text) {
      return jailrun_stages::read_umask(text, add(JR_ATTRIBUTE_UMASK).value);
    });
    read("affinity", [&](const std::string& text) {
      cpus_ = text;
      return jailrun_stages::judge_cpus(text, jailrun_stages::first_line("/sys/devices/system/cpu/online"));
    });
    read("terminal", [&](const std::string& text) { return read_terminal(text); });
    read("tsc", [&](const std::string& text) { return read_tsc(text); });
    read_speculation(context, faults);
    if (context.has_option("core-scheduling")) add(JR_ATTRIBUTE_CORE_SCHEDULING);
    if (context.has_option("memory-deny-write-execute")) add(JR_ATTRIBUTE_DENY_WRITE_EXECUTE);
    dumps_core_ = !context.has_option("no-core-dumps");
    const Result<bool> goes_without = jailrun_stages::goes_without(context);
    if (!goes_without) faults.add("", goes_without.error().sentence);
    JR_TRY(faults.result());
    flags_ = goes_without.value() ? JR_ATTRIBUTE_IF_SUPPORTED : 0;
    return {};
  }

  Pair& add(uint32_t kind) {
    attributes_.push_back({kind, {}});
    return attributes_.back().values;
  }

  std::string add_number(const std::string& text, uint32_t kind, int64_t least, int64_t most) {
    return jailrun_stages::read_number(text, least, most, add(kind).value);
  }

  std::string read_terminal(const std::string& text) {
    if (text == "detach") add(JR_ATTRIBUTE_NO_TERMINAL);
    if (text == "pty") add(JR_ATTRIBUTE_OWN_TERMINAL);
    return text == "share" || text == "detach" || text == "pty"
               ? ""
               : "'" + text + "' is none of share, detach, pty";
  }

  std::string read_tsc(const std::string& text) {
    if (text == "deny") add(JR_ATTRIBUTE_NO_TIME_STAMPS);
    return text == "allow" || text == "deny" ? "" : "'" + text + "' is neither allow nor deny";
  }

  // "store-bypass,indirect-branch" or with spaces.
  void read_speculation(Context& context, Faults& faults) {
    bool store_bypass = false;
    bool indirect_branch = false;
    uint64_t index = 0;
    for (std::string text : context.options("no-speculation")) {
      const std::string origin = context.origin("no-speculation", index++);
      std::replace(text.begin(), text.end(), ' ', ',');
      for (const std::string& word : jailrun_stages::split_at_commas(text)) {
        if (word == "store-bypass" || word == "all") store_bypass = true;
        if (word == "indirect-branch" || word == "all") indirect_branch = true;
        if (!word.empty() && word != "store-bypass" && word != "indirect-branch" && word != "all")
          faults.add(origin, "'" + word + "' is none of store-bypass, indirect-branch, all");
      }
    }
    if (store_bypass) add(JR_ATTRIBUTE_NO_SPECULATION).value = PR_SPEC_STORE_BYPASS;
    if (indirect_branch) add(JR_ATTRIBUTE_NO_SPECULATION).value = PR_SPEC_INDIRECT_BRANCH;
  }

  Result<void> plan(Plan& plan) override {
    for (const Attribute& one : attributes_)
      plan.attribute(one.kind, one.values.value, one.values.second, flags_);
    if (!cpus_.empty()) plan.affinity(cpus_);
    // With a limit of 0 the kernel still starts the helper that core_pattern names; with 1 it does not, and
    // no core is as small as that.
    if (!dumps_core_) plan.limit(RLIMIT_CORE, 1, 1);
    return {};
  }

  struct Attribute {
    uint32_t kind;
    Pair values;
  };
  std::vector<Attribute> attributes_;
  std::string cpus_;
  bool dumps_core_ = true;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Process, jailrun::Descriptor("process", "1.0.0",
                                           "sets the program's priorities, and what it is forbidden for good")
                           .options(kOptions)
                           .capability(CAP_CHOWN)
                           .capability(CAP_SYS_NICE)
                           .capability(CAP_SYS_RESOURCE))
