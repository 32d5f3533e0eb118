// SPDX-License-Identifier: Apache-2.0
#include "integration/support/jail_test.hpp"

#include "integration/support/workplace.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

bool gives(const Strings& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const std::string& word) {
    return word == name || word.compare(0, name.size() + 1, name + "=") == 0;
  });
}

std::string value_of(const Strings& options, const std::string& name, const std::string& otherwise) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i] == name && i + 1 < options.size()) return options[i + 1];
    if (options[i].compare(0, name.size() + 1, name + "=") == 0) return options[i].substr(name.size() + 1);
  }
  return otherwise;
}

std::string exec_name(const Strings& options) {
  const std::string program = value_of(options, "--exec-file", "probe");
  return program.substr(program.rfind('/') + 1);
}

}  // namespace

void end_process(pid_t pid) {
  if (pid <= 0) return;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

void end_orphans() {
  for (const pid_t pid : all_processes())
    if (pid != getpid()) end_process(pid);
}

void expect_mentions(const std::string& sentence, const Strings& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(sentence.find(part), std::string::npos) << "'" << part << "' is not in: " << sentence;
}

bool has_mount_setattr() {
  return syscall(SYS_mount_setattr, -1, nullptr, 0, nullptr, 0) == 0 || errno != ENOSYS;
}

std::vector<Outcome> failed_launches(std::vector<Child>& launches) {
  std::vector<Outcome> failed;
  for (Child& one : launches)
    if (!one.says("end")) failed.push_back(one.wait());
  return failed;
}

void JailTest::SetUp() {
  std::string made = workplace() + "/XXXXXX";
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
  end_orphans();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string JailTest::jail(const std::string& id, const std::string& name) const {
  return base() + "/" + name + "/" + id;
}
std::string JailTest::root(const std::string& id, const std::string& name) const {
  return jail(id, name) + "/root";
}

Command JailTest::command(const Strings& options, const Strings& arguments) const {
  Strings argv = {runner()};
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

Command JailTest::managing(const Strings& words) const {
  Strings argv = {runner()};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.insert(argv.end(), {"--chroot-base-dir", base()});
  return Command{argv};
}

std::string JailTest::pipeline_without(const Strings& stages) const {
  std::string text;
  bool kept = true;
  for (const std::string& line : split_lines(read_file(pipeline("default.conf")))) {
    if (line.compare(0, 1, "[") == 0)
      kept = std::find(stages.begin(), stages.end(), line.substr(1, line.find(']') - 1)) == stages.end();
    if (kept) text += line + "\n";
  }
  write_file(scratch("without.conf"), text);
  return scratch("without.conf");
}

std::string JailTest::pipeline_with(const std::string& lines, const std::string& before_stage) const {
  std::string text = read_file(pipeline("default.conf"));
  const size_t header = text.find("\n[" + before_stage + "]");
  if (header == std::string::npos) throw std::runtime_error("default.conf has no stage " + before_stage);
  text.insert(header + 1, lines);
  write_file(scratch("with.conf"), text);
  return scratch("with.conf");
}

std::string JailTest::broken_program() const {
  write_file(scratch("broken"), "#!/no/such/interpreter\n");
  chmod(scratch("broken").c_str(), 0755);
  return scratch("broken");
}

Strings JailTest::all_stages(const std::string& network, const std::string& bind_words) const {
  std::filesystem::create_directories(scratch("data"));
  const std::string bind = "[bind]\nbind = " + scratch("data") + ":/deep/data:" + bind_words + "\n";
  return {"--pipeline",      pipeline_with(bind, "cgroup-v1"),
          "--netns",         network,
          "--cgroup",        "cpu.shares=512",
          "--cgroup",        "cpuset.cpus=0",
          "--parent-cgroup", "vms/web",
          "--device",        "/dev/kvm",
          "--device",        "/dev/deep/null=char:1:3"};
}

std::string JailTest::prefill(const std::string& name) {
  std::filesystem::create_directories(root("jail", name));
  prefilled_.insert(jail("jail", name));
  return root("jail", name);
}

void JailTest::remove_prefilled(const std::string& name) {
  std::filesystem::remove_all(base() + "/" + name);
  prefilled_.erase(jail("jail", name));
}

JailTest::Jailed JailTest::start(const Strings& options, const Strings& arguments,
                                 std::function<void()> in_child) {
  Strings words = arguments;
  words.emplace_back("--sleep");
  Command wanted = command(options, words);
  wanted.in_child = std::move(in_child);
  return start_command(wanted, value_of(options, "--id", "jail"), exec_name(options));
}

JailTest::Jailed JailTest::start_command(const Command& command, const std::string& id,
                                         const std::string& name) {
  Child child(command);
  pid_t pid = child.pid();
  if (!child.says("end")) {
    ADD_FAILURE() << "the program did not start: " << child.wait().text();
    pid = 0;
  }
  return {*this, id, name, std::move(child), pid};
}

JailTest::Jailed JailTest::start_daemon(const Strings& options, const Strings& arguments,
                                        std::function<void()> in_child) {
  Strings all = options;
  all.emplace_back("--daemonize");
  return start_detached(all, arguments, std::move(in_child));
}

JailTest::Jailed JailTest::start_detached(const Strings& options, const Strings& arguments,
                                          std::function<void()> in_child) {
  const std::string id = value_of(options, "--id", "jail");
  const std::string name = exec_name(options);
  Strings words = {"--report", "/report"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.emplace_back("--sleep");
  Command wanted = command(options, words);
  // A program that has the caller's streams keeps them open after the launch is done.
  const std::string output = scratch("output");
  wanted.in_child = [&] {
    const int fd = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd) != 0) _exit(98);
    if (in_child) in_child();
  };
  const Outcome launched = run(wanted);
  pid_t pid = 0;
  if (launched.succeeded())
    pid = std::atoi(read_file(root(id, name) + "/" + name + ".pid").c_str());
  else
    ADD_FAILURE() << "the launch failed: " << launched.text() << read_file(output);
  return {*this, id, name, std::nullopt, pid};
}

Outcome JailTest::launch_and_remove(const Strings& options, const Strings& arguments) {
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
  const Outcome removed = run({runner(), "rm", "--chroot-base-dir", base(), name + "/" + id});
  EXPECT_TRUE(removed.succeeded()) << "the jail can't be removed: " << removed.text();
  if (prefilled_.count(jail(id, name)) == 0) return;
  EXPECT_TRUE(exists(root(id, name))) << "the caller's files were removed with the jail";
  remove_prefilled(name);
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
    std::string text = exists(file) ? read_file(file) : "";
    if (("\n" + text).find("\nend\n") != std::string::npos) return text;
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the program has not reported to " << file;
      return text;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Strings JailTest::Jailed::report_all(const std::string& word) const {
  return pid_ == 0 ? Strings{} : reported(text(), word);
}

std::string JailTest::Jailed::report(const std::string& word) const {
  const Strings all = report_all(word);
  return all.empty() ? "(not reported)" : all.back();
}

Strings reported(const std::string& text, const std::string& word) {
  Strings values;
  for (const std::string& line : split_lines(text))
    if (line.compare(0, word.size() + 1, word + " ") == 0) values.push_back(line.substr(word.size() + 1));
  return values;
}

}  // namespace jailrun::integration
