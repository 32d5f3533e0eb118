// SPDX-License-Identifier: Apache-2.0
// A whole pipeline in one stage, which plans every action that version 1.0 has: built with the headers of
// each release, and with today's.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Fact;
using jailrun::on_host;
using jailrun::Option;

constexpr Option kOptions[] = {Option::text("word", "WORD", "any word").repeatable().defaults_to("a word"),
                               Option::number("count", "N", "any number", 1, 9).required(),
                               Option::flag("loud", "whether it is")};
constexpr Fact kProvides[] = {Fact::text("jail.id").while_configuring(), Fact::number("site.count")};

class EveryAction final : public jailrun::Stage {
  jailrun::Result<void> configure(jailrun::Context& context) override {
    if (context.option_number("count") == 9)
      return jailrun::input_error(context.origin("count") + ": not nine");
    context.publish("jail.id", "web-1");
    return {};
  }

  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    const jr_owner owner = {1234, 100};
    const uint64_t count = plan.option_number("count");
    plan.publish("site.count", count);
    plan.claim("/usr", "vmm", plan.text_fact("jail.id"));
    plan.close_inherited({5});
    plan.root(on_host("/usr/vmm/web-1/root"), 0700, owner);
    plan.directory("/dev", 0755, owner);
    plan.write("/word", plan.option("word"), 0444, owner);
    plan.copy(on_host("/etc/passwd"), "/copy", owner, JR_MODE_OF_SOURCE, 0);
    plan.link(on_host("/etc/passwd"), "/link");
    plan.first_of(
        "reflink", [&] { plan.copy(on_host("/etc/passwd"), "/first", owner, 0400, JR_COPY_REFLINK); }, "copy",
        [&] { plan.copy(on_host("/etc/passwd"), "/first", owner, 0400); });
    plan.node("/dev/kvm", JR_NODE_CHAR, 10, 232, 0600, owner, JR_NODE_MAY_FAIL);
    plan.pid_file("/vmm.pid", 0600, owner);
    plan.alias("vmm-alias");
    plan.join(on_host("/proc/self/ns/net"), 0x40000000);
    plan.new_uts_namespace("web-1", "(none)", JR_NAMESPACE_IF_SUPPORTED);
    plan.user_namespace({{0, 0, 65536}}, {{0, 0, 65536}}, JR_NAMESPACE_IF_SUPPORTED);
    plan.new_root();
    plan.bind(on_host("/etc"), "/dev", JR_MOUNT_READ_ONLY | JR_BIND_RECURSIVE);
    plan.mount("tmpfs", "/data", JR_MOUNT_NODEV, "size=1m");
    plan.filesystem("tmpfs", "/tmp", JR_MOUNT_NODEV, "size=1m");
    plan.symlink("/tmp/a", "/tmp/b");
    plan.read_only_root();
    plan.numa(static_cast<uint32_t>(count), "0");
    plan.session({JR_STREAM_NULL}, {JR_STREAM_FILE, "/var/log/x"}, {JR_STREAM_KEEP});
    plan.pid_namespace();
    plan.init();
    plan.time_limit({0, 60, 5000});
    plan.device_rules("parent/jail", {{JR_NODE_CHAR, 10, 232, JR_DEVICE_READ | JR_DEVICE_WRITE}},
                      JR_DEVICE_RULES_IF_SUPPORTED | JR_DEVICE_RULES_NODES);
    plan.label(JR_LABEL_APPARMOR, "program", JR_LABEL_IF_SUPPORTED);
    plan.helper({"sleeper", "/usr/bin/sleep", {"60"}, {"LC_ALL=C"}, {997, 997}, JR_HELPER_BACKGROUND});
    plan.call(JR_PREPARE, "make", plan.has_option("loud") ? "loud" : "quiet", "payload", 3);
    plan.limit(7, 100, 100);
    plan.attribute(JR_ATTRIBUTE_NICE, 19);
    plan.credentials(owner, {5});
    plan.filter("all", "let through", std::string_view("\x06\0\0\0\0\0\xff\x7f", 8), JR_FILTER_LOG);
    jailrun::LandlockRules rules;
    rules.files = JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE;
    rules.ports = JR_LANDLOCK_CONNECT_TCP;
    rules.scopes = JR_LANDLOCK_SCOPE_SIGNAL;
    rules.paths = {{"/copy", JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE}};
    rules.port_rules = {{443, JR_LANDLOCK_CONNECT_TCP}};
    plan.landlock(rules, JR_LANDLOCK_IF_SUPPORTED);
    plan.capabilities({1, 1, 1, 1, 1});
    plan.exec("/copy", {"one", "two"}, {"A=1"}, 0);
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(EveryAction, jailrun::Descriptor("every-action", "1.0.0", "plans every action")
                               .options(kOptions)
                               .provides(kProvides)
                               .traits(JR_TRAIT_TERMINAL | JR_TRAIT_CHANGES_ROOT | JR_TRAIT_DROPS_PRIVILEGE |
                                       JR_TRAIT_FORKS | JR_TRAIT_RESTRICTS)
                               .capability(21))
