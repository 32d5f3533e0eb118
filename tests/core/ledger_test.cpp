// SPDX-License-Identifier: Apache-2.0
// Actions as lines of a ledger, and what another process makes of them.
#include "core/actions/call.hpp"
#include "core/actions/cgroup.hpp"
#include "core/actions/claim.hpp"
#include "core/actions/copy.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/filesystem.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/descriptors.hpp"
#include "core/actions/process/exec.hpp"
#include "core/actions/process/helper.hpp"
#include "core/actions/process/init.hpp"
#include "core/actions/process/limits.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/scheduling.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/process/time_limit.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/actions/restore.hpp"
#include "core/actions/root_mount.hpp"
#include "core/actions/symlink.hpp"
#include "core/base/message.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/ledger/write.hpp"
#include "core/sys/process.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

const sys::Ownership kOwn = {0640, {1234, 4294967294}};
// Blanks, a newline, '=' and '%', and bytes that are not text.
const std::string kAwkward = "/a b\n=%\xff\x01/c";

template <class T, class... Arguments>
std::unique_ptr<Action> action(Existed existed, Arguments&&... arguments) {
  auto made = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  made->set_stage("some-stage");
  made->set_existed(existed);
  return made;
}

// Actions that leave something behind, two of each verb where they differ.
std::vector<std::unique_ptr<Action>> releasable() {
  std::vector<std::unique_ptr<Action>> all;
  all.push_back(action<ClaimAction>(Existed::kNo, JailName{"/srv/a b", "vmm", "web-1"}));
  all.push_back(action<RootAction>(Existed::kYes, "/srv/vmm/web-1/root", kOwn));
  all.push_back(action<RootAction>(Existed::kNo, "/srv/vmm/web-1/root", kOwn));
  all.push_back(action<MountRootAction>(
      Existed::kNo, kAwkward,
      sys::NewMount{"tmpfs", "", "size=1m,mode=0700", JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC}));
  all.push_back(
      action<MountRootAction>(Existed::kNo, "/r", sys::NewMount{"ramfs", "", "", JR_MOUNT_READ_ONLY}));
  all.push_back(action<OverlayRootAction>(Existed::kYes, "/srv/vmm/web-1/root", kAwkward, kOwn,
                                          JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV));
  all.push_back(action<DirectoryAction>(Existed::kNo, false, kAwkward, kOwn));
  all.push_back(action<DirectoryAction>(Existed::kUnknown, true, "/host", sys::Ownership{0, {0, 0}}));
  all.push_back(action<WriteAction>(Existed::kNo, kAwkward, kOwn, "content"));
  all.push_back(action<CopyAction>(Existed::kYes, "/usr/bin/vmm", "/vmm",
                                   sys::Ownership{JR_MODE_OF_SOURCE, {1, 2}}, false));
  all.push_back(action<CopyAction>(Existed::kNo, "/usr/bin/vmm", "/vmm", kOwn, true));
  all.push_back(action<LinkAction>(Existed::kNo, "/usr/bin/vmm", kAwkward));
  all.push_back(action<SymlinkAction>(Existed::kYes, kAwkward, kAwkward));
  all.push_back(action<NodeAction>(Existed::kNo, "/dev/kvm", DeviceNumber{false, 10, 232}, kOwn, false));
  all.push_back(
      action<NodeAction>(Existed::kNo, "/dev/disk", DeviceNumber{true, 4095, 1048575}, kOwn, false));
  all.push_back(action<PidFileAction>(Existed::kNo, "/vmm.pid", kOwn));
  all.push_back(action<GroupAction>(Existed::kNo, "/sys/fs/cgroup/memory/vmm", true, std::vector<Action*>{}));
  all.push_back(
      action<GroupAction>(Existed::kNo, "/sys/fs/cgroup/memory/vmm/web-1", false, std::vector<Action*>{}));
  all.push_back(action<GroupValueAction>(Existed::kNo, "/g/cpuset.cpus", "0", true));
  all.push_back(action<GroupValueAction>(Existed::kNo, kAwkward, kAwkward, false));
  all.push_back(action<OpenStreamAction>(Existed::kNo, JR_STREAM_FILE, kAwkward));
  all.push_back(
      action<CallAction>(Existed::kNo, Phase::kPrepare, "name", "a line", std::string("\0\n %", 4), 7U));
  all.push_back(action<CallAction>(Existed::kNo, Phase::kEnter, "name", "", "", 0U));
  const auto helper = std::make_shared<core::Helper>();
  helper->name = "pasta";
  helper->path = kAwkward;
  all.push_back(action<core::HelperAction>(Existed::kNo, helper));
  return all;
}

