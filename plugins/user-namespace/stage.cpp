// SPDX-License-Identifier: Apache-2.0
// A user namespace of the program's own, entered with its credentials.
#include "../common/option_values.hpp"
#include "../common/unsupported.hpp"
#include "id_lines.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using user_namespace::IdRanges;

constexpr Option kOptions[] = {
    Option::text(
        "map-ids", "WHAT",
        "which ids the program has in its user namespace: self (the uid and gid of drop-privs, under the "
        "same numbers), root (these two as 0 and 0) or auto (as root, and ids that no other jail of this "
        "host "
        "has from 1 on); if not given, self, or what map-uid and map-gid say"),
    Option::text("auto-ids", "COUNT", "how many ids the program has by map-ids = auto, besides its own")
        .defaults_to("65536"),
    Option::text("auto-from", "USER", "out of whose ranges of /etc/subuid and /etc/subgid these are chosen")
        .defaults_to("jailrun"),
    Option::text("map-uid", "INSIDE:OUTSIDE:COUNT",
                 "map COUNT uids, from INSIDE on in the user namespace, to those from OUTSIDE on")
        .repeatable(),
    Option::text("map-gid", "INSIDE:OUTSIDE:COUNT", "the same for gids").repeatable(),
    Option::text(
        "subids", "USER",
        "map that user's ranges of /etc/subuid and /etc/subgid too, one after the other from the id 1 on; "
        "with map-ids = root"),
    Option::text("setgroups", "WHAT",
                 "whether processes in it can change their supplementary groups: deny or allow")
        .defaults_to("deny"),
    Option::text("nested-user-namespaces", "WHAT",
                 "whether processes in it can make user namespaces of their own: deny or allow")
        .defaults_to("deny"),
    jailrun_stages::kUnsupported};

constexpr Fact kConsumes[] = {Fact::number("jail.uid"), Fact::number("jail.gid")};
constexpr Fact kProvides[] = {Fact::number("user-namespace.uid")};
constexpr jr_str kBefore[] = {jailrun::to_str("drop-privs")};

