// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process.hpp"

#include "core/actions/common.hpp"
#include "core/sys/namespaces.hpp"
#include "core/sys/numa.hpp"
#include "core/sys/process.hpp"
#include "core/sys/streams.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word);
  return line;
}

}  // namespace

std::string CloseInheritedAction::object() const {
  std::string text = "all but 0 1 2";
  for (const uint32_t fd : keep_) text.append(" ").append(std::to_string(fd));
  return text;
}

Result<void> CloseInheritedAction::perform(Site& site) {
  for (const uint32_t wanted : keep_) {
    const int fd = static_cast<int>(wanted);
    const bool inherited =
        fd < 3 || std::find(site.inherited.begin(), site.inherited.end(), fd) != site.inherited.end();
    if (!inherited)
      return input_error("descriptor " + std::to_string(fd) +
                         " is to be kept, but jailrun was started without it");
    if (fd > 2 && fcntl(fd, F_SETFD, 0) != 0)
      return system_error(errno, "keep descriptor " + std::to_string(fd));
  }
  for (const int fd : site.inherited)
    if (std::find(keep_.begin(), keep_.end(), static_cast<uint32_t>(fd)) == keep_.end()) close(fd);
  site.inherited.clear();
  return {};
}

Result<void> OpenNamespaceAction::perform(Site&) {
  JR_ASSIGN(*opened_, sys::open_namespace(path_, type_));
  return {};
}

Result<void> JoinNamespaceAction::perform(Site&) { return sys::join_namespace(opened_->get(), type_); }

Result<void> NumaAction::perform(Site&) { return sys::bind_to_node(node_, cpus_); }

std::unique_ptr<Action> OpenStreamAction::restore(const Record& record) {
  return std::make_unique<OpenStreamAction>(static_cast<uint32_t>(record.number("kind")),
                                            record.text("path"));
}

Result<void> OpenStreamAction::survey(Site& site) {
  if (stream_->kind != JR_STREAM_FILE) return {};
  JR_ASSIGN(const Stood found, look(site, true, stream_->path));
  set_stood(found);
  return {};
}

Result<void> OpenStreamAction::perform(Site&) {
  Stream& stream = *stream_;
  if (stream.kind == JR_STREAM_NULL) {
    JR_ASSIGN(stream.opened, sys::open_host(stream.path, O_RDWR));
  } else if (stream.kind == JR_STREAM_FILE) {
    JR_ASSIGN(stream.opened, sys::open_log(stream.path));
  } else {
    JR_ASSIGN(stream.opened, sys::connect_unix(stream.path));
  }
  return {};
}

Result<void> OpenStreamAction::release(Site& site) {
  if (stream_->kind != JR_STREAM_FILE || stood() != Stood::kNo || site.release_reason == JR_RELEASE_REMOVE)
    return {};
  struct stat now {};
  if (lstat(stream_->path.c_str(), &now) != 0 || !S_ISREG(now.st_mode) || now.st_size != 0) return {};
  if (unlink(stream_->path.c_str()) != 0 && errno != ENOENT)
    return system_error(errno, "remove " + stream_->path);
  return {};
}

std::string SessionAction::object() const {
  std::string text;
  for (const auto& stream : streams_)
    text.append(text.empty() ? "" : " ").append(stream == nullptr ? "kept" : stream->path);
  return text;
}

Result<void> SessionAction::perform(Site&) {
  for (int number = 0; number < 3; ++number)
    if (const auto& stream = streams_[static_cast<size_t>(number)];
        stream != nullptr && dup2(stream->opened.get(), number) < 0)
      return system_error(errno, "put stream " + std::to_string(number) + " on " + stream->path);
  return {};
}

std::string CredentialsAction::group_list() const {
  std::string text;
  for (const uint32_t group : groups_) text.append(text.empty() ? "" : ",").append(std::to_string(group));
  return text;
}

std::string CredentialsAction::object() const {
  return "uid " + std::to_string(owner_.uid) + ", gid " + std::to_string(owner_.gid) +
         (groups_.empty() ? ", no groups" : ", groups " + group_list());
}

Record CredentialsAction::record() const {
  return Record().add("uid", owner_.uid).add("gid", owner_.gid).add("groups", group_list());
}

Result<void> CredentialsAction::perform(Site&) { return sys::set_credentials(owner_, groups_); }