// Actions of whose effects nothing outlives the process.
std::vector<std::unique_ptr<Action>> fleeting() {
  std::vector<std::unique_ptr<Action>> all;
  all.push_back(action<CloseInheritedAction>(Existed::kNo, std::vector<uint32_t>{5}));
  all.push_back(action<EnableControllersAction>(Existed::kNo, "/g", "+cpuset"));
  const auto opened = std::make_shared<OpenedGroup>(OpenedGroup{"/g", 2, true, {}, {}, ""});
  all.push_back(action<OpenGroupAction>(Existed::kNo, "/g", 2U, true));
  all.push_back(action<JoinGroupAction>(Existed::kNo, opened));
  all.push_back(action<OpenTemplateAction>(Existed::kNo));
  all.push_back(action<NewRootAction>(Existed::kNo, "/root", nullptr));
  all.push_back(action<TakeTreeAction>(Existed::kNo, "/usr", 31U));
  all.push_back(action<BindAction>(Existed::kNo, "/usr", nullptr));
  all.push_back(action<MountAction>(Existed::kNo, "/tmp", sys::NewMount{"tmpfs", "", "size=1m", 2}));
  all.push_back(action<FilesystemAction>(Existed::kNo, "/tmp", sys::NewMount{"tmpfs", "", "size=1m", 2}));
  all.push_back(action<MountFilesystemAction>(Existed::kNo, "/tmp", 2U));
  all.push_back(action<WriteAction>(Existed::kNo, "/tmp/x", kOwn, "content"));
  all.back()->set_filesystem("/tmp");
  all.push_back(action<ReadOnlyRootAction>(Existed::kNo, "/root"));
  all.push_back(action<OpenNamespaceAction>(Existed::kNo, "/ns", 0x40000000U));
  all.push_back(action<JoinNamespaceAction>(Existed::kNo, "/ns", 0x40000000U, nullptr));
  all.push_back(action<OpenProcAction>(Existed::kNo, "setting the offsets of clocks"));
  NewNamespaceAction::Namespace uts;
  uts.type = 0x04000000U;
  uts.hostname = "web-1";
  all.push_back(action<NewNamespaceAction>(Existed::kNo, uts));
  all.push_back(action<UserNamespaceAction>(Existed::kNo, std::make_shared<UserNamespace>()));
  all.push_back(action<NumaAction>(Existed::kNo, 0U, "0-3"));
  const std::shared_ptr<Stream> stream(new Stream{JR_STREAM_NULL, "/dev/null", {}});
  all.push_back(action<SessionAction>(Existed::kNo, SessionAction::Streams{nullptr, stream, stream}));
  all.push_back(action<PidNamespaceAction>(Existed::kNo));
  all.push_back(action<OpenInitAction>(Existed::kNo));
  all.push_back(action<InitAction>(Existed::kNo, nullptr));
  all.push_back(action<TimeLimitAction>(Existed::kNo, TimeLimitAction::Times{1500, 60, 5000}));
  all.push_back(action<CredentialsAction>(Existed::kNo, jr_owner{1, 2}, std::vector<uint32_t>{3, 4}));
  all.push_back(action<RaiseLimitAction>(Existed::kNo, 7U, 4096U));
  jr_attribute nice{};
  nice.kind = JR_ATTRIBUTE_NICE;
  nice.value = 5;
  all.push_back(action<SchedulingAction>(Existed::kNo, nice, "", false));
  all.push_back(action<OomScoreAction>(Existed::kNo, 500, false, nullptr));
  all.push_back(action<LimitAction>(Existed::kNo, 7U, sys::Limit{1, UINT64_MAX}));
  all.push_back(
      action<ExecAction>(Existed::kNo, ExecAction::Program{"/vmm", {"-a", "b c"}, {"A=1"}, false, "web-1"}));
  return all;
}

std::string line_of(const Action& action) { return encode(to_record(action)); }

