// SPDX-License-Identifier: Apache-2.0
// A /proc of the jail's own, with little in it.
#include "../common/folders.hpp"
#include "../common/hidden.hpp"
#include "../common/unsupported.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cstdio>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "hidepid", "WHAT",
        "what the program sees in /proc of processes that it could not trace: invisible (nothing), noaccess "
        "(their numbers alone) or off (what every user sees)")
        .defaults_to("invisible"),
    Option::text("subset", "WHAT",
                 "what is in /proc: pid (processes alone), or all (what the kernel shows of itself too)")
        .defaults_to("pid"),
    Option::text(
        "mask-proc", "NAME[,NAME...]",
        "which parts of /proc the program finds empty, with subset = all: default (what Docker hides, and "
        "what is taken if nothing is given), none or names")
        .repeatable(),
    Option::text("read-only-proc", "NAME[,NAME...]",
                 "which parts of /proc the program can't write to, even as root, with subset = all: default "
                 "(what Docker "
                 "protects, and what is taken if nothing is given), none or names")
        .repeatable(),
    jailrun_stages::kUnsupported};

constexpr Fact kFacts[] = {Fact::number("jail.uid").optional(), Fact::number("pid-namespace.new").optional()};

constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

using jailrun_stages::Names;

// Those of Docker's defaults that are in /proc, and what has come to be known since as telling.
const Names& masked_by_default() {
  static const Names kNames = {"acpi",          "asound",      "interrupts", "kcore",      "keys",
                               "latency_stats", "sched_debug", "scsi",       "timer_list", "timer_stats"};
  return kNames;
}
const Names& read_only_by_default() {
  static const Names kNames = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
  return kNames;
}

constexpr uint32_t kFlags = JR_MOUNT_NOSUID | JR_MOUNT_NODEV | JR_MOUNT_NOEXEC;

// Since then hidepid and subset are a mount's own. Before, they are those of the pid namespace, which may be
// the host's: a jail would change what everybody on the host sees.
bool has_own_options() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 5 || (major == 5 && minor >= 8);
}

class Proc final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_TRY(one_of(context, "hidepid", {"invisible", "noaccess", "off"}, hidepid_));
    JR_TRY(one_of(context, "subset", {"pid", "all"}, subset_));
    JR_TRY(read_names(context, "mask-proc", masked_by_default(), masked_));
    JR_TRY(read_names(context, "read-only-proc", read_only_by_default(), read_only_));
    for (const std::string& name : masked_)
      if (std::find(read_only_.begin(), read_only_.end(), name) != read_only_.end())
        return jailrun::input_error(context.origin("mask-proc") + ": /proc/" + name +
                                    " can't be both masked and read-only");
    JR_ASSIGN(const bool goes_without, jailrun_stages::goes_without(context));
    if (has_own_options() || (hidepid_ == "off" && subset_ == "all")) return {};
    if (!goes_without)
      return jailrun::input_error(
          "hidepid and subset are a mount's own since Linux 5.8: before, they would be the host's too");
    is_missing_ = true;
    return {};
  }

  static Result<void> one_of(Context& context, const char* option, const Names& words, std::string& chosen) {
    chosen = context.option(option);
    if (std::find(words.begin(), words.end(), chosen) != words.end()) return {};
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return jailrun::input_error(context.origin(option) + ": '" + chosen + "' is none of " + all);
  }

  Result<void> read_names(Context& context, const char* option, const Names& usual, Names& names) const {
    const bool is_given = context.has_option(option);
    if (is_given && subset_ == "pid")
      return jailrun::input_error(context.origin(option) +
                                  ": with subset = pid there is nothing of the kind in /proc");
    if (!is_given && subset_ == "all") names = usual;
    return jailrun_stages::add_names(context, option, "/proc/", usual, names);
  }

  Result<void> plan(Plan& plan) override {
    if (is_missing_) {
      plan.log(JR_LOG_WARNING, "the jail has no /proc: hidepid and subset are a mount's own since Linux 5.8");
      return {};
    }
    // /proc/PID/root leads whoever may trace the process into its root, past all that a mount namespace
    // hides.
    if (stays_root(plan) && !has_own_processes(plan))
      return jailrun::input_error(
          "the program stays root, and would get to the host's files by /proc/1/root: it needs a pid "
          "namespace of "
          "its own, --new-pid-ns of the stage pid-namespace");
    // What is to be hidden is looked up in the host's.
    if (subset_ == "all" && access("/proc/meminfo", F_OK) != 0)
      return jailrun::input_error(
          "the host's own /proc is not mounted, or shows processes alone, so that what to hide in the jail's "
          "can't "
          "be found out: subset = pid needs nothing of the kind");
    jailrun_stages::Folders(plan).add("/proc");
    std::string data = hidepid_ == "off" ? "" : "hidepid=" + hidepid_;
    if (subset_ == "pid") data += std::string(data.empty() ? "" : ",") + "subset=pid";
    plan.mount("proc", "/proc", kFlags, data);
    for (const std::string& name : masked_) jailrun_stages::mask(plan, "/proc/" + name);
    for (const std::string& name : read_only_) make_read_only(plan, "/proc/" + name);
    return {};
  }

  static bool stays_root(Plan& plan) {
    return !plan.has_fact("jail.uid") || plan.number_fact("jail.uid") == 0;
  }
  static bool has_own_processes(Plan& plan) {
    return plan.has_fact("pid-namespace.new") && plan.number_fact("pid-namespace.new") == 1;
  }

  // The host's own, as a mount: its files are the same in every /proc, and tell whoever asks of the
  // namespaces that he is in.
  static void make_read_only(Plan& plan, const std::string& path) {
    struct stat there {};
    if (lstat(path.c_str(), &there) == 0)
      plan.bind(jailrun::on_host(path), path, kFlags | JR_MOUNT_READ_ONLY);
  }

  std::string hidepid_;
  std::string subset_;
  Names masked_;
  Names read_only_;
  bool is_missing_ = false;
};

}  // namespace

JAILRUN_STAGE(Proc, jailrun::Descriptor("proc", "1.0.0", "gives the jail a /proc of its own")
                        .options(kOptions)
                        .consumes(kFacts)
                        .after(kAfter)
                        .capability(CAP_SYS_ADMIN))
