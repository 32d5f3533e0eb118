// A session of its own, in the background: the caller returns once the program has been started.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::flag("daemonize", "run the program in a session of its own, its standard streams on /dev/null")};

class Daemonize final : public jailrun::Stage {
  Result<void> plan(Plan& plan) override {
    if (plan.has_option("daemonize")) plan.session(JR_STREAM_NULL, JR_STREAM_NULL, JR_STREAM_NULL);
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(Daemonize, jailrun::Descriptor("daemonize", "1.0.0", "puts the program into the background")
                             .options(kOptions)
                             .traits(JR_TRAIT_FORKS))
