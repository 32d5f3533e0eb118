// SPDX-License-Identifier: Apache-2.0
// /dev/shm, where shm_open(3) and sem_open(3) keep what processes share.
#include "../common/folders.hpp"
#include "../common/memory_size.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("shm-size", "SIZE", "how much /dev/shm can hold, in bytes or with K, M or G")
        .defaults_to("64M")};

constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder"), jailrun::to_str("dev")};

class Shm final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("shm-size");
    const std::optional<uint64_t> size = jailrun_stages::memory_size(given);
    if (!size)
      return jailrun::input_error(context.origin("shm-size") + ": '" + given +
                                  "' is not a size such as 512K, 64M or 1G");
    data_ =
        "size=" + given + ",nr_inodes=" + std::to_string(jailrun_stages::inodes_for(*size)) + ",mode=1777";
    return {};
  }

  // With the stage dev, /dev is its filesystem, and the directory is made in that.
  Result<void> plan(Plan& plan) override {
    jailrun_stages::Folders folders(plan);
    folders.add("/dev");
    folders.add("/dev/shm");
    plan.filesystem("tmpfs", "/dev/shm", JR_MOUNT_NOSUID | JR_MOUNT_NODEV | JR_MOUNT_NOEXEC, data_);
    return {};
  }

  std::string data_;
};

}  // namespace

JAILRUN_STAGE(Shm, jailrun::Descriptor("shm", "1.0.0", "gives the jail a /dev/shm in memory")
                       .options(kOptions)
                       .after(kAfter)
                       .capability(CAP_SYS_ADMIN))