TEST(Ledger, AnActionThatLeavesSomethingIsTheSameAfterARoundTrip) {
  for (const auto& action : releasable()) {
    const std::string line = line_of(*action);
    const Result<Record> record = decode(line);
    ASSERT_TRUE(record) << line;
    const Result<std::unique_ptr<Action>> restored = from_record(record.value());
    ASSERT_TRUE(restored) << line;
    ASSERT_NE(restored.value(), nullptr) << line;
    EXPECT_EQ(line_of(*restored.value()), line);
    EXPECT_EQ(restored.value()->object(), action->object()) << line;
    EXPECT_EQ(restored.value()->phase(), action->phase()) << line;
    EXPECT_EQ(restored.value()->existed(), action->existed()) << line;
    EXPECT_EQ(restored.value()->stage(), "some-stage") << line;
  }
}

TEST(Ledger, AnActionThatLeavesNothingIsWrittenDownAndNotRestored) {
  for (const auto& action : fleeting()) {
    const Result<Record> record = decode(line_of(*action));
    ASSERT_TRUE(record) << action->verb();
    EXPECT_EQ(record.value().text("action"), action->verb());
    const Result<std::unique_ptr<Action>> restored = from_record(record.value());
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored.value(), nullptr) << action->verb();
  }
}

TEST(Ledger, ARootThatExistedKnowsWhoseItWas) {
  const Result<Record> record = decode(
      "phase=prepare stage=x action=root existed=yes path=/r mode=0700 uid=1 gid=2 previous-uid=77 "
      "previous-gid=88");
  ASSERT_TRUE(record);
  const Result<std::unique_ptr<Action>> restored = from_record(record.value());
  ASSERT_TRUE(restored);
  EXPECT_EQ(to_record(*restored.value()).number("previous-uid"), 77U);
  EXPECT_EQ(to_record(*restored.value()).number("previous-gid"), 88U);
}

// A ledger in a directory, as a launch writes it and another process reads it.
class LedgerFile : public testing::Test {
 protected:
  LedgerFile() {
    for (auto& action : releasable()) plan_.append(std::move(action));
    for (auto& action : fleeting()) plan_.append(std::move(action));
    launch_.jail.name = {"/srv", "vmm", "web-1"};
    for (uint8_t i = 0; i < 16; ++i) launch_.jail.token[i] = static_cast<uint8_t>(0xf0 + i);
    pipeline_.path = "/etc/jailrun/pipelines/a b.conf";
    description_.id = "some-stage";
    description_.version = "1.2.3";
    pipeline_.stages.push_back({nullptr, &description_, "/usr/lib/x y.so"});
  }
  Result<Ledger> read(const std::string& text) {
    directory_.file("ledger", text);
    return read_ledger(directory_.open().get(), launch_.jail.name);
  }
  // The one in the directory, which names this process.
  Ledger read_of_living() {
    const Result<Ledger> ledger = read_ledger(directory_.open().get(), launch_.jail.name);
    EXPECT_TRUE(ledger) << message(ledger.error());
    if (!ledger) return {};
    EXPECT_EQ(jail_status(ledger.value()).state, State::kAlive);
    EXPECT_EQ(jail_status(ledger.value()).pid, getpid());
    return ledger.value();
  }

  tests::TempDirectory directory_;
  Plan plan_;
  Launch launch_;
  Pipeline pipeline_;
  StageDescription description_;
};

TEST_F(LedgerFile, IsReadAsItWasWritten) {
  const Result<Ledger> ledger = read(ledger_text(plan_, launch_.jail, pipeline_));
  ASSERT_TRUE(ledger) << message(ledger.error());
  EXPECT_EQ(ledger.value().jail.directory(), "/srv/vmm/web-1");
  EXPECT_EQ(ledger.value().token, launch_.jail.token);
  EXPECT_EQ(ledger.value().pipeline, "/etc/jailrun/pipelines/a b.conf");
  EXPECT_EQ(ledger.value().actions.size(), releasable().size() + fleeting().size());
  ASSERT_EQ(ledger.value().plugins.count("some-stage"), 1U);
  EXPECT_EQ(ledger.value().plugins.at("some-stage").path, "/usr/lib/x y.so");
  EXPECT_EQ(ledger.value().plugins.at("some-stage").version, "1.2.3");
}

