// SPDX-License-Identifier: Apache-2.0
#include "core/sys/helper.hpp"

#include "core/sys/descriptor_message.hpp"
#include "core/sys/files.hpp"
#include "core/sys/keeper.hpp"
#include "core/sys/namespaces.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr size_t kReportSize = 4096;
constexpr int kStepMs = 10000;  // for what the keeper itself does

// As large as it is for ever: a helper that writes on as a daemon gets an error, and fills no memory.
Result<UniqueFd> make_report() {
  UniqueFd report(memfd_create("jailrun-helper", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!report || ftruncate(report.get(), kReportSize) != 0 ||
      fcntl(report.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return system_error(errno, "make a file for what the helper says");
  return report;
}

// The keeper's message of that kind, or its failure, which is returned too.
Result<KeeperMessage> await(int socket, uint64_t limit_ms) {
  const uint64_t end = microseconds(CLOCK_MONOTONIC) + limit_ms * 1000;
  for (;;) {
    const uint64_t now = microseconds(CLOCK_MONOTONIC);
    pollfd readable = {socket, POLLIN, 0};
    const int ready = now < end ? poll(&readable, 1, static_cast<int>((end - now) / 1000 + 1)) : 0;
    if (ready < 0) return system_error(errno, "wait for the helper");
    if (ready == 0) return system_error(ETIMEDOUT, "");
    KeeperMessage message{};
    const ssize_t size = recv(socket, &message, sizeof message, 0);
    if (size == sizeof message) return message;
    if (size < 0 && errno == EINTR) return system_error(EINTR, "wait for the helper");
    return input_error("its keeper was killed");
  }
}

Result<void> tell(int socket, KeeperMessage::Kind kind, int value = 0) {
  const KeeperMessage message = {kind, {}, value};
  if (send(socket, &message, sizeof message, MSG_NOSIGNAL) == sizeof message) return {};
  return system_error(errno, "its keeper was killed");
}

Result<void> write_map(const std::string& path, uint32_t outside) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return system_error(errno, "open " + path);
  return write_all(file.get(), "0 " + std::to_string(outside) + " 1\n");
}

}  // namespace

Result<Keeper> Keeper::make(const HelperProgram& program) {
  Keeper keeper;
  JR_ASSIGN(keeper.report_, make_report());
  JR_ASSIGN(const UniqueFd null, open_host("/dev/null", O_RDWR));
  const UniqueFd self = open_pidfd(getpid());
  if (!self) return system_error(errno, "let the helper watch the launch");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error(errno, "make a socket pair");
  keeper.socket_ = UniqueFd(ends[0]);
  UniqueFd its(ends[1]);
  const KeeperFiles files = {its.get(), program.file, keeper.report_.get(), null.get(), self.get()};
  // By a process between, so that it is not a child of the program's, which does not know of it.
  ChildOptions plain;
  JR_ASSIGN(const pid_t between, make_child(plain));
  if (between == 0) {
    ChildOptions options = {CLONE_NEWPID, -1};
    const Result<pid_t> made = make_child(options);
    if (made && made.value() == 0) {
      keeper.socket_.reset();
      keep(program, files);
    }
    const KeeperMessage message =
        made ? KeeperMessage{KeeperMessage::kMade, {}, made.value()}
             : KeeperMessage{KeeperMessage::kFailed, KeeperMessage::kMakeProcess, made.error().error_number};
    (void)!send(files.socket, &message, sizeof message, MSG_NOSIGNAL);
    _exit(0);
  }
  its.reset();  // so that the end of the keeper is seen
  int status = 0;
  while (waitpid(between, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return input_error("the process that makes its keeper was killed");
  JR_ASSIGN(const KeeperMessage made, await(keeper.socket_.get(), kStepMs));
  if (made.kind != KeeperMessage::kMade) return keeper.failure(made);
  keeper.pid_ = made.value;
  keeper.pidfd_ = open_pidfd(keeper.pid_);
  if (!keeper.pidfd_) return system_error(errno, "open the helper's process");
  return keeper;
}

Result<UniqueFd> Keeper::make_namespaces(const HelperProgram& program) {
  JR_TRY(tell(socket_.get(), KeeperMessage::kGo, pid_));
  JR_ASSIGN(const KeeperMessage made, await(socket_.get(), kStepMs));
  if (made.kind != KeeperMessage::kNamespaces) return failure(made);
  UniqueFd network;
  if (program.has_network) {
    const std::string process = "/proc/" + std::to_string(pid_);
    JR_ASSIGN(network, open_namespace(process + "/ns/net", CLONE_NEWNET));
    if (is_same_file(process + "/ns/net", "/proc/self/ns/net"))
      return internal_error("the helper's network namespace is the launch's");
    JR_TRY(write_map(process + "/uid_map", program.owner.uid));
    JR_TRY(write_map(process + "/gid_map", program.owner.gid));
  }
  return network;
}

Result<void> Keeper::start(uint64_t limit_ms) {
  JR_TRY(tell(socket_.get(), KeeperMessage::kMapped));
  const Result<KeeperMessage> ready = await(socket_.get(), limit_ms);
  if (!ready && ready.error().error_number == ETIMEDOUT)
    return input_error("it was not ready after " + std::to_string(limit_ms) + " ms" + report());
  if (!ready) return ready.error();
  if (ready.value().kind != KeeperMessage::kReady) return failure(ready.value());
  return {};
}

Result<void> Keeper::follow(pid_t process) {
  const UniqueFd watched = open_pidfd(process);
  if (!watched) return system_error(errno, "open process " + std::to_string(process));
  KeeperMessage message = {KeeperMessage::kFollow, {}, 0};
  DescriptorMessage sent(&message, sizeof message, watched.get());
  if (sendmsg(socket_.get(), sent.header(), MSG_NOSIGNAL) < 0)
    return system_error(errno, "its keeper was killed");
  JR_ASSIGN(const KeeperMessage answer, await(socket_.get(), kStepMs));
  return answer.kind == KeeperMessage::kFollow ? Result<void>{} : failure(answer);
}

void Keeper::end() {
  socket_.reset();
  if (!pidfd_) return;
  constexpr int kMost_ms = 2000;
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  pollfd exit = {pidfd_.get(), POLLIN, 0};
  (void)!poll(&exit, 1, kMost_ms);
}

// ": the last line that it has written", or nothing.
std::string Keeper::report() const {
  std::string text(kReportSize, '\0');
  const ssize_t size = pread(report_.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const size_t line = text.rfind('\n');
  if (line != std::string::npos) text.erase(0, line + 1);
  return text.empty() ? text : ": " + text;
}

Error Keeper::failure(const KeeperMessage& message) const {
  switch (message.step) {
    case KeeperMessage::kMakeProcess: return system_error(message.value, "make its process");
    case KeeperMessage::kDropPrivileges: return system_error(message.value, "change to its uid and gid");
    case KeeperMessage::kMakeNamespace:
      return system_error(message.value, "make a user namespace and a network namespace");
    case KeeperMessage::kExec: return system_error(message.value, "execute it");
    case KeeperMessage::kExited:
      return input_error("it has exited with status " + std::to_string(message.value) + report());
    case KeeperMessage::kKilled:
      return input_error("it was killed by signal " + std::to_string(message.value) + report());
    case KeeperMessage::kLeftNone: break;
  }
  return input_error("it has exited, and left no process in the background" + report());
}

bool end_keeper(int pidfd) {
  // The keeper's own time for the helper, and more; where it is stopped or hangs, SIGKILL.
  constexpr int kGraceMs = 2000;
  for (const int number : {SIGTERM, SIGKILL}) {
    if (syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) != 0 && errno == ESRCH) return true;
    const uint64_t end = microseconds(CLOCK_MONOTONIC) + kGraceMs * 1000;
    for (uint64_t now = 0; (now = microseconds(CLOCK_MONOTONIC)) < end;) {
      pollfd exit = {pidfd, POLLIN, 0};
      if (poll(&exit, 1, static_cast<int>((end - now) / 1000 + 1)) > 0) return true;
    }
  }
  return false;
}

}  // namespace jailrun::sys
