// The stage template-stage: puts a file with a message into the jail.
#include <jailrun/stage.hpp>

namespace {

constexpr jailrun::Option kOptions[] = {
    jailrun::Option::text("message", "TEXT", "the text of the file").defaults_to("hello")};
// A stage that reads jail.root must come after the one that makes the root: `jailrun check` checks that.
constexpr jailrun::Fact kConsumes[] = {jailrun::Fact::text("jail.id"), jailrun::Fact::text("jail.root")};

class TemplateStage final : public jailrun::Stage {
  // Validates the options. May read the host, never changes it.
  jailrun::Result<void> configure(jailrun::Context& context) override {
    message_ = context.option("message");
    if (message_.size() > 200)
      return jailrun::input_error(context.origin("message") + ": a message has at most 200 bytes");
    return {};
  }

  // Plans what is to be done. jailrun shows it, does it, and can roll it back.
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
