// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/host_side.hpp"

#include "integration/escapes/probe/probe.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace jailrun::integration::escapes {
namespace {

const std::string kSecret(::escapes::kSecret);
const std::string kAbstract = "jailrun-escape-target";
const std::string kQueue = "/jailrun-escape-target";
constexpr const char* kKey = "jailrun-escape-target";
constexpr key_t kIpcKey = 0x6a41696c;
// Far above what a pid namespace of a jail's own comes to while the probe runs in it.
constexpr pid_t kVictim = 29999;

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// So that any process of the user can read it, whoever possesses it.
void add_key(int keyring) {
  const long key = syscall(SYS_add_key, "user", kKey, kSecret.data(), kSecret.size(), keyring);
  constexpr unsigned kEverything = 0x3f3f0000;
  syscall(SYS_keyctl, KEYCTL_SETPERM, key, kEverything);
}

void become_user() {
  if (setgid(kGid) != 0 || setuid(kUid) != 0) _exit(99);
}

void as_user(void (*act)()) {
  const pid_t child = fork();
  if (child == 0) {
    become_user();
    act();
    _exit(0);
  }
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void remove_ipc() {
  shmctl(shmget(kIpcKey, 0, 0), IPC_RMID, nullptr);
  msgctl(msgget(kIpcKey, 0), IPC_RMID, nullptr);
  semctl(semget(kIpcKey, 0, 0), 0, IPC_RMID);
  mq_unlink(kQueue.c_str());
  unlink(("/dev/shm" + kQueue).c_str());
}

int listening_unix(const std::string& name, size_t offset) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + offset, sizeof address.sun_path - 1 - offset);
  const size_t length = offsetof(sockaddr_un, sun_path) + offset + name.size();
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)) != 0 ||
      listen(fd, 128) != 0)
    give_up("listen at " + name);
  return fd;
}

}  // namespace

HostSide::HostSide(const std::string& directory) : directory_(directory) {
  remove_ipc();
  make_files();
  make_sockets();
  make_ipc();
  start_victim();
}

HostSide::~HostSide() {
  if (victim_ > 0) {
    kill(victim_, SIGKILL);
    waitpid(victim_, nullptr, 0);
  }
  as_user([] {
    const long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", kKey, 0);
    syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
  });
  for (const int fd : sockets_) close(fd);
  remove_ipc();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void HostSide::make_files() {
  std::filesystem::create_directories(directory_ + "/open");
  if (chmod(directory_.c_str(), 0755) != 0 || chmod((directory_ + "/open").c_str(), 01777) != 0)
    give_up("make " + directory_);
  write_file(directory_ + "/secret", kSecret);
  write_file("/dev/shm" + kQueue, kSecret);
}

void HostSide::make_sockets() {
  sockets_[0] = listening_unix(kAbstract, 1);
  const std::string path = directory_ + "/socket";
  sockets_[1] = listening_unix(path, 0);
  if (chmod(path.c_str(), 0666) != 0) give_up("open " + path);
  const int fd = sockets_[2] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(fd, 128) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("listen at the loopback interface");
  port_ = std::to_string(ntohs(address.sin_port));
  unsigned long long cookie = 0;
  size = sizeof cookie;
  if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0) network_ = std::to_string(cookie);
}

void HostSide::make_ipc() {
  const int memory = shmget(kIpcKey, 4096, IPC_CREAT | 0666);
  void* const at = shmat(memory, nullptr, 0);
  if (memory < 0 || at == reinterpret_cast<void*>(-1)) give_up("make shared memory");
  kSecret.copy(static_cast<char*>(at), kSecret.size());
  shmdt(at);
  if (msgget(kIpcKey, IPC_CREAT | 0666) < 0 || semget(kIpcKey, 1, IPC_CREAT | 0666) < 0)
    give_up("make a queue and a semaphore");
  const mode_t before = umask(0);
  mq_attr sizes{};
  sizes.mq_maxmsg = 1;
  sizes.mq_msgsize = 16;
  const mqd_t queue = mq_open(kQueue.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666, &sizes);
  umask(before);
  if (queue == static_cast<mqd_t>(-1)) give_up("make a message queue");
  mq_close(queue);
}

// A program of the same user: its arguments, environment, memory and descriptors hold the secret.
void HostSide::start_victim() {
  int started[2];
  if (pipe2(started, O_CLOEXEC) != 0) give_up("make a pipe");
  const std::string program = test_file("escape-probe");
  const std::string variable = std::string(::escapes::kSecretVariable) + "=" + kSecret;
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uintptr_t>(&kVictim);
  arguments.set_tid_size = 1;
  const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) give_up("start a process " + std::to_string(kVictim));
  if (child == 0) {
    dup2(open((directory_ + "/secret").c_str(), O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    setgroups(0, nullptr);
    become_user();
    add_key(KEY_SPEC_USER_KEYRING);
    execle(program.c_str(), program.c_str(), "victim", kSecret.c_str(), nullptr,
           std::vector<const char*>{variable.c_str(), nullptr}.data());
    _exit(99);
  }
  victim_ = static_cast<pid_t>(child);
  close(started[1]);
  char nothing;
  (void)!read(started[0], &nothing, 1);
  close(started[0]);
}

Strings HostSide::words(const std::string& program, const std::string& setuid_file) const {
  utsname names{};
  uname(&names);
  return {"victim=" + std::to_string(victim_),
          "file=" + directory_ + "/secret",
          "directory=" + directory_ + "/open",
          "socket=" + directory_ + "/socket",
          "abstract=" + kAbstract,
          "port=" + port_,
          "network=" + network_,
          "ipc=" + std::to_string(kIpcKey),
          "queue=" + kQueue,
          std::string("key=") + kKey,
          "host=" + std::string(names.nodename),
          "descriptor=11",
          "root=12",
          "group=4242",
          "program=" + program,
          "setuid=" + setuid_file};
}

void HostSide::put_setuid_file(const std::string& path) const {
  std::filesystem::copy_file(test_file("escape-probe"), path);
  if (chown(path.c_str(), 0, 0) != 0 || chmod(path.c_str(), 04755) != 0) give_up("make " + path);
}

}  // namespace jailrun::integration::escapes
