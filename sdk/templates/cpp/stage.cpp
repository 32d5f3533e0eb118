// The stage template-stage: puts a file with a message into the jail.
#include <jailrun/stage.hpp>

namespace {

constexpr jailrun::Option kOptions[] = {
    jailrun::Option::text("message", "TEXT", "what the file says").defaults_to("hello")};
// Who reads jail.root stands after the stage that makes the root: `jailrun check` sees to it.
constexpr jailrun::Fact kConsumes[] = {jailrun::Fact::text("jail.id"), jailrun::Fact::text("jail.root")};

class TemplateStage final : public jailrun::Stage {
  // Judges what the user said. May read the host, never changes it.
  jailrun::Result<void> configure(jailrun::Context& context) override {
    message_ = context.option("message");
    if (message_.size() > 200)
      return jailrun::input_error(context.origin("message") + ": a message has at most 200 bytes");
    return {};
  }

  // Says what is to be done. jailrun does it, shows it, and takes it back.
  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    plan.write("/template-stage.txt", plan.text_fact("jail.id") + ": " + message_ + "\n", 0444);
    return {};
  }

  std::string message_;
};

}  // namespace

JAILRUN_STAGE(TemplateStage, jailrun::Descriptor("template-stage", "0.1.0", "puts a message into the jail")
                                 .options(kOptions)
                                 .consumes(kConsumes))
