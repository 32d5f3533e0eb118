//! The stage template-stage: puts a file with a message into the jail.
mod jailrun_sdk;
mod stage;

#[cfg(test)]
mod fake_host;
#[cfg(test)]
mod tests;

use jailrun_sdk::{jr_fact, jr_option, jr_owner, jr_plugin, jr_stage_descriptor};
use stage::{text, Context, Error, Plan, Stage};

#[derive(Default)]
struct TemplateStage {
    message: String,
}

impl Stage for TemplateStage {
    /// Validates the options. May read the host, never changes it.
    fn configure(&mut self, context: &Context) -> Result<(), Error> {
        self.message = context.option("message")?;
        if self.message.len() > 200 {
            let origin = context.origin("message", 0);
            return Err(Error::input(format!("{origin}: a message has at most 200 bytes")));
        }
        Ok(())
    }

    /// Plans what is to be done. jailrun shows it, does it, and can roll it back.
    fn plan(&mut self, plan: &Plan) -> Result<(), Error> {
        let content = format!("{}: {}\n", plan.text_fact("jail.id")?, self.message);
        plan.write("/template-stage.txt", content.as_bytes(), 0o444, jr_owner { uid: 0, gid: 0 })
    }
}

static OPTIONS: [jr_option; 1] = [stage::text_option(
    text!("message"),
    text!("TEXT"),
    text!("the text of the file"),
    text!("hello"),
)];
// A stage that reads jail.root must come after the one that makes the root: `jailrun check` checks that.
static CONSUMES: [jr_fact; 2] = [stage::text_fact(text!("jail.id")), stage::text_fact(text!("jail.root"))];

static DESCRIPTOR: jr_stage_descriptor = jr_stage_descriptor {
    options: OPTIONS.as_ptr(),
    option_count: OPTIONS.len() as u32,
    consumes: CONSUMES.as_ptr(),
    consume_count: CONSUMES.len() as u32,
    ..stage::descriptor::<TemplateStage>(
        text!("template-stage"),
        text!("0.1.0"),
        text!("puts a message into the jail"),
    )
};
static STAGES: stage::Stages<1> = stage::Stages([&DESCRIPTOR]);

/// The one symbol that jailrun looks for.
#[allow(non_upper_case_globals)]
#[no_mangle]
pub static jailrun_plugin_v1: jr_plugin = stage::plugin(text!("template-stage"), text!("0.1.0"), &STAGES);
