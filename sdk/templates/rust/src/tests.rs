//! What the stage plans, and what it refuses: on a fake host, without root and without a jail.
use crate::fake_host::FakeHost;
use crate::jailrun_plugin_v1;

fn host() -> FakeHost {
    FakeHost::default().fact("jail.id", "web-1").fact("jail.root", "/srv/jailer/vmm/web-1/root")
}

#[test]
fn the_message_is_planned() {
    let plan = host().option("message", "good morning").plan(&jailrun_plugin_v1);
    assert_eq!(plan, "write /template-stage.txt  0444 0:0  \"web-1: good morning\\n\"\n");
}

#[test]
fn without_an_option_the_message_is_the_default() {
    assert_eq!(host().plan(&jailrun_plugin_v1), "write /template-stage.txt  0444 0:0  \"web-1: hello\\n\"\n");
}

#[test]
fn a_long_message_is_refused() {
    let plan = host().option("message", &"x".repeat(201)).plan(&jailrun_plugin_v1);
    assert_eq!(plan, "refused: --message: a message has at most 200 bytes");
}
