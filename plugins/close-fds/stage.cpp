// SPDX-License-Identifier: Apache-2.0
// Closes the descriptors that the runner inherited, so that the program gets none that it should not have.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr uint64_t kLargestFd = 1024 * 1024;  // fs.nr_open's default, see proc(5)
constexpr Option kOptions[] = {
    Option::number("keep", "FD",
                   "keep this inherited descriptor open for the program, in addition to 0, 1 and 2", 0,
                   kLargestFd)
        .repeatable()};

class CloseFds final : public jailrun::Stage {
  Result<void> plan(Plan& plan) override {
    std::vector<uint32_t> keep;
    for (const std::string& fd : plan.options("keep")) keep.push_back(static_cast<uint32_t>(std::stoul(fd)));
    plan.close_inherited(keep);
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(CloseFds, jailrun::Descriptor("close-fds", "1.0.0",
                                            "closes the descriptors that jailrun was started with")
                            .options(kOptions))
