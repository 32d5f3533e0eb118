// SPDX-License-Identifier: Apache-2.0
// A /dev of the jail's own, with what most programs expect there.
#include "../common/folders.hpp"
#include "../common/option_values.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("dev-nodes", "NAME[,NAME...]", "which of these devices are in /dev; or none")
        .defaults_to("null,zero,full,random,urandom,tty"),
    Option::text(
        "dev-way", "WAY",
        "how they come there: make (nodes of the jail's own) or bind (the host's, shown read-only), where no "
        "node can be made")
        .defaults_to("make"),
    Option::number("dev-ptys", "COUNT",
                   "how many pseudoterminals the program can have; 0: no /dev/ptmx and /dev/pts", 0, 1048576)
        .defaults_to("64")};
constexpr Fact kProvides[] = {Fact::text("dev.filesystem")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};
constexpr jr_str kBefore[] = {jailrun::to_str("devices")};

// Numbers that never change, from the kernel's Documentation/admin-guide/devices.txt. None of them gives access
// to anything of the host's but tty: that is the terminal of the program's session, if it has one.
struct Node {
  const char* name;
  uint32_t major;
  uint32_t minor;
};
constexpr Node kNodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                           {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

class Dev final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    ptys_ = context.option_number("dev-ptys");
    const std::string way = context.option("dev-way");
    if (way != "make" && way != "bind")
      return jailrun::input_error(context.origin("dev-way") + ": '" + way + "' is neither make nor bind");
    is_bound_ = way == "bind";
    const std::string given = context.option("dev-nodes");
    if (given == "none") return {};
    for (const std::string& name : jailrun_stages::split_at_commas(given)) {
      Result<void> added = add(name);
      if (!added) return std::move(added).error().within(context.origin("dev-nodes"));
    }
    return {};
  }

  Result<void> add(const std::string& name) {
    const auto* const found = std::find_if(std::begin(kNodes), std::end(kNodes),
                                           [&](const Node& node) { return name == node.name; });
    if (found == std::end(kNodes))
      return jailrun::input_error(
          "'" + name +
          "' is not one of null, zero, full, random, urandom, tty; the stage devices makes "
          "others");
    if (std::find(nodes_.begin(), nodes_.end(), found) != nodes_.end())
      return jailrun::input_error(name + " is given twice");
    if (is_bound_) JR_TRY(check_host(*found));
    nodes_.push_back(found);
    return {};
  }

  // What is bound is what the program gets, whatever it is.
  static Result<void> check_host(const Node& node) {
    const std::string path = std::string("/dev/") + node.name;
    struct stat now {};
    if (stat(path.c_str(), &now) != 0) return jailrun::system_error(errno, path);
    if (S_ISCHR(now.st_mode) && now.st_rdev == makedev(node.major, node.minor)) return {};
    return jailrun::input_error("the host's " + path + " is not the device of that name");
  }

  // A filesystem of its own, made before anything of the root can be reached by it: what a caller or an image has
  // at /dev, a link out of it too, is covered and not looked at, a base that is mounted nodev does not matter,
  // and nothing has to be removed from the root afterwards.
  Result<void> plan(Plan& plan) override {
    constexpr uint32_t kFlags = JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC;
    jailrun_stages::Folders(plan).add("/dev");
    plan.filesystem("tmpfs", "/dev", kFlags, "size=1m,nr_inodes=256,mode=0755");
    plan.publish("dev.filesystem", "/dev");
    for (const Node* node : nodes_) put(plan, *node);
    // Of whoever looks: they lead somewhere where the jail has a /proc.
    plan.symlink("/proc/self/fd", "/dev/fd");
    plan.symlink("/proc/self/fd/0", "/dev/stdin");
    plan.symlink("/proc/self/fd/1", "/dev/stdout");
    plan.symlink("/proc/self/fd/2", "/dev/stderr");
    if (ptys_ == 0) return {};
    // An instance of the jail's own: the host's terminals are not in it. Each is of the user who opens it, and
    // nobody else's, as there is no group of terminals in a jail.
    plan.directory("/dev/pts", 0755, {0, 0});
    plan.symlink("pts/ptmx", "/dev/ptmx");
    plan.mount("devpts", "/dev/pts", kFlags,
               "newinstance,ptmxmode=0666,mode=0600,max=" + std::to_string(ptys_));
    return {};
  }

  void put(Plan& plan, const Node& node) const {
    const std::string path = std::string("/dev/") + node.name;
    if (!is_bound_) return plan.node(path, JR_NODE_CHAR, node.major, node.minor, 0666, {0, 0});
    plan.write(path, "", 0444);  // something to mount over
    // Read-only: the node is the host's, and a program that is root could change its mode or owner. A device can
    // be written to all the same.
    plan.bind(jailrun::on_host(path), path, JR_MOUNT_READ_ONLY | JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC);
  }

  std::vector<const Node*> nodes_;
  uint64_t ptys_ = 0;
  bool is_bound_ = false;
};

}  // namespace

JAILRUN_STAGE(Dev, jailrun::Descriptor("dev", "1.0.0", "gives the jail a /dev of its own")
                       .options(kOptions)
                       .provides(kProvides)
                       .after(kAfter)
                       .before(kBefore)
                       .capability(CAP_MKNOD)
                       .capability(CAP_SYS_ADMIN))
