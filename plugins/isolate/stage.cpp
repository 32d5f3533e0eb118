// SPDX-License-Identifier: Apache-2.0
// Namespaces of the program's own: ipc, uts, cgroup, net, time.
#include "../common/option_values.hpp"
#include "../common/unsupported.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <charconv>
#include <set>

#include <linux/capability.h>
#include <sched.h>
#include <time.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "namespaces", "TYPE[,TYPE...]",
        "which namespaces of its own the program gets: ipc, uts (hostname and domainname), cgroup (it "
        "sees its group as the root), net (with the loopback interface alone), time (with the offsets "
        "below)")
        .repeatable(),
    Option::text("hostname", "NAME",
                 "the hostname in a uts namespace of its own; if not given, the jail's id"),
    Option::text("domainname", "NAME", "the NIS domain name there; if not given, (none)"),
    Option::text("monotonic-offset", "SECONDS",
                 "what the monotonic clock shows more than the host's in a time namespace of its own; may be "
                 "negative"),
    Option::text("boottime-offset", "SECONDS", "the same for the clock that counts from boot"),
    jailrun_stages::kUnsupported};

constexpr Fact kFacts[] = {Fact::text("jail.id").optional()};

// A group that is joined later would not be the root that the program sees.
constexpr jr_str kAfter[] = {jailrun::to_str("cgroup-v1"), jailrun::to_str("cgroup-v2"),
                             jailrun::to_str("numa")};

struct Type {
  std::string_view name;
  uint32_t flag;
};
constexpr Type kTypes[] = {{"ipc", CLONE_NEWIPC},
                           {"uts", CLONE_NEWUTS},
                           {"cgroup", CLONE_NEWCGROUP},
                           {"net", CLONE_NEWNET},
                           {"time", CLONE_NEWTIME}};

Result<uint32_t> type_flag(const std::string& name) {
  std::string names;
  for (const Type& one : kTypes) {
    if (one.name == name) return one.flag;
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  const std::string other = name == "pid"                      ? "; the stage pid-namespace makes that one"
                            : name == "mnt" || name == "mount" ? "; chroot-builder makes that one"
                                                               : "";
  return jailrun::input_error("'" + name + "' is none of " + names + other);
}

// What can be a name: hostname(7), and an underscore, which some have.
bool is_name(std::string_view text) {
  constexpr std::string_view kSigns = "-._";
  const auto is_part = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  };
  constexpr size_t kMost = 64;  // __NEW_UTS_LEN of linux/utsname.h
  return !text.empty() && text.size() <= kMost && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), is_part);
}

constexpr int64_t kSecond = 1'000'000'000;

// In nanoseconds. Where the clock would get to is the kernel's to judge, but it would do so when the jail has
// been made.
Result<int64_t> parse_offset(std::string_view text, clockid_t clock) {
  constexpr int64_t kMost = INT64_MAX / kSecond / 2;  // KTIME_SEC_MAX / 2 of linux/time_namespace.c
  const std::string_view digits = !text.empty() && text.front() == '+' ? text.substr(1) : text;
  int64_t seconds = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, seconds);
  if (digits.empty() || parsed.ptr != end || parsed.ec == std::errc::invalid_argument ||
      (digits.size() != text.size() && digits.front() == '-'))
    return jailrun::input_error("'" + std::string(text) + "' is not a number of seconds");
  timespec now{};
  clock_gettime(clock, &now);
  if (parsed.ec != std::errc() || seconds > kMost - now.tv_sec)
    return jailrun::input_error("'" + std::string(text) + "' is more than the kernel takes");
  if (seconds + now.tv_sec < 0)
    return jailrun::input_error("'" + std::string(text) + "' would make the clock negative, which is at " +
                                std::to_string(now.tv_sec) + " seconds");
  return seconds * kSecond;
}

