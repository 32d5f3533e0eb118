// SPDX-License-Identifier: Apache-2.0
// The fake host of testing.hpp, with stages in C++ and in C.
#include "tests/support/temp_directory.hpp"

#include <jailrun/stage.hpp>
#include <jailrun/testing.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace jailrun {
namespace {

// One test at a time says what the stage does.
struct Deeds {
  std::function<void(Context&)> configure = [](Context&) {};
  std::function<void(Plan&)> plan = [](Plan&) {};
  std::function<void(Context&)> perform = [](Context&) {};
  std::function<void(Context&)> release = [](Context&) {};
};
Deeds& deeds() {
  static Deeds instance;
  return instance;
}

class Deed final : public Stage {
  Result<void> configure(Context& context) override { return deeds().configure(context), Result<void>(); }
  Result<void> plan(Plan& plan) override { return deeds().plan(plan), Result<void>(); }
  Result<void> perform(Context& context, std::string_view, std::string_view payload) override {
    if (payload == "refused") return system_error(EACCES, "make");
    return deeds().perform(context), Result<void>();
  }
  Result<void> release(Context& context, std::string_view, std::string_view, Why) override {
    return deeds().release(context), Result<void>();
  }
};

constexpr Option kOptions[] = {Option::text("text", "X", "text").repeatable(),
                               Option::number("number", "N", "number", 3, 5).defaults_to("4"),
                               Option::flag("flag", "flag"), Option::text("must", "X", "text").required()};
constexpr Fact kConsumes[] = {Fact::text("text"), Fact::number("number")};
constexpr Fact kProvides[] = {Fact::text("early").while_configuring(), Fact::number("late")};

const jr_stage_descriptor& deed() {
  static constexpr jr_stage_descriptor kRaw =
      Descriptor("deed", "1.0.0", "does what a test says")
          .options(kOptions)
          .consumes(kConsumes)
          .provides(kProvides)
          .traits(JR_TRAIT_FORKS | JR_TRAIT_TERMINAL | JR_TRAIT_RESTRICTS)
          .with_ops(&detail::kOps<Deed>);
  return kRaw;
}

class FakeHostTest : public ::testing::Test {
 protected:
  FakeHostTest() {
    deeds() = {};
    host.option("must", "x");
  }
  std::string planned(std::function<void(Plan&)> plan) {
    deeds().plan = std::move(plan);
    return host.plan();
  }
  FakeHost host{deed()};
};

TEST_F(FakeHostTest, GivesOptionsAndTheirDefaults) {
  host.option("text", "a").option("text", "b").flag("flag").argument("word");
  EXPECT_EQ(planned([](Plan& plan) {
              for (const std::string& value : plan.options("text")) plan.alias(value);
              plan.alias(std::to_string(plan.option_number("number")));
              plan.alias(plan.has_option("flag") ? plan.origin("flag") : "none");
              plan.alias(plan.arguments().at(0));
            }),
            "alias a\nalias b\nalias 4\nalias --flag\nalias word\n");
}

TEST_F(FakeHostTest, JudgesOptionsBeforeTheStageSeesThem) {
  EXPECT_EQ(FakeHost(deed()).plan(), "refused: --must is required");
  EXPECT_EQ(host.option("other", "x").plan(), "refused: the stage has no option 'other'");
  EXPECT_EQ(host.reset().option("must", "x").option("must", "y").plan(), "refused: --must is given twice");
  for (const char* wrong : {"2", "6", "", "4 ", "-4", "99999999999999999999"})
    EXPECT_EQ(host.reset().option("must", "x").option("number", wrong).plan(),
              "refused: --number: '" + std::string(wrong) + "' is not a number from 3 to 5");
}

TEST_F(FakeHostTest, GivesFactsThatTheStageDeclares) {
  host.fact("text", "known").fact("number", 7).fact("other", 8);
  EXPECT_EQ(planned([](Plan& plan) {
              plan.alias(plan.text_fact("text") + std::to_string(plan.number_fact("number")));
            }),
            "alias known7\n");
  EXPECT_EQ(planned([](Plan& plan) { plan.number_fact("other"); }),
            "refused: the fact other is read but not declared under consumes");
  EXPECT_EQ(planned([](Plan& plan) { plan.number_fact("text"); }),
            "refused: the fact text is read as another type than declared");
  EXPECT_EQ(planned([](Plan& plan) { plan.number_fact("late"); }),
            "refused: the fact late is read before it is published");
  deeds().configure = [](Context& context) { context.text_fact("text"); };
  EXPECT_EQ(host.configure(), "refused: the fact text is read while configuring");
}

TEST_F(FakeHostTest, NotesWhatIsPublished) {
  deeds().configure = [](Context& context) { context.publish("early", "a"); };
  EXPECT_EQ(planned([](Plan& plan) { plan.publish("late", uint64_t{7}); }), "");
  EXPECT_EQ(host.published(), "early = a\nlate = 7\n");
  EXPECT_EQ(host.plan_again(), "") << "what was published while planning is forgotten before it plans again";
  EXPECT_EQ(host.published(), "early = a\nlate = 7\n");
  EXPECT_EQ(host.configure(), "");
  EXPECT_EQ(host.published(), "early = a\n");
  EXPECT_EQ(planned([](Plan& plan) { plan.publish("early", "b"); }),
            "refused: the fact early is published twice");
  EXPECT_EQ(planned([](Plan& plan) { plan.publish("mine", "b"); }),
            "refused: the fact mine is published but not declared under provides");
}

TEST_F(FakeHostTest, SaysWhyAStageRefuses) {
  deeds().configure = [](Context&) { throw std::runtime_error("thrown"); };
  EXPECT_EQ(host.plan(), "refused: thrown");
  deeds().configure = [](Context& context) { context.log(JR_LOG_WARNING, "look"); };
  EXPECT_EQ(host.plan(), "");
  EXPECT_EQ(host.log(), "warning: look\n");
}

TEST_F(FakeHostTest, PerformsAndReleasesCalls) {
  deeds().perform = [](Context& context) { context.set_slot("device", context.token()); };
  std::string seen;
  deeds().release = [&](Context& context) { context.slot("device", seen); };
  EXPECT_EQ(
      planned([](Plan& plan) {
        plan.call(JR_PREPARE, "make", "a line", std::string_view("a\0\"", 3), 2);
        plan.call(JR_ENTER, "fail", "", "refused", 1);
      }),
      "call prepare make  a line  version 2 \"a\\x00\\\"\"\ncall enter fail    version 1 \"refused\"\n");
  EXPECT_EQ(host.release("make"), "") << "never performed";
  EXPECT_EQ(seen, "");
  EXPECT_EQ(host.perform("make"), "");
  EXPECT_EQ(host.slot("device"), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(host.release("make"), "");
  EXPECT_EQ(seen, host.slot("device"));
  EXPECT_EQ(host.perform("fail"), "refused: make: Permission denied");
  EXPECT_EQ(host.perform("other"), "refused: no call 'other' was planned");
}

TEST_F(FakeHostTest, KnowsNeitherTokenNorSlotBeforeThereIsSomethingToPerform) {
  EXPECT_EQ(planned([](Plan& plan) { plan.token(); }),
            "refused: the token is known in perform and release only");
  EXPECT_EQ(planned([](Plan& plan) { plan.set_slot("a", "b"); }),
            "refused: a slot can be set in perform only");
}

TEST_F(FakeHostTest, CanBeAnOlderRunner) {
  const auto two = [](Plan& plan) {
    plan.directory("/a", 0700, {0, 0});
    plan.pid_namespace();
  };
  EXPECT_EQ(planned(two), "directory /a  0700 0:0\npid_namespace\n");
  host.lacks(&jr_actions::pid_namespace);
  EXPECT_EQ(planned(two), "refused: this jailrun has no action 'pid_namespace': a later one is needed");
  host.lacks(&jr_actions::claim);
  EXPECT_EQ(planned(two), "refused: this jailrun has no action 'directory': a later one is needed");
}

TEST_F(FakeHostTest, SaysWhichCgroupVersionTheTestWants) {
  host.controller("cpuset", 1).controller("none", 0);
  EXPECT_EQ(planned([](Plan& plan) {
              for (const char* name : {"cpuset", "none", "other"})
                plan.alias(std::to_string(plan.cgroup_version(name)));
            }),
            "alias 1\nalias 0\nalias 2\n");
}

TEST_F(FakeHostTest, WritesDownEveryAction) {
  EXPECT_EQ(planned([](Plan& plan) {
              plan.claim("/base", "vmm", "web-1");
              plan.close_inherited({3, 4});
              plan.root(on_host("/r"), 0700, {1, 2});
              plan.directory(on_host("/h"), 0, {0, 0});
              plan.write("/w", "a\n\"\x01", 0444);
              plan.copy(on_host("/bin/x"), "/x", {1, 2});
              plan.copy(on_host("/bin/x"), "/x", {1, 2}, 0755, JR_COPY_REFLINK);
              plan.link(on_host("/bin/x"), "/x");
              plan.first_of(
                  "link", [&] { plan.link(on_host("/f"), "/f"); }, "none", [] {});
              plan.node("/dev/kvm", JR_NODE_CHAR, 10, 232, 0600, {1, 2}, JR_NODE_MAY_FAIL);
              plan.pid_file("/vmm.pid", 0600, {1, 2});
              plan.cgroup(1, "vmm/web-1", "cpuset.cpus", "0", JR_CGROUP_DEFAULT);
              plan.join_cgroup("vmm");
              plan.new_root();
              plan.bind(on_host("/usr"), "/usr", JR_MOUNT_READ_ONLY | JR_BIND_RECURSIVE);
              plan.mount("tmpfs", "/tmp", JR_MOUNT_NODEV, "size=1m");
              plan.mount_root("tmpfs", JR_MOUNT_NOSUID, "size=1m");
              plan.filesystem("tmpfs", "/dev", JR_MOUNT_NOEXEC, "size=1m");
              plan.symlink("/proc/self/fd", "/dev/fd");
              plan.read_only_root();
              plan.overlay_root(on_host("/image"), 0700, {1, 2}, JR_MOUNT_NOSUID);
              plan.join(on_host("/run/netns/a"), 0x40000000);
              plan.new_namespace(0x40000000, JR_NAMESPACE_IF_SUPPORTED);
              plan.new_uts_namespace("web-1", "(none)");
              plan.new_time_namespace(-1, 1000000000);
              plan.user_namespace({{0, 1000, 1}, {1, 100000, 65536}}, {{0, 1000, 1}},
                                  JR_USER_NAMESPACE_SETGROUPS | JR_USER_NAMESPACE_NESTED);
              plan.user_namespace({{0, 1000, 1}}, {{0, 1000, 1}}, {{{0, 5000, 900}}, 1, 300}, 0);
              plan.bind(on_host("/usr"), "/usr", JR_BIND_IDMAP | JR_BIND_IDMAP_IF_SUPPORTED);
              plan.numa(1, "0-3");
              plan.session({}, {JR_STREAM_FILE, "/log"}, {JR_STREAM_KEEP});
              plan.pid_namespace();
              plan.init();
              plan.time_limit({1500, 60, 5000});
              plan.device_rules("vmm/web-1",
                                {{JR_NODE_CHAR, 10, 232, JR_DEVICE_READ | JR_DEVICE_WRITE},
                                 {JR_DEVICE_ANY, JR_DEVICE_ANY, JR_DEVICE_ANY, JR_DEVICE_MKNOD}},
                                JR_DEVICE_RULES_NODES);
              plan.label(JR_LABEL_APPARMOR, "vmm", JR_LABEL_IF_SUPPORTED);
              plan.label(JR_LABEL_SELINUX, "system_u:system_r:vmm_t:s0");
              plan.helper({"pasta",
                           "/usr/bin/pasta",
                           {"-t", "none"},
                           {"LC_ALL=C"},
                           {997, 998},
                           JR_HELPER_NETWORK | JR_HELPER_BACKGROUND,
                           2500});
              plan.credentials({1, 2}, {3, 4});
              plan.limit(7, 1024, UINT64_MAX);
              plan.filter("docker", "others: EPERM", std::string(16, '\0'),
                          JR_FILTER_LOG | JR_FILTER_SPEC_ALLOW);
              plan.filter("calls", "", std::string(8, '\0'), JR_FILTER_NOTIFY, 0, "/learned.json");
              plan.filter("calls", "", std::string(8, '\0'), JR_FILTER_NOTIFY, 1);
              LandlockRules rules;
              rules.files = JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE;
              rules.ports = JR_LANDLOCK_BIND_TCP;
              rules.scopes = JR_LANDLOCK_SCOPE_SIGNAL;
              rules.paths = {{"/", JR_LANDLOCK_READ_FILE}, {"/vmm", JR_LANDLOCK_EXECUTE}};
              rules.port_rules = {{80, JR_LANDLOCK_BIND_TCP}};
              plan.landlock(rules, JR_LANDLOCK_IF_SUPPORTED);
              plan.capabilities({UINT64_MAX, 0x21, 1, 1, 3});
              plan.capabilities({});
              plan.attribute(JR_ATTRIBUTE_POLICY, 1, 10);
              plan.attribute(JR_ATTRIBUTE_UMASK);
              plan.attribute(JR_ATTRIBUTE_OWN_TERMINAL);
              plan.attribute(JR_ATTRIBUTE_NO_TIME_STAMPS);
              plan.attribute(JR_ATTRIBUTE_DENY_WRITE_EXECUTE, 0, 0, JR_ATTRIBUTE_IF_SUPPORTED);
              plan.affinity("0-3");
              plan.exec("/vmm", {"a b"}, {"A=1"}, JR_EXEC_JAILER_ARGUMENTS);
            }),
            R"(claim /base/vmm/web-1
close_inherited but 3,4
root host:/r  0700 1:2
directory host:/h  0 0:0
write /w  0444 0:0  "a\n\"\x01"
copy /x  mode of source 1:2  from /bin/x
copy /x  0755 1:2  from /bin/x  (sharing its data)
link /x  to /bin/x
first_of
alternative link
link /f  to /f
alternative none
end_first_of
node /dev/kvm  char 10:232  0600 1:2  (may fail)
pid_file /vmm.pid  0600 1:2
cgroup vmm/web-1  cpuset.cpus = 0  version 1  (unless another stage asks)
cgroup vmm  version 2  (join)
new_root
bind /usr  from /usr  (read-only, recursive)
mount /tmp  tmpfs  size=1m  (nodev)
mount /  tmpfs  size=1m  (nosuid, made in prepare)
mount /dev  tmpfs  size=1m  (noexec, made in prepare)
symlink /dev/fd  to /proc/self/fd
read_only_root
overlay_root /image  0700 1:2  (nosuid)
join net /run/netns/a
new_namespace net  (if supported)
new_namespace uts  hostname web-1  domainname (none)
new_namespace time  monotonic -1 ns  boottime 1000000000 ns
user_namespace uids 0:1000:1,1:100000:65536  gids 0:1000:1  (setgroups, nested)
user_namespace uids 0:1000:1  gids 0:1000:1  lease 1+300 of 0:5000:900
bind /usr  from /usr  (idmap, idmap if supported)
numa node 1  cpus 0-3
session null /log kept
pid_namespace
init
time_limit wall 1500 ms  cpu 60 s  grace 5000 ms
device_rules vmm/web-1  c 10:232 rw  a *:* m  (nodes)
label apparmor vmm  (if supported)
label selinux system_u:system_r:vmm_t:s0
helper pasta  /usr/bin/pasta "-t" "none"  environment "LC_ALL=C"  997:998  2500 ms  (network, background)
credentials 1:2  groups 3,4
limit 7  1024 unlimited
filter docker  2 instructions  others: EPERM  (log, spec-allow)
filter calls  1 instructions  (learn /learned.json)
filter calls  1 instructions  (notify 1)
landlock files 5  ports 1  scopes 2  / 4  /vmm 1  port 80 1  (if supported)
capabilities 0x21  ambient 0x1  inheritable 0x1  bounding all  securebits 0x3
capabilities none  ambient none  inheritable none  bounding none
attribute policy 1 10
attribute umask 0
attribute own-terminal
attribute no-time-stamps
attribute deny-write-execute  (if supported)
attribute affinity 0-3
exec /vmm "a b"  environment "A=1"  (the jailer's arguments)
)");
}

TEST_F(FakeHostTest, RefusesAnActionThatTheRunnerRefuses) {
  const std::pair<std::function<void(Plan&)>, const char*> kRefused[] = {
      {[](Plan& plan) { plan.write("etc/motd", "", 0444); }, "'etc/motd' is not an absolute path"},
      {[](Plan& plan) { plan.write("/a/../b", "", 0444); }, "'/a/../b' is not an absolute path"},
      {[](Plan& plan) {
         plan.copy(on_host("x"), "/x", {0, 0});
       },
       "'x' is not an absolute path"},
      {[](Plan& plan) { plan.write("/x", "", 01777777); },
       "the mode 01777777 is not made of permission bits"},
      {[](Plan& plan) { plan.write("/x", "", 04755); }, "the mode 04755 would make a file set-user-ID"},
      {[](Plan& plan) {
         plan.copy(on_host("/x"), "/x", {0, 0}, 02755);
       },
       "the mode 02755 would make"},
      {[](Plan& plan) {
         plan.pid_file("/x", 06644, {0, 0});
       },
       "the mode 06644 would make"},
      {[](Plan& plan) {
         plan.directory("/x", 04755, {0, 0});
       },
       "the mode 04755 would make"},
      {[](Plan& plan) { plan.claim("/base", "..", "x"); }, "'..' can't be the name of a directory"},
      {[](Plan& plan) { plan.alias(".x"); }, "'.x' can't be the name of a directory"},
      {[](Plan& plan) { plan.limit(7, 2, 1); }, "the soft limit 2 is above the hard limit 1"},
      {[](Plan& plan) { plan.cgroup(1, "/x", "pids.max", "1"); }, "'/x' is not a relative path of a cgroup"},
      {[](Plan& plan) { plan.bind(on_host("/usr"), "/usr", 1U << 31); },
       "bind: this version of jailrun does not"},
      {[](Plan& plan) { plan.begin_first_of(); }, "first_of has no end_first_of"},
      {[](Plan& plan) { plan.alternative("a"); }, "the alternative 'a' is not inside a first_of"},
      {[](Plan& plan) { plan.first_of("a", [&] { plan.limit(7, 1, 1); }); }, "limit can't be planned in an"},
  };
  for (const auto& [plan, sentence] : kRefused)
    EXPECT_EQ(planned(plan).find(std::string("refused: ") + sentence), 0U) << planned(plan);
  // A sticky directory, as /tmp is, and one that hands its group on give nobody rights.
  EXPECT_EQ(planned([](Plan& plan) {
              plan.directory("/tmp", 03777, {0, 0});
            }),
            "directory /tmp  03777 0:0\n");
}

// What the table of actions says the runner has, the fake one has: an action that is added is added here too.
TEST_F(FakeHostTest, HasEveryFunctionOfTheInterface) {
  const jr_actions table = plan_text::actions();
  const auto* const functions = reinterpret_cast<void* const*>(&table);
  for (size_t i = 1; i < sizeof table / sizeof(void*); ++i) EXPECT_NE(functions[i], nullptr) << i;
}

TEST(FakeHostInC, DrivesAStageFromItsFile) {
  FakeHost host(load_plugin(JAILRUN_TEST_OWN_PLUGINS "/minimal.so"));
  host.option("stand-in-base", "/srv").fact("jail.base", "/srv");
  EXPECT_EQ(host.plan(), "root host:/srv/root  0711 7:8\nnew_root\n");
  EXPECT_EQ(host.published(), "jail.base = /srv\njail.root = /srv/root\n");
  EXPECT_EQ(host.reset().option("stand-in-base", "refused").plan(), "refused: the base is refused");
  EXPECT_EQ(host.release("never planned"), "") << "a stage without a release function has nothing to do";
}

TEST(FakeHostInC, FindsOneStageOfSeveral) {
  const jr_stage_descriptor* const both[] = {load_plugin(JAILRUN_TEST_PLUGINS "/netns.so").stages[0],
                                             load_plugin(JAILRUN_TEST_PLUGINS "/pid-namespace.so").stages[0]};
  const jr_plugin standard = {sizeof(jr_plugin), JR_ABI_MINOR, to_str("both"), to_str("1.0.0"), both, 2};
  FakeHost host(standard, "pid-namespace");
  EXPECT_EQ(host.flag("new-pid-ns").plan(), "pid_namespace\n");
  EXPECT_THROW(FakeHost(standard, "none"), std::runtime_error);
  EXPECT_THROW(load_plugin(JAILRUN_TEST_OWN_PLUGINS "/no-symbol.so"), std::runtime_error);
}

TEST(FakeHostChecks, CountWhatDiffers) {
  Checks checks;
  checks.equal("same", "a", "a");
  EXPECT_EQ(checks.failed(), 0);
  ::testing::internal::CaptureStderr();
  checks.equal("other", "a\n", "b\n");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "other: found\na\n\nexpected\nb\n\n");
  EXPECT_EQ(checks.failed(), 1);
}

TEST(FakeHostChecks, CompareWithAFileThatTheyCanWrite) {
  const tests::TempDirectory directory;
  const std::string file = directory.path() + "/plan.txt";
  Checks checks;
  setenv("JAILRUN_GOLDEN", "write", 1);
  checks.golden("plan", "a\n", file);
  unsetenv("JAILRUN_GOLDEN");
  checks.golden("plan", "a\n", file);
  EXPECT_EQ(checks.failed(), 0);
  ::testing::internal::CaptureStderr();
  checks.golden("plan", "b\n", file);
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(checks.failed(), 1);
}

}  // namespace
}  // namespace jailrun