TEST_F(LedgerFile, IsAPlanOfWhatMustBeReleased) {
  const Result<Ledger> ledger = read(ledger_text(plan_, launch_.jail, pipeline_));
  ASSERT_TRUE(ledger);
  const Result<std::unique_ptr<Plan>> plan = restore_plan(ledger.value());
  ASSERT_TRUE(plan);
  std::string restored;
  plan.value()->each([&](const Action& action) { restored += line_of(action) + "\n"; });
  std::string expected;
  for (const Phase phase : {Phase::kPrepare, Phase::kEnter})
    for (const auto& action : releasable())
      if (action->phase() == phase) expected += line_of(*action) + "\n";
  EXPECT_EQ(restored, expected);
}

// Two alternatives for one file and one of another choice, as lines of a ledger.
constexpr const char* kChoices =
    "jailrun-ledger version=1\n"
    "action phase=prepare stage=x action=link existed=no first-of=1 alternative=link path=/f source=/s\n"
    "action phase=prepare stage=x action=copy existed=no first-of=1 alternative=copy path=/f mode=source "
    "uid=0 "
    "gid=0 source=/s\n"
    "action phase=prepare stage=x action=link existed=no first-of=2 alternative=link path=/g source=/s\n";

std::string still_to_release(const Result<Ledger>& ledger) {
  std::string text;
  restore_plan(ledger.value()).value()->each([&](const Action& action) {
    if (!action.is_passed_over()) text.append(text.empty() ? "" : ", ").append(subject(action));
  });
  return text;
}

TEST_F(LedgerFile, OfAChoiceWhatWasTakenIsReleased) {
  EXPECT_EQ(still_to_release(read(std::string(kChoices) + "slot name=jailrun/first-of/1 value=copy\nslot "
                                                          "name=jailrun/first-of/2 value=link\n")),
            "copy /f, link /g");
  // An alternative that leaves nothing is in no line that is restored.
  EXPECT_EQ(still_to_release(read(std::string(kChoices) + "slot name=jailrun/first-of/1 value=none\n")),
            "link /g");
}

TEST_F(LedgerFile, OfAChoiceThatWasNotMadeAllMayHaveBeenDone) {
  EXPECT_EQ(still_to_release(read(kChoices)), "link /f, copy /f, link /g");
}

TEST_F(LedgerFile, ALastLineThatACrashCutOffIsIgnored) {
  const std::string text = ledger_text(plan_, launch_.jail, pipeline_);
  const Result<Ledger> ledger = read(text + "slot name=x value=half-a-");
  ASSERT_TRUE(ledger) << message(ledger.error());
  EXPECT_EQ(ledger.value().slots.count("x"), 0U);
  EXPECT_EQ(ledger.value().actions.size(), releasable().size() + fleeting().size());
}

TEST_F(LedgerFile, SlotsAreReadAsLastSet) {
  const Result<Ledger> ledger =
      read("jailrun-ledger version=1\nslot name=a%20b value=1\nslot name=a%20b value=2%0A\n");
  ASSERT_TRUE(ledger) << message(ledger.error());
  EXPECT_EQ(ledger.value().slots.at("a b"), "2\n");
}

TEST_F(LedgerFile, SaysWhichGroupsAndCallsAreTheJails) {
  const Result<Ledger> ledger = read(
      "jailrun-ledger version=1\n"
      "action phase=prepare stage=x action=cgroup existed=no path=/g/parent shared=1\n"
      "action phase=prepare stage=x action=open-cgroup existed=no path=/g/own\n"
      "action phase=prepare stage=x action=open-cgroup existed=no path=/g/parent shared=1\n"
      "action phase=enter stage=y action=call existed=no name=n line=l payload=%00 payload-version=1\n");
  ASSERT_TRUE(ledger) << message(ledger.error());
  EXPECT_EQ(ledger.value().own_cgroups, std::vector<std::string>{"/g/own"});
  ASSERT_EQ(ledger.value().calls.size(), 1U);
  EXPECT_EQ(ledger.value().calls.front().stage, "y");
  EXPECT_EQ(ledger.value().calls.front().name, "n");
  EXPECT_EQ(ledger.value().calls.front().payload, std::string(1, '\0'));
}

// Whether the root was the caller's, as the ledger's reader and as a restored root have it.
std::pair<bool, bool> is_callers(const Result<Ledger>& ledger) {
  bool owned = false;
  restore_plan(ledger.value()).value()->each([&](const Action& action) { owned |= action.owns_root(); });
  return {ledger.value().is_root_callers, !owned};
}

