// SPDX-License-Identifier: Apache-2.0
// The interpreter and the libraries of a dynamic program, in its jail.
#include "../common/folders.hpp"
#include "../common/host_file.hpp"
#include "../common/option_values.hpp"
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
        "put this file too into the jail, with all that it needs: a library that the program loads at run "
        "time, by name or absolute path, or another program's path")
        .repeatable(),
    Option::text("library-way", "METHOD",
                 "how libraries are put into the jail: reflink, link, bind or copy; by default the first "
                 "that works of "
                 "reflink, link and copy")};
constexpr Fact kConsumes[] = {Fact::text("jail.program"), Fact::text("jail.root")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

class LibraryClosure final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    method_ = context.option("library-way");
    if (!method_.empty() && !jailrun_stages::is_method(method_))
      return jailrun::input_error(context.origin("library-way") + ": '" + method_ + "' is not one of " +
                                  jailrun_stages::kMethods);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    jailrun_stages::Closure closure;
    JR_TRY(closure.add_program(plan.text_fact("jail.program")));
    JR_TRY(jailrun_stages::each_value(
        plan, "library", [&](const std::string& file, uint64_t) { return closure.add_file(file); }));
    jailrun_stages::Folders folders(plan);
    for (const jailrun_stages::ClosureMember& member : closure.members()) {
      folders.above(member.target);
      put({member.source, member.target, member.owner}, plan);
    }
    return {};
  }

  void put(const jailrun_stages::HostFile& file, Plan& plan) const {
    if (!method_.empty()) return file.by(method_, plan);
    plan.begin_first_of();
    for (const char* method : {"reflink", "link", "copy"}) {
      plan.alternative(method);
      file.by(method, plan);
    }
    plan.end_first_of();
  }

  std::string method_;
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
