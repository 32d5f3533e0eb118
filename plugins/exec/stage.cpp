// SPDX-License-Identifier: Apache-2.0
// The program: checked before anything else, started last.
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

#include <cerrno>

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
                 "what comes before the program's own arguments: firecracker (--id and start times) or none")
        .defaults_to("firecracker"),
    Option::text(
        "env", "NAME[=VALUE]",
        "an environment variable for the program, with this value or the caller's; no other is passed")
        .repeatable(),
    Option::flag("new-privileges",
                 "let the program gain privileges from set-user-ID files and file capabilities; without it "
                 "no_new_privs is set")};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.root")};
constexpr Fact kProvides[] = {Fact::text("jail.program").while_configuring(),
                              Fact::text("jail.name").while_configuring(),
                              Fact::text("jail.alias").optional().while_configuring()};

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Where Firecracker puts its socket with these arguments; empty: it has none.
std::string api_socket(const std::vector<std::string>& arguments) {
  std::string path = "/run/firecracker.socket";  // its default
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--no-api") return {};
    if (arguments[i] == "--api-sock" && i + 1 < arguments.size()) path = arguments[i + 1];
  }
  return path.empty() || path.front() == '/' ? path : "/" + path;  // it starts in /
}

class Exec final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("exec-file");
    const auto within = [&](jailrun::Error error) {
      return std::move(error).within(context.origin("exec-file"));
    };
    struct stat now {};
    const Result<std::string> resolved = jailrun_stages::real_path(given, now);
    if (!resolved)
      return within(
          jailrun::system_error(resolved.error().error_number, given.empty() ? "an empty path" : given));
    if (!S_ISREG(now.st_mode)) return within(jailrun::input_error(given + " is not a regular file"));
    if ((now.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
      return within(jailrun::input_error(given + " is not executable"));
    const std::string& program = resolved.value();
    name_ = last_component(program);
    context.publish("jail.program", program);
    context.publish("jail.name", name_);
    // Clients that pass a symbolic link look for the jail below the link's name.
    if (const std::string alias = last_component(given); alias != name_ && is_name(alias))
      context.publish("jail.alias", alias);
    JR_TRY(read_variables(context));

    const std::string arguments = context.option("arguments");
    if (arguments != "firecracker" && arguments != "none")
      return jailrun::input_error(context.origin("arguments") + ": '" + arguments +
                                  "' is neither firecracker nor none");
    flags_ = arguments == "firecracker" ? JR_EXEC_JAILER_ARGUMENTS : 0;
    if (context.has_option("new-privileges")) flags_ |= JR_EXEC_NEW_PRIVILEGES;
    return {};
  }

  // Not "..", of "/x/link/..": that is a directory's. No jail's name begins with a dot.
  static bool is_name(const std::string& text) { return !text.empty() && text.front() != '.'; }

  Result<void> read_variables(Context& context) {
    variables_ = context.options("env");
    for (uint64_t i = 0; i < variables_.size(); ++i)
      if (variables_[i].empty() || variables_[i].front() == '=')
        return jailrun::input_error(context.origin("env", i) + ": '" + variables_[i] +
                                    "' is not NAME or NAME=VALUE");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    plan.pid_file("/" + name_ + ".pid", 0644, {0, 0});
    plan.exec("/" + name_, plan.arguments(), variables_, flags_);
    if (flags_ & JR_EXEC_JAILER_ARGUMENTS) warn_of_long_socket(plan);
    return {};
  }

  // Clients can't connect to such a socket, and see only that nothing answers.
  static void warn_of_long_socket(Plan& plan) {
    constexpr size_t kLongest = 107;  // sun_path of unix(7) has 108 bytes, one of them for the NUL
    const std::string socket = api_socket(plan.arguments());
    const std::string path = plan.text_fact("jail.root") + socket;
    if (!socket.empty() && path.size() > kLongest)
      plan.log(JR_LOG_WARNING, "the API socket's path on the host has " + std::to_string(path.size()) +
                                   " bytes, and a socket's address can have " + std::to_string(kLongest) +
                                   ": no client can connect to " + path);
  }

  std::string name_;
  std::vector<std::string> variables_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Exec, jailrun::Descriptor("exec", "1.0.0", "starts the program")
                        .options(kOptions)
                        .consumes(kConsumes)
                        .provides(kProvides)
                        .traits(JR_TRAIT_TERMINAL))