class UserNamespace final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_TRY(read_map(context));
    JR_TRY(read_ranges(context, "map-uid", uids_));
    JR_TRY(read_ranges(context, "map-gid", gids_));
    if (is_auto_) JR_TRY(read_lease(context));
    if (context.has_option("subids")) JR_TRY(read_subordinate(context));
    JR_ASSIGN(const bool has_setgroups, allows(context, "setgroups"));
    JR_ASSIGN(const bool is_nestable, allows(context, "nested-user-namespaces"));
    JR_ASSIGN(const bool goes_without, jailrun_stages::goes_without(context));
    flags_ = (has_setgroups ? JR_USER_NAMESPACE_SETGROUPS : 0) |
             (is_nestable ? JR_USER_NAMESPACE_NESTED : 0) | (goes_without ? JR_NAMESPACE_IF_SUPPORTED : 0);
    return {};
  }

  Result<void> read_map(Context& context) {
    maps_own_ = !context.has_option("map-uid") && !context.has_option("map-gid");
    if (!context.has_option("map-ids")) return {};
    const std::string word = context.option("map-ids");
    if (word != "self" && word != "root" && word != "auto")
      return jailrun::input_error(context.origin("map-ids") + ": '" + word + "' is none of self, root, auto");
    maps_own_ = true;
    is_auto_ = word == "auto";
    is_root_ = is_auto_ || word == "root";
    return {};
  }

  // What both files give that user: one number is both a uid and a gid of the jail.
  Result<void> read_lease(Context& context) {
    const std::string origin = context.origin("map-ids");
    if (context.has_option("subids"))
      return jailrun::input_error(context.origin("subids") +
                                  ": leave it out, as map-ids = auto chooses such ids");
    const std::string count(context.option("auto-ids"));
    if (!user_namespace::to_number(count, lease_.count) || lease_.count == 0)
      return jailrun::input_error(context.origin("auto-ids") + ": '" + count + "' is not a number of ids");
    const std::string user(context.option("auto-from"));
    Result<IdRanges> uids = user_namespace::subordinate_ids("/etc/subuid", user, 0);
    if (!uids) return std::move(uids).error().within(origin);
    Result<IdRanges> gids = user_namespace::subordinate_ids("/etc/subgid", user, 0);
    if (!gids) return std::move(gids).error().within(origin);
    lease_.inside = 1;
    lease_.pool = user_namespace::in_both(uids.value(), gids.value());
    for (const jr_id_range& one : lease_.pool)
      if (one.count >= lease_.count) return {};
    return jailrun::input_error(origin + ": /etc/subuid and /etc/subgid give '" + user +
                                "' no range in common of " + count + " ids");
  }

  static Result<void> read_ranges(Context& context, const char* option, IdRanges& ranges) {
    return jailrun_stages::each_value(context, option,
                                      [&](const std::string& text, uint64_t) -> Result<void> {
                                        JR_ASSIGN(const jr_id_range range, user_namespace::parse_range(text));
                                        const std::string fault = user_namespace::conflict(ranges, range);
                                        if (!fault.empty())
                                          return jailrun::input_error("'" + text + "' has " + fault);
                                        ranges.push_back(range);
                                        return {};
                                      });
  }

  Result<void> read_subordinate(Context& context) {
    const std::string user(context.option("subids"));
    const std::string origin = context.origin("subids");
    if (!is_root_)
      return jailrun::input_error(origin +
                                  ": add map-ids = root, as these ids begin with 1 in the user namespace");
    const auto read = [&](const char* path, IdRanges& ranges) -> Result<void> {
      Result<IdRanges> found = user_namespace::subordinate_ids(path, user, 1);
      if (!found) return std::move(found).error().within(origin);
      for (const jr_id_range& one : found.value()) {
        const std::string fault = user_namespace::conflict(ranges, one);
        if (!fault.empty()) return jailrun::input_error(origin + ": " + path + " has " + fault);
        ranges.push_back(one);
      }
      return {};
    };
    JR_TRY(read("/etc/subuid", uids_));
    return read("/etc/subgid", gids_);
  }

  static Result<bool> allows(Context& context, const char* option) {
    const std::string word = context.option(option);
    if (word == "deny" || word == "allow") return word == "allow";
    return jailrun::input_error(context.origin(option) + ": '" + word + "' is neither deny nor allow");
  }

  Result<void> plan(Plan& plan) override {
    const auto uid = static_cast<uint32_t>(plan.number_fact("jail.uid"));
    const auto gid = static_cast<uint32_t>(plan.number_fact("jail.gid"));
    IdRanges uids = uids_;
    IdRanges gids = gids_;
    if (maps_own_) {
      JR_TRY(add_own(plan, "map-uid", "uid", uid, uids));
      JR_TRY(add_own(plan, "map-gid", "gid", gid, gids));
    }
    JR_TRY(check_own(plan, "map-uid", "uid", uid, uids));
    JR_TRY(check_own(plan, "map-gid", "gid", gid, gids));
    plan.user_namespace(uids, gids, lease_, flags_);
    for (const jr_id_range& one : uids)
      if (uid >= one.outside && uid - one.outside < one.count)
        plan.publish("user-namespace.uid", one.inside + (uid - one.outside));
    return {};
  }

  Result<void> add_own(Plan& plan, const char* option, const std::string& what, uint32_t id,
                       IdRanges& ranges) const {
    const jr_id_range own = {is_root_ ? 0 : id, id, 1};
    const std::string fault = user_namespace::conflict(ranges, own);
    if (!fault.empty())
      return jailrun::input_error(plan.origin(plan.has_option("map-ids") ? "map-ids" : option) +
                                  ": the program's " + what + ", as " + std::to_string(own.inside) + ":" +
                                  std::to_string(own.outside) + ":1, has " + fault);
    ranges.insert(ranges.begin(), own);
    return {};
  }

  // No process can have an id that its user namespace does not have.
  static Result<void> check_own(Plan& plan, const char* option, const std::string& what, uint32_t id,
                                const IdRanges& ranges) {
    if (user_namespace::has_outside(ranges, id)) return {};
    return jailrun::input_error((ranges.empty() ? "" : plan.origin(option) + ": ") + "the program's " + what +
                                " " + std::to_string(id) + " is not mapped: add a range with it to " +
                                option + ", or map-ids = self or root");
  }

  IdRanges uids_;
  IdRanges gids_;
  bool maps_own_ = true;
  bool is_root_ = false;
  bool is_auto_ = false;
  Plan::IdLease lease_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(UserNamespace,
              jailrun::Descriptor("user-namespace", "1.0.0", "gives the program a user namespace of its own")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .provides(kProvides)
                  .before(kBefore)
                  .capability(CAP_SYS_ADMIN)
                  .capability(CAP_SETUID)
                  .capability(CAP_SETGID)
                  .capability(CAP_SETFCAP))