class Isolate final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_TRY(jailrun_stages::each_value(context, "namespaces",
                                      [&](const std::string& one, uint64_t) { return add(one); }));
    if (wanted_.empty())
      return jailrun::input_error(
          "say which namespaces of its own the program gets: --namespaces, of ipc, uts, cgroup, net and "
          "time");
    JR_TRY(read_names(context));
    JR_TRY(read_offset(context, "monotonic-offset", CLOCK_MONOTONIC, monotonic_));
    JR_TRY(read_offset(context, "boottime-offset", CLOCK_BOOTTIME, boottime_));
    JR_ASSIGN(const bool goes_without, jailrun_stages::goes_without(context));
    flags_ = goes_without ? JR_NAMESPACE_IF_SUPPORTED : 0;
    return {};
  }

  // "ipc,uts" or "ipc uts".
  Result<void> add(std::string text) {
    std::replace(text.begin(), text.end(), ' ', ',');
    for (const std::string& name : jailrun_stages::split_at_commas(text)) {
      if (name.empty()) continue;
      JR_ASSIGN(const uint32_t flag, type_flag(name));
      wanted_.insert(flag);
    }
    return {};
  }

  Result<void> read_names(Context& context) {
    hostname_ = context.option("hostname");
    if (context.has_option("hostname")) {
      JR_TRY(needs(context, "hostname", CLONE_NEWUTS, "uts"));
      if (!is_name(hostname_)) return not_a_name(context, "hostname", hostname_);
    }
    if (context.has_option("domainname")) {
      domainname_ = context.option("domainname");
      JR_TRY(needs(context, "domainname", CLONE_NEWUTS, "uts"));
      if (!is_name(domainname_) && domainname_ != "(none)")
        return not_a_name(context, "domainname", domainname_);
    }
    return {};
  }

  Result<void> read_offset(Context& context, const char* option, clockid_t clock, int64_t& offset) const {
    if (!context.has_option(option)) return {};
    JR_TRY(needs(context, option, CLONE_NEWTIME, "time"));
    Result<int64_t> parsed = parse_offset(context.option(option), clock);
    if (!parsed) return std::move(parsed).error().within(context.origin(option));
    offset = parsed.value();
    return {};
  }

  // Otherwise the host's own would be meant.
  Result<void> needs(Context& context, const char* option, uint32_t type, const std::string& name) const {
    if (wanted_.count(type) != 0) return {};
    return jailrun::input_error(context.origin(option) + ": that is for a " + name +
                                " namespace of the program's own: add " + name + " to --namespaces");
  }

  static Result<void> not_a_name(Context& context, const char* option, const std::string& name) {
    return jailrun::input_error(context.origin(option) + ": '" + name +
                                "' is not a name of at most 64 letters, digits, '-', '.' and '_' that begins "
                                "with a letter, a digit or '_'");
  }

  Result<void> plan(Plan& plan) override {
    const std::string id = plan.has_fact("jail.id") ? plan.text_fact("jail.id") : "";
    for (const Type& one : kTypes) {
      if (wanted_.count(one.flag) == 0) continue;
      if (one.flag == CLONE_NEWUTS)
        plan.new_uts_namespace(hostname_.empty() ? id : hostname_, domainname_, flags_);
      else if (one.flag == CLONE_NEWTIME)
        plan.new_time_namespace(monotonic_, boottime_, flags_);
      else
        plan.new_namespace(one.flag, flags_);
    }
    return {};
  }

  std::set<uint32_t> wanted_;
  std::string hostname_;
  std::string domainname_ = "(none)";  // as a kernel begins
  int64_t monotonic_ = 0;
  int64_t boottime_ = 0;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Isolate, jailrun::Descriptor("isolate", "1.0.0", "gives the program namespaces of its own")
                           .options(kOptions)
                           .consumes(kFacts)
                           .after(kAfter)
                           .capability(CAP_SYS_ADMIN)
                           .capability(CAP_NET_ADMIN)
                           .capability(CAP_SYS_TIME))
