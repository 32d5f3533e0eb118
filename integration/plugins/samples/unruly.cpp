// SPDX-License-Identifier: Apache-2.0
// Changes the process, which no stage may. Options say what it changes and in which call.
#include <jailrun/stage.hpp>

#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("deed", "WORD",
                 "user-ids, thread, directory, descriptor, umask, signal-mask, exit, _exit, crash, "
                 "deep-stack or nothing")
        .defaults_to("nothing"),
    Option::text("during", "CALL", "configure, plan, perform or enter").defaults_to("configure")};

Result<void> done(bool succeeded, const char* what) {
  return succeeded ? Result<void>() : jailrun::system_error(errno, what);
}

Result<void> commit(const std::string& deed) {
  constexpr uid_t kOther = 1234;
  if (deed == "user-ids") return done(setresuid(kOther, kOther, kOther) == 0, "setresuid");
  if (deed == "thread") std::thread([] { pause(); }).detach();
  if (deed == "directory") return done(chdir("/tmp") == 0, "chdir");
  if (deed == "descriptor")
    return done(open("/dev/null", O_RDONLY) >= 0, "open");  // an exec would pass it on
  if (deed == "umask") umask(077);
  if (deed == "exit") std::exit(0);
  if (deed == "_exit") _exit(0);
  if (deed == "crash") std::raise(SIGSEGV);
  if (deed == "signal-mask") {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    return done(sigprocmask(SIG_BLOCK, &set, nullptr) == 0, "sigprocmask");
  }
  return {};
}

class Unruly final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    deed_ = context.option("deed");
    return context.option("during") == "configure" ? commit(deed_) : Result<void>();
  }

  Result<void> plan(Plan& plan) override {
    if (plan.option("during") == "plan") return commit(deed_);
    if (plan.option("during") == "perform") plan.call(JR_PREPARE, "commit", deed_, "", 1);
    if (plan.option("during") == "enter") plan.call(JR_ENTER, "commit", deed_, "", 1);
    return {};
  }

  Result<void> perform(Context&, std::string_view, std::string_view) override { return commit(deed_); }

  Result<void> release(Context&, std::string_view, std::string_view payload, jailrun::Why) override {
    if (payload != "deep-stack") return {};
    // As a plugin may that was written for a process's own stack.
    volatile char deep[4 << 20];
    for (size_t at = 0; at < sizeof deep; at += 4096) deep[at] = 1;
    return done(deep[0] == 1, "use the stack");
  }

  std::string deed_;
};

}  // namespace

JAILRUN_STAGE(Unruly, jailrun::Descriptor("unruly", "1.0.0", "changes the process").options(kOptions))
