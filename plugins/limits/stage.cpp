// SPDX-License-Identifier: Apache-2.0
// Resource limits of the program, set right before it is started.
#include "../common/host_text.hpp"
#include "../common/option_values.hpp"

#include <jailrun/stage.hpp>

#include <charconv>

#include <linux/capability.h>
#include <sys/resource.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("resource-limit", "NAME=VALUE",
                 "set a limit of setrlimit(2) for the program, such as no-file=1024, core=0:unlimited or "
                 "memlock=unlimited; if a name is given twice, the last value wins")
        .repeatable(),
    Option::text(
        "no-file-default", "COUNT",
        "how many open files the program may have if no --resource-limit sets no-file; keep: as many as "
        "jailrun's caller")
        .defaults_to("2048")};

constexpr uint64_t kUnlimited = UINT64_MAX;

struct Resource {
  std::string_view name;
  uint32_t number;
};
// The jailer's two names, fsize and no-file, and the kernel's for the others.
constexpr Resource kResources[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"no-file", RLIMIT_NOFILE},  {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK}};
static_assert(sizeof kResources / sizeof kResources[0] == RLIMIT_NLIMITS);

struct Limit {
  uint32_t resource = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

Result<uint32_t> resource_number(std::string_view name) {
  std::string names;
  for (const Resource& one : kResources) {
    if (one.name == name) return one.number;
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  return jailrun::input_error("'" + std::string(name) + "' is not a resource; the resources are " + names);
}

bool parse_amount(std::string_view text, uint64_t& amount) {
  if (text == "unlimited") {
    amount = kUnlimited;
    return true;
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, amount);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// "1024", "512:1024", "unlimited"
Result<Limit> parse_value(uint32_t resource, std::string_view text) {
  Limit limit;
  limit.resource = resource;
  const size_t colon = text.find(':');
  const std::string_view hard = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (!parse_amount(text.substr(0, colon), limit.soft) || !parse_amount(hard, limit.hard))
    return jailrun::input_error("'" + std::string(text) +
                                "' is not N, SOFT:HARD or unlimited, where N is 0 to " +
                                std::to_string(kUnlimited));
  if (limit.soft > limit.hard)
    return jailrun::input_error("'" + std::string(text) + "' has a soft limit above the hard one");
  return limit;
}

// Above this ceiling the kernel refuses even root, with an EPERM that names no reason. If it can't be read,
// the kernel alone decides.
Result<void> check_ceiling(const Limit& limit) {
  if (limit.resource != RLIMIT_NOFILE) return {};
  const std::string ceiling = jailrun_stages::first_line("/proc/sys/fs/nr_open");
  uint64_t most = 0;
  if (!parse_amount(ceiling, most) || limit.hard <= most) return {};
  return jailrun::input_error("no-file can be at most " + ceiling + ", this host's sysctl fs.nr_open");
}

class Limits final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_TRY(jailrun_stages::each_value(context, "resource-limit",
                                      [&](const std::string& one, uint64_t) { return add(one); }));
    Result<void> added = add_default(context.option("no-file-default"));
    if (!added) return std::move(added).error().within(context.origin("no-file-default"));
    return {};
  }

  Result<void> add(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) return jailrun::input_error("'" + text + "' is not NAME=VALUE");
    JR_ASSIGN(const uint32_t resource, resource_number(text.substr(0, equals)));
    JR_ASSIGN(const Limit limit, parse_value(resource, std::string_view(text).substr(equals + 1)));
    JR_TRY(check_ceiling(limit));
    if (Limit* const earlier = find(resource))
      *earlier = limit;
    else
      limits_.push_back(limit);
    return {};
  }

  Result<void> add_default(const std::string& text) {
    if (text == "keep") return {};
    Limit limit;
    limit.resource = RLIMIT_NOFILE;
    if (!parse_amount(text, limit.hard))
      return jailrun::input_error("'" + text + "' is neither a number nor keep");
    limit.soft = limit.hard;
    if (find(RLIMIT_NOFILE) != nullptr) return {};
    JR_TRY(check_ceiling(limit));
    limits_.push_back(limit);
    return {};
  }

  Limit* find(uint32_t resource) {
    for (Limit& one : limits_)
      if (one.resource == resource) return &one;
    return nullptr;
  }

  Result<void> plan(Plan& plan) override {
    for (const Limit& limit : limits_) plan.limit(limit.resource, limit.soft, limit.hard);
    return {};
  }

  std::vector<Limit> limits_;
};

}  // namespace

JAILRUN_STAGE(Limits, jailrun::Descriptor("limits", "1.0.0", "sets the program's resource limits")
                          .options(kOptions)
                          .capability(CAP_SYS_RESOURCE))
