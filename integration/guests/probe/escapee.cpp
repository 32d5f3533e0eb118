// SPDX-License-Identifier: Apache-2.0
// A program to be jailed as uid 0, with all capabilities, that tries one way out of its root and tells what it
// has in view then: each name in its root and in its working directory as "found NAME", whatever it could make
// beneath its root as "made WHAT", a call that the kernel refused as "refused CALL ERRNO". Then the line "end".
//
//   escapee WAY [--exit]    without --exit it sleeps then
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

bool can(const char* call, long result) {
  if (result >= 0) return true;
  std::printf("refused %s %s\n", call, strerrorname_np(errno));
  return false;
}

void look(const char* directory) {
  DIR* const listing = opendir(directory);
  if (!can("opendir", listing == nullptr ? -1 : 0)) return;
  while (const dirent* entry = readdir(listing))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
      std::printf("found %s\n", entry->d_name);
  closedir(listing);
}

void climb() {
  for (int i = 0; i < 64; ++i) (void)!chdir("..");
}

int own_namespace() { return open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC); }

// The kernel goes to the namespace's root, not to the caller's.
void join_itself() { can("setns", setns(own_namespace(), CLONE_NEWNS)); }

// The working directory stays outside the new root.
void chroot_twice() {
  mkdir("/deeper", 0700);
  const int above = open("/", O_RDONLY | O_DIRECTORY);
  if (can("chroot", chroot("/deeper")) && can("fchdir", fchdir(above))) climb();
  can("chroot", chroot("."));
}

void climb_from_every_descriptor() {
  for (int fd = 0; fd < 1024; ++fd) {
    if (fchdir(fd) != 0) continue;
    climb();
    look(".");
  }
}

// Of a pid namespace of its own: the host's first process is root's, who may look at it in any jail.
void look_at_the_first_process() {
  if (!can("unshare", unshare(CLONE_NEWPID))) return;
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (can("mount", mount("proc", "/proc", "proc", 0, nullptr))) look("/proc/1/root/");
    std::fflush(stdout);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

void unmount_the_top() {
  can("umount2", umount2("/", MNT_DETACH));
  look("/");
  climb();
  join_itself();
}

// What is beneath the root, and beneath that, with a descriptor of the namespace that was opened before.
bool go_beneath() {
  const int before = own_namespace();
  int levels = 0;
  while (levels < 8 && can("umount2", umount2("/", MNT_DETACH)) && can("setns", setns(before, CLONE_NEWNS)))
    ++levels;
  return levels > 0;
}

void try_to_make(const char* what) {
  if (mkdir("/left", 0777) == 0) std::printf("made a directory %s\n", what);
  if (mknod("/left", S_IFREG | 0666, 0) == 0) std::printf("made a file %s\n", what);
  if (symlink("left", "/left") == 0) std::printf("made a link %s\n", what);
  if (chmod("/", 0777) == 0) std::printf("made it another's %s\n", what);
}

void leave_something_beneath() {
  if (!go_beneath()) return;
  try_to_make("as it is");
  can("remount the mount", mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr));
  try_to_make("after remounting the mount");
  can("remount the filesystem", mount(nullptr, "/", nullptr, MS_REMOUNT, nullptr));
  try_to_make("after remounting the filesystem");
}

void mount_inside() {
  mkdir("/inside", 0755);
  if (!can("mount", mount("tmpfs", "/inside", "tmpfs", 0, nullptr))) return;
  const int file = open("/inside/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  can("open", file);
  close(file);
}

void make_a_user_namespace() {
  if (can("unshare", unshare(CLONE_NEWUSER))) std::printf("user-namespace yes\n");
}

struct Way {
  const char* name;
  void (*go)();
};
constexpr Way kWays[] = {
    {"inside", [] {}},
    {"setns-to-itself", join_itself},
    {"double-chroot", chroot_twice},
    {"every-descriptor", climb_from_every_descriptor},
    {"first-process", look_at_the_first_process},
    {"umount-of-the-top", unmount_the_top},
    {"beneath", [] { (void)go_beneath(); }},
    {"leave-beneath", leave_something_beneath},
    {"mount", mount_inside},
    {"user-namespace", make_a_user_namespace},
};

}  // namespace

int main(int argc, char** argv) {
  mkdir("/proc", 0555);
  can("mount proc", mount("proc", "/proc", "proc", 0, nullptr));
  bool is_known = false;
  for (const Way& way : kWays) {
    if (argc < 2 || std::strcmp(argv[1], way.name) != 0) continue;
    is_known = true;
    way.go();
  }
  look("/");
  look(".");
  std::printf("end\n");
  std::fflush(stdout);
  if (!is_known) return 2;
  if (argc > 2) return 0;
  for (;;) pause();
}
