// SPDX-License-Identifier: Apache-2.0
// Closes what the runner inherited, so that the program gets no descriptor it was not meant to have.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr uint64_t kLargestFd = 1024 * 1024;  // fs.nr_open's default, see proc(5)
constexpr Option kOptions[] = {
    Option::number("keep", "FD", "an inherited descriptor that the program gets too, besides 0, 1 and 2", 0,
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
