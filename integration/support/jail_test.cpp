#include "integration/support/jail_test.hpp"

#include "integration/support/cgroups.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

const std::string& roomy_directory() {
  static const std::string kFound = [] {
    for (const char* candidate : {"/var/tmp", "/srv", "/var/lib"}) {
      struct statvfs traits {};
      if (statvfs(candidate, &traits) == 0 && (traits.f_flag & (ST_NODEV | ST_NOEXEC | ST_RDONLY)) == 0)
        return std::string(candidate);
    }
    if (mount("tmpfs", "/var/tmp", "tmpfs", 0, "mode=0755") != 0)
      throw std::runtime_error("no place for jails");
    return std::string("/var/tmp");
  }();
  return kFound;
}

bool gives(const Words& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const std::string& word) {
    return word == name || word.compare(0, name.size() + 1, name + "=") == 0;
  });
}

std::string value_of(const Words& options, const std::string& name, const std::string& otherwise) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i] == name && i + 1 < options.size()) return options[i + 1];
    if (options[i].compare(0, name.size() + 1, name + "=") == 0) return options[i].substr(name.size() + 1);
  }
  return otherwise;
}

std::string exec_name(const Words& options) {
  const std::string program = value_of(options, "--exec-file", "probe");
  return program.substr(program.rfind('/') + 1);
}

// The words of a ledger's line as key=value; values are encoded, but none that is used here needs to be.
std::string field(const std::string& line, const std::string& key) {
  const size_t at = (" " + line).find(" " + key + "=");
  if (at == std::string::npos) return {};
  const size_t begin = at + key.size() + 1;
  return line.substr(begin, line.find(' ', begin) - begin);
}

void remove_groups(const Words& ledger) {
  for (auto line = ledger.rbegin(); line != ledger.rend(); ++line) {
    if (field(*line, "action") != "cgroup" || field(*line, "stood") != "no") continue;
    const std::string group = field(*line, "path");
    if (!field(*line, "shared").empty())
      rmdir(group.c_str());  // the last jail in it takes it away
    else if (!remove_group_tree(group))
      ADD_FAILURE() << group << " can't be removed";
  }
}

void end_process(pid_t pid) {
  if (pid <= 0) return;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

}  // namespace

void JailTest::SetUp() {
  std::string made = roomy_directory() + "/jailrun-test-XXXXXX";
  ASSERT_NE(mkdtemp(made.data()), nullptr);
  directory_ = made;
  // An ordinary user may look at plans too.
  for (const std::string& one : {made, base(), made + "/scratch"}) {
    mkdir(one.c_str(), 0755);
    ASSERT_EQ(chmod(one.c_str(), 0755), 0);
  }
  before_ = HostSnapshot::take(base());
}

void JailTest::TearDown() {
  if (!before_) return;
  EXPECT_EQ(changes_since(*before_, base()), "") << "left behind by this test";
  for (const pid_t pid : all_processes())
    if (pid != getpid()) end_process(pid);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string JailTest::jail(const std::string& id, const std::string& name) const {
  return base() + "/" + name + "/" + id;
}
std::string JailTest::root(const std::string& id, const std::string& name) const {
  return jail(id, name) + "/root";
}

Command JailTest::command(const Words& options, const Words& arguments) const {
  Words argv = {runner()};
  auto rest = options.begin();
  if (rest != options.end() && rest->compare(0, 1, "-") != 0) argv.push_back(*rest++);
  const std::pair<const char*, std::string> defaults[] = {
      {"--pipeline", pipeline("default.conf")}, {"--id", "jail"},
      {"--exec-file", test_file("probe")},      {"--uid", std::to_string(kUid)},
      {"--gid", std::to_string(kGid)},          {"--chroot-base-dir", base()}};
  for (const auto& [name, value] : defaults)
    if (!gives(options, name)) argv.insert(argv.end(), {name, value});
  argv.insert(argv.end(), rest, options.end());
  argv.emplace_back("--");
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Command{argv};
}

JailTest::Jailed JailTest::start(const Words& options, const Words& arguments,
                                 std::function<void()> in_child) {
  Words words = arguments;
  words.emplace_back("--sleep");
  Command wanted = command(options, words);
  wanted.in_child = std::move(in_child);
  Child child(wanted);
  pid_t pid = child.pid();
  if (!child.says("end")) {
    ADD_FAILURE() << "the program did not start: " << child.wait().text();
    pid = 0;
  }
  return {*this, value_of(options, "--id", "jail"), exec_name(options), std::move(child), pid};
}

JailTest::Jailed JailTest::start_daemon(const Words& options, const Words& arguments,
                                        std::function<void()> in_child) {
  const std::string id = value_of(options, "--id", "jail");
  const std::string name = exec_name(options);
  Words words = {"--report", "/report"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.emplace_back("--sleep");
  Words all = options;
  all.emplace_back("--daemonize");
  Command wanted = command(all, words);
  wanted.in_child = std::move(in_child);
  const Outcome launched = run(wanted);
  pid_t pid = 0;
  if (launched.succeeded())
    pid = std::atoi(read_file(root(id, name) + "/" + name + ".pid").c_str());
  else
    ADD_FAILURE() << "the launch failed: " << launched.text();
  return {*this, id, name, std::nullopt, pid};
}

Outcome JailTest::launch_and_remove(const Words& options, const Words& arguments) {
  Outcome outcome = launch(options, arguments);
  remove_jail(value_of(options, "--id", "jail"), exec_name(options));
  return outcome;
}

std::string JailTest::refusal(const Command& command) {
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
  EXPECT_EQ(outcome.err.rfind("jailrun: ", 0), 0U) << outcome.text();
  EXPECT_EQ(changes(before), "") << "left behind by a launch that failed: " << outcome.text();
  return outcome.err;
}

void JailTest::remove_jail(const std::string& id, const std::string& name) {
  const std::string ledger = jail(id, name) + "/ledger";
  if (!exists(ledger)) {
    ADD_FAILURE() << "there is no " << ledger;
    return;
  }
  remove_groups(split_lines(read_file(ledger)));
  std::filesystem::remove_all(jail(id, name));
  rmdir((base() + "/" + name).c_str());  // fails while another jail is in it
}

JailTest::Jailed::~Jailed() {
  if (test_ == nullptr || pid_ == 0) return;
  if (child_)
    child_.reset();
  else
    end_process(pid_);
  test_->remove_jail(id_, name_);
}

std::string JailTest::Jailed::text() const {
  if (child_) return child_->out_so_far();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::string file = test_->root(id_, name_) + "/report";
  for (;;) {
    const std::string text = exists(file) ? read_file(file) : "";
    if (("\n" + text).find("\nend\n") != std::string::npos) return text;
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the program has not reported to " << file;
      return text;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Words JailTest::Jailed::report_all(const std::string& word) const {
  return pid_ == 0 ? Words{} : reported(text(), word);
}

std::string JailTest::Jailed::report(const std::string& word) const {
  const Words all = report_all(word);
  return all.empty() ? "(not reported)" : all.back();
}

Words reported(const std::string& text, const std::string& word) {
  Words values;
  for (const std::string& line : split_lines(text))
    if (line.compare(0, word.size() + 1, word + " ") == 0) values.push_back(line.substr(word.size() + 1));
  return values;
}

}  // namespace jailrun::integration
