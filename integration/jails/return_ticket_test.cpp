// SPDX-License-Identifier: Apache-2.0
// Two ways to take back a failed exec, one program: it must not be able to tell by which it was started, and
// none of them may give it a privilege that the other would not.
#include "integration/support/capabilities.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/support/trace.hpp"

#include <cstring>
#include <filesystem>

#include <elf.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr const char* kNoCapability = "0000000000000000";
constexpr const char* kNetRaw = "0000000000002000";

void join_groups() {
  const gid_t groups[] = {5, 27, 100};
  setgroups(3, groups);
}

// Which the runner clears: all that it changes is that the guard does it.
void need_guard() { prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP); }

struct Caller {
  const char* name;
  void (*become)();
};
const Caller kCallers[] = {{"root", [] {}},
                           {"with groups", join_groups},
                           {"with ambient capabilities", raise_ambient_capabilities},
                           {"with a gid", [] { (void)!setresgid(77, 77, 77); }}};

class ReturnTicketTest : public JailTest {
 protected:
  struct Shipped {
    const char* pipeline;
    Strings options;
  };
  std::vector<Shipped> shipped() const {
    for (const char* made : {"lower", "shared"}) std::filesystem::create_directories(scratch(made));
    return {{"default.conf", {}},
            {"firecracker.conf", {}},
            {"qemu.conf", {"--bind", scratch("shared") + ":/shared:ro,nosuid"}},
            {"dynamic.conf", {}},
            {"tmpfs.conf", {}},
            {"overlay.conf", {"--overlay-lower", scratch("lower")}}};
  }
  static Strings words_of(const Shipped& one, const Strings& more = {}) {
    Strings words = {"--pipeline", pipeline(one.pipeline)};
    words.insert(words.end(), one.options.begin(), one.options.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // What the kernel shows of the program, which sleeps.
  std::string shown(const Strings& options, const std::function<void()>& in_child) {
    const Jailed jailed = start(options, {}, in_child);
    auto fields = status_fields(jailed.pid());
    std::string text;
    for (const char* field : {"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
                              "NoNewPrivs", "Seccomp", "Threads", "SigIgn", "SigBlk"})
      text += std::string(field) + " " + fields[field] + "\n";
    for (const char* word : {"uid", "gid", "groups", "securebits", "dumpable", "keyring", "umask", "nice"})
      text += std::string(word) + " " + jailed.report(word) + "\n";
    const std::string raw = read_file("/proc/" + std::to_string(jailed.pid()) + "/auxv");
    for (size_t at = 0; at + sizeof(Elf64_auxv_t) <= raw.size(); at += sizeof(Elf64_auxv_t)) {
      Elf64_auxv_t one;
      std::memcpy(&one, raw.data() + at, sizeof one);
      for (const int type : {AT_SECURE, AT_UID, AT_EUID, AT_GID, AT_EGID})
        if (one.a_type == static_cast<uint64_t>(type))
          text += std::to_string(type) + " " + std::to_string(one.a_un.a_val) + "\n";
    }
    struct stat directory {};
    stat(("/proc/" + std::to_string(jailed.pid())).c_str(), &directory);
    return text + "shown as " + std::to_string(directory.st_uid) + "\n";
  }

  // Which way is kept back to root, seen on a launch that is traced.
  std::string way_back(
      const Strings& options, const std::function<void()>& in_child = [] {}) {
    Command wanted = traced(command(options, {"--exit", "0"}), scratch("trace"), "clone,setresuid");
    wanted.in_child = in_child;
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    if (before_removal_) before_removal_();
    if (outcome.succeeded()) remove_jail();
    std::string way;
    for (const SystemCall& call : read_trace(scratch("trace"))) {
      if (call.name == "clone") way += "guard";
      if (call.name == "setresuid" && call.arguments[0] != "0" && call.arguments[2] == "0") way += "ticket";
    }
    return way;
  }

  std::string tools_with_capability() const {
    std::filesystem::create_directories(scratch("tools"));
    if (!exists(scratch("tools/probe")))
      std::filesystem::copy_file(test_file("probe"), scratch("tools/probe"));
    give_capability(scratch("tools/probe"));
    return scratch("tools");
  }
  // A program that such a file interprets: the kernel looks for capabilities at the interpreter.
  std::string script() const {
    write_file(scratch("probe"), "#!/tools/probe\n");
    chmod(scratch("probe").c_str(), 0755);
    return scratch("probe");
  }
  std::string permitted(
      const Strings& options, const std::function<void()>& in_child = [] {}) {
    Strings words = options;
    words.insert(words.end(), {"--exec-file", script()});
    Command wanted = command(words, {"--exit", "0"});
    wanted.in_child = in_child;
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    if (before_removal_) before_removal_();
    remove_jail();
    for (const std::string& line : reported(outcome.out, "capabilities"))
      if (line.rfind("permitted ", 0) == 0) return line.substr(10);
    return outcome.text();
  }
  Strings bound(const std::string& flags) const {
    write_file(scratch("bound.conf"),
               with_section_before(read_file(pipeline("default.conf")), "cgroup-v1",
                                   "[bind]\nbind = " + tools_with_capability() + ":/tools:" + flags + "\n"));
    return {"--pipeline", scratch("bound.conf")};
  }

  // The launch keeps the ticket, and the interpreter in the root that `fill` makes anew for each gives none;
  // it is one that can.
  void expect_no_capability(const std::function<void()>& fill) {
    fill();
    EXPECT_EQ(way_back({}), "ticket");
    fill();
    EXPECT_EQ(permitted({}), kNoCapability);
    fill();
    EXPECT_EQ(permitted({"--new-privileges"}), kNetRaw);
  }

  std::function<void()> before_removal_;
};

TEST_F(ReturnTicketTest, InEveryPipelineTheKernelShowsTheSameProgramAsWithTheGuard) {
  for (const Shipped& one : shipped())
    for (const Caller& caller : kCallers)
      for (const char* gid : {"4321", "0"}) {
        SCOPED_TRACE(std::string(one.pipeline) + " " + caller.name + " gid " + gid);
        const Strings words = words_of(one, {"--gid", gid});
        const std::string by_ticket = shown(words, caller.become);
        EXPECT_EQ(by_ticket, shown(words, [&] {
                    caller.become();
                    need_guard();
                  }));
        EXPECT_NE(by_ticket.find("Uid 1234\t1234\t1234\t1234\n"), std::string::npos) << by_ticket;
        EXPECT_NE(by_ticket.find(std::string("CapPrm ") + kNoCapability), std::string::npos) << by_ticket;
      }
}

TEST_F(ReturnTicketTest, InEveryPipelineTheProcessItselfCanComeBack) {
  for (const Shipped& one : shipped()) EXPECT_EQ(way_back(words_of(one)), "ticket") << one.pipeline;
  for (const Caller& caller : kCallers) EXPECT_EQ(way_back({}, caller.become), "ticket") << caller.name;
}

TEST_F(ReturnTicketTest, TheGuardIsThereWhereTheProcessCanNotComeBack) {
  EXPECT_EQ(way_back({"--uid", "0"}), "guard");
  EXPECT_EQ(way_back({"--new-privileges"}), "guard");
  EXPECT_EQ(way_back(bound("ro,suid")), "guard");
  EXPECT_EQ(way_back(bound("ro")), "ticket");
  EXPECT_EQ(way_back(bound("ro,nosuid")), "ticket");
  EXPECT_EQ(way_back(bound("ro,suid,noexec")), "ticket");
  EXPECT_EQ(way_back({}, need_guard), "guard");
  EXPECT_EQ(way_back({}, [] { prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED); }), "guard");
  write_file(scratch("call.conf"),
             with_section_before(read_file(pipeline("default.conf")), "exec",
                                 section("unruly", "unruly", "deed = umask\nduring = enter\n")));
  EXPECT_EQ(way_back({"--pipeline", scratch("call.conf")}), "guard");
}

TEST_F(ReturnTicketTest, AnInterpreterGivesNoCapabilityWhateverMountItIsOn) {
  EXPECT_EQ(permitted(bound("ro,nosuid")), kNoCapability);
  EXPECT_EQ(permitted(bound("ro,suid")), kNoCapability);
  EXPECT_EQ(permitted(bound("ro,suid"), need_guard), kNoCapability);
}

TEST_F(ReturnTicketTest, AnInterpreterGivesItsCapabilityWhereNewPrivilegesAreAllowed) {
  Strings words = bound("ro,suid");
  words.emplace_back("--new-privileges");
  EXPECT_EQ(permitted(words), kNetRaw);
  words = bound("ro,nosuid");
  words.emplace_back("--new-privileges");
  EXPECT_EQ(permitted(words), kNoCapability);
}

TEST_F(ReturnTicketTest, AnInterpreterInTheRootItselfGivesNoCapability) {
  const auto fill = [&] {
    std::filesystem::create_directories(prefill() + "/tools");
    std::filesystem::copy_file(test_file("probe"), root() + "/tools/probe");
    give_capability(root() + "/tools/probe");
  };
  expect_no_capability(fill);
}

// As a caller does that shows the jail a volume: its image may be the tenant's.
TEST_F(ReturnTicketTest, AnInterpreterOnAMountBelowTheRootGivesNoCapability) {
  const auto fill = [&] {
    const std::string at = prefill() + "/tools";
    std::filesystem::create_directories(at);
    EXPECT_EQ(mount("tmpfs", at.c_str(), "tmpfs", 0, "mode=0755"), 0);
    std::filesystem::copy_file(test_file("probe"), at + "/probe");
    give_capability(at + "/probe");
  };
  before_removal_ = [&] { EXPECT_EQ(umount2((root() + "/tools").c_str(), MNT_DETACH), 0); };
  expect_no_capability(fill);
}

}  // namespace
}  // namespace jailrun::integration