namespace {

std::string limit_text(uint64_t value) { return value == UINT64_MAX ? "unlimited" : std::to_string(value); }

// As prlimit(1) names them, in the order of their numbers: see getrlimit(2).
std::string resource_name(uint32_t resource) {
  constexpr const char* kNames[] = {"cpu",      "fsize",  "data",    "stack", "core",  "rss",
                                    "nproc",    "nofile", "memlock", "as",    "locks", "sigpending",
                                    "msgqueue", "nice",   "rtprio",  "rttime"};
  return resource < std::size(kNames) ? kNames[resource] : "resource " + std::to_string(resource);
}

}  // namespace

std::string RaiseLimitAction::object() const {
  return resource_name(resource_) + "  hard limit to " + limit_text(hard_);
}

Result<void> RaiseLimitAction::perform(Site&) {
  JR_ASSIGN(const sys::Limit now, sys::limit(resource_));
  JR_TRY(sys::set_limit(resource_, {now.soft, hard_}));
  return {};
}

std::string LimitAction::object() const {
  return resource_name(resource_) + "  " + limit_text(limit_.soft) +
         (limit_.soft == limit_.hard ? "" : ":" + limit_text(limit_.hard));
}

Result<void> LimitAction::perform(Site&) {
  JR_ASSIGN(previous_, sys::set_limit(resource_, limit_));
  return {};
}

Result<void> LimitAction::release(Site&) {
  if (!previous_) return {};
  const sys::Limit previous = *previous_;
  previous_.reset();
  // It ends with the process. Without CAP_SYS_RESOURCE no more can be had than the hard limit.
  if (!sys::set_limit(resource_, previous)) (void)sys::set_limit(resource_, {limit_.hard, limit_.hard});
  return {};
}

Result<void> DeathSignalAction::perform(Site& site) {
  // After the credentials, whose change clears it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return system_error(errno, "");
  // Not by getppid, which is 0 in a pid namespace of its own.
  pollfd parent = {site.parent.get(), POLLIN, 0};
  if (poll(&parent, 1, 0) != 0) return internal_error("the supervisor has ended already");
  return {};
}

std::string ExecAction::object() const {
  std::string text = program_.path;
  if (!program_.jailer_id.empty())
    text +=
        "  --id " + program_.jailer_id + " --start-time-us ? --start-time-cpu-us ? --parent-cpu-time-us ?";
  if (!program_.arguments.empty())
    text += (program_.jailer_id.empty() ? "  " : " ") + joined(program_.arguments);
  return text;
}

Record ExecAction::record() const {
  Record record;
  record.add("path", program_.path);
  if (!program_.jailer_id.empty()) record.add("id", program_.jailer_id);
  for (const std::string& argument : program_.arguments) record.add("argument", argument);
  for (const std::string& variable : program_.environment) record.add("environment", variable);
  return record;
}

std::vector<std::string> ExecAction::times(const Site& site) const {
  // As the jailer gives them: the monotonic clock, the clock of the process that becomes the program, and
  // what the processes before it had used, which is nothing where there was no fork.
  return {"--id",
          program_.jailer_id,
          "--start-time-us",
          std::to_string(sys::microseconds(CLOCK_MONOTONIC)),
          "--start-time-cpu-us",
          std::to_string(sys::microseconds(CLOCK_PROCESS_CPUTIME_ID)),
          "--parent-cpu-time-us",
          std::to_string(site.parent_cpu_us)};
}

Result<void> ExecAction::perform(Site& site) {
  std::vector<std::string> words = {program_.path};
  if (!program_.jailer_id.empty())
    for (std::string& word : times(site)) words.push_back(std::move(word));
  words.insert(words.end(), program_.arguments.begin(), program_.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> environment = program_.environment;
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);
  umask(022);  // what a login gives; the caller's own must not leak through
  execve(program_.path.c_str(), argv.data(), envp.data());
  // The file itself has just been put there.
  return system_error(errno, errno == ENOENT
                                 ? "its loader or interpreter is not in the jail, where a bind could put it"
                                 : "");
}

std::unique_ptr<Action> CallAction::restore(const Record& record) {
  return std::make_unique<CallAction>(record.text("phase") == "enter" ? Phase::kEnter : Phase::kPrepare,
                                      record.text("name"), record.text("line"), record.text("payload"),
                                      static_cast<uint32_t>(record.number("payload-version")));
}

Record CallAction::record() const {
  Record record;
  record.add("name", name_)
      .add("line", line_)
      .add("payload", payload_)
      .add("payload-version", payload_version_);
  return record;
}

Result<void> CallAction::perform(Site& site) { return site.stages->perform(stage(), name_, payload_); }

Result<void> CallAction::release(Site& site) {
  return site.stages->release(stage(), name_, payload_, site.release_reason);
}

}  // namespace jailrun::core