TEST_F(LedgerFile, SaysWhetherTheRootWasTheCallers) {
  const std::string begin = "jailrun-ledger version=1\naction phase=prepare stage=x action=root existed=";
  EXPECT_EQ(is_callers(read(begin + "no path=/r\n")), std::pair(false, false));
  EXPECT_EQ(is_callers(read(begin + "yes path=/r\n")), std::pair(true, true));
  EXPECT_EQ(is_callers(read(begin + "no path=/r\nslot name=jailrun/existed/r value=yes\n")),
            std::pair(true, true));
  EXPECT_EQ(is_callers(read(begin + "no path=/r\nslot name=jailrun/existed/other value=yes\n")),
            std::pair(false, false));
}

TEST_F(LedgerFile, OfAnotherVersionIsRefused) {
  for (const char* text : {"", "jailrun-ledger version=2\n", "jailrun-ledger version=10\n", "x"})
    EXPECT_FALSE(read(text)) << text;
}

TEST_F(LedgerFile, ThatHasFewerActionsThanItWasPublishedWithIsRefused) {
  const std::string begin = "jailrun-ledger version=1\nlaunch token=00 actions=2\n";
  const std::string action = "action phase=prepare stage=x action=root existed=no\n";
  EXPECT_FALSE(read(begin));
  EXPECT_FALSE(read(begin + action + "action phase=prep"));
  EXPECT_TRUE(read(begin + action + action));
}

TEST_F(LedgerFile, ThatIsBrokenIsRefused) { EXPECT_FALSE(read("jailrun-ledger version=1\naction path=%\n")); }

// The tenant cannot write there, but the reader is root: a link must not have it read another file.
TEST_F(LedgerFile, ThatIsALinkIsNotFollowed) {
  directory_.file("other", "jailrun-ledger version=1\n");
  directory_.link("ledger", "other");
  EXPECT_FALSE(read_ledger(directory_.open().get(), launch_.jail.name));
}

TEST_F(LedgerFile, KeepsSlotsAndTheProcessThatAreAppended) {
  directory_.file("ledger", ledger_text(plan_, launch_.jail, pipeline_));
  launch_.ledger = UniqueFd(open((directory_ / "ledger").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  LedgerWriter writer(launch_);
  ASSERT_TRUE(writer.set("stage/loop device", "/dev/loop\n7"));
  ASSERT_TRUE(writer.note_process(getpid()));
  ASSERT_NE(writer.find("stage/loop device"), nullptr);
  EXPECT_EQ(writer.find("absent"), nullptr);
  const Ledger ledger = read_of_living();
  EXPECT_EQ(ledger.slots.at("stage/loop device"), "/dev/loop\n7");
}

TEST_F(LedgerFile, CanBeginWithTheProcess) {
  std::string text = ledger_text(plan_, launch_.jail, pipeline_);
  ASSERT_TRUE(LedgerWriter::name_process(getpid(), text));
  directory_.file("ledger", text);
  read_of_living();
}

TEST_F(LedgerFile, AProcessOfAnotherBootOrStartIsDead) {
  const Result<std::string> boot = sys::boot_id();
  const Result<uint64_t> start = sys::start_time(getpid());
  ASSERT_TRUE(boot && start);
  Ledger ledger;
  ledger.process = ProcessIdentity{getpid(), start.value(), boot.value()};
  EXPECT_EQ(jail_status(ledger).state, State::kAlive);
  ledger.process->start += 1;
  EXPECT_EQ(jail_status(ledger).state, State::kDead);
  ledger.process = ProcessIdentity{getpid(), start.value(), "another boot"};
  EXPECT_EQ(jail_status(ledger).state, State::kDead);
}

TEST_F(LedgerFile, ThatOthersCouldHaveWrittenIsRefused) {
  const std::string text = "jailrun-ledger version=1\n";
  directory_.file("ledger", text, 0622);
  EXPECT_FALSE(read_ledger(directory_.open().get(), launch_.jail.name));
  ASSERT_EQ(chmod((directory_ / "ledger").c_str(), 0600), 0);
  EXPECT_TRUE(read_ledger(directory_.open().get(), launch_.jail.name));
  ASSERT_EQ(::link((directory_ / "ledger").c_str(), (directory_ / "second").c_str()), 0);
  EXPECT_FALSE(read_ledger(directory_.open().get(), launch_.jail.name));
}

}  // namespace
}  // namespace jailrun::core
