// SPDX-License-Identifier: Apache-2.0
// Joins an existing network namespace.
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("netns", "PATH", "join this network namespace, such as /run/netns/NAME")};

// CLONE_NEW... of sched.h; -1 if the open file is not a namespace.
int namespace_type(int place) {
  struct statfs filesystem {};
  if (fstatfs(place, &filesystem) != 0 || filesystem.f_type != NSFS_MAGIC) return -1;
  const jailrun::UniqueFd file(
      open(("/proc/self/fd/" + std::to_string(place)).c_str(), O_RDONLY | O_CLOEXEC));
  return file ? ioctl(file.get(), NS_GET_NSTYPE) : -1;
}

class Netns final : public jailrun::Stage {
  // Checked before anything is made: the jailer notices a wrong path only once the jail is built.
  Result<void> configure(Context& context) override {
    if (!context.has_option("netns")) return {};
    path_ = context.option("netns");
    const auto within = [&](jailrun::Error error) {
      return std::move(error).within(context.origin("netns"));
    };
    // Not realpath: /proc/PID/ns/net is a link to something without a path.
    char cwd[PATH_MAX];
    if (!jailrun_stages::is_absolute(path_) && getcwd(cwd, sizeof cwd) != nullptr)
      path_.insert(0, std::string(cwd) + "/");
    // O_PATH first: opening a FIFO, a terminal or a watchdog has effects.
    const jailrun::UniqueFd place(open(path_.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return within(jailrun::system_error(errno, path_));
    const int type = namespace_type(place.get());
    if (type < 0 && access("/proc/self/fd", F_OK) != 0)
      return within(jailrun::input_error("/proc is not mounted, and joining the namespace " + path_ +
                                         " needs it: mount it"));
    if (type != CLONE_NEWNET) return within(jailrun::input_error(path_ + " is not a network namespace"));
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (!path_.empty()) plan.join(jailrun::on_host(path_), CLONE_NEWNET);
    return {};
  }

  std::string path_;
};

}  // namespace

JAILRUN_STAGE(Netns, jailrun::Descriptor("netns", "1.0.0", "joins a network namespace")
                         .options(kOptions)
                         .capability(CAP_SYS_ADMIN))
