// The program: judged first of all, started last of all.
#include <jailrun/stage.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <sys/stat.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("exec-file", "FILE", "the program; symbolic links are followed").required(),
    Option::text("arguments", "WORD",
                 "what precedes the program's own arguments: firecracker (--id and start times) or none")
        .defaults_to("firecracker")};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.root")};
constexpr Fact kProvides[] = {Fact::text("jail.program").while_configuring(),
                              Fact::text("jail.name").while_configuring()};

class Exec final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("exec-file");
    const auto within = [&](jailrun::Error error) {
      return std::move(error).within(context.origin("exec-file"));
    };
    char resolved[PATH_MAX];
    struct stat now {};
    if (realpath(given.c_str(), resolved) == nullptr || stat(resolved, &now) != 0)
      return within(jailrun::system_error(errno, given.empty() ? "an empty path" : given));
    if (!S_ISREG(now.st_mode)) return within(jailrun::input_error(given + " is no regular file"));
    if ((now.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
      return within(jailrun::input_error(given + " is not executable"));
    const std::string program = resolved;
    name_ = program.substr(program.rfind('/') + 1);
    context.publish("jail.program", program);
    context.publish("jail.name", name_);

    const std::string arguments = context.option("arguments");
    if (arguments != "firecracker" && arguments != "none")
      return jailrun::input_error(context.origin("arguments") + ": '" + arguments +
                                  "' is neither firecracker nor none");
    flags_ = arguments == "firecracker" ? JR_EXEC_JAILER_ARGUMENTS : 0;
    return {};
  }

  Result<void> plan(Plan& plan) override {
    plan.pid_file("/" + name_ + ".pid", 0644, {0, 0});
    plan.exec("/" + name_, plan.arguments(), {}, flags_);
    return {};
  }

  std::string name_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Exec, jailrun::Descriptor("exec", "1.0.0", "starts the program")
                        .options(kOptions)
                        .consumes(kConsumes)
                        .provides(kProvides)
                        .traits(JR_TRAIT_TERMINAL))
