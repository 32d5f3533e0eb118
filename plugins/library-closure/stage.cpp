// SPDX-License-Identifier: Apache-2.0
// The interpreter and the libraries of a dynamic program, in its jail.
#include "../common/folders.hpp"
#include "../common/ways.hpp"
#include "closure.hpp"

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "library", "FILE",
        "another file that the jail gets with all that it needs: a library that the program loads by "
        "itself, by name or absolute path, or another program's path")
        .repeatable(),
    Option::text(
        "library-way", "WAY",
        "how libraries come into the jail: reflink, link, bind or copy; where not given, the first that "
        "works of reflink, link and copy")};
constexpr Fact kConsumes[] = {Fact::text("jail.program"), Fact::text("jail.root")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

class LibraryClosure final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    way_ = context.option("library-way");
    if (!way_.empty() && !jailrun_stages::is_way(way_))
      return jailrun::input_error(context.origin("library-way") + ": '" + way_ + "' is none of " +
                                  jailrun_stages::kWays);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    jailrun_stages::Closure closure;
    JR_TRY(closure.add_program(plan.text_fact("jail.program")));
    uint64_t index = 0;
    for (const std::string& file : plan.options("library")) {
      Result<void> added = closure.add_file(file);
      if (!added) return std::move(added).error().within(plan.origin("library", index));
      ++index;
    }
    jailrun_stages::Folders folders(plan);
    for (const jailrun_stages::ClosureMember& member : closure.members()) {
      folders.above(member.target);
      put({member.source, member.target, member.owner}, plan);
    }
    return {};
  }

  void put(const jailrun_stages::HostFile& file, Plan& plan) const {
    if (!way_.empty()) return file.by(way_, plan);
    plan.begin_first_of();
    for (const char* way : {"reflink", "link", "copy"}) {
      plan.alternative(way);
      file.by(way, plan);
    }
    plan.end_first_of();
  }

  std::string way_;
};

}  // namespace

JAILRUN_STAGE(LibraryClosure,
              jailrun::Descriptor("library-closure", "1.0.0",
                                  "puts the program's interpreter and libraries into the jail")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .after(kAfter)
                  .capability(CAP_CHOWN)
                  .capability(CAP_SYS_ADMIN))
