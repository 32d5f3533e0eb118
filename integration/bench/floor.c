// SPDX-License-Identifier: Apache-2.0
// floor: the least that a launch of the default pipeline can cost. Static C, the system calls one after the
// other, no check that could be left out, no ledger, no rollback. Its flags choose what is done, and
// by which lever.
//
//   floor --base DIR --id ID --exec FILE --uid N --gid N [what more is to be done] [levers] [-- ARGUMENTS]
//     --netns FILE          joins this network namespace
//     --cgroup DIR          <DIR>/<name>/<id> of a version 1 hierarchy, with what --value says
//     --value FILE=VALUE    written to the jail's group; cpuset.* is inherited by the group above
//     --v2 DIR              <DIR>/<name>/<id> of the version 2 hierarchy; implies --pid-ns
//     --pid-ns              the program in a pid namespace of its own
//     --timings             says on stderr how many microseconds passed between its first action and its exec
//   levers:
//     --join cheap|usual    "0" to `tasks`, or the pid to cgroup.procs; for --v2: clone into the group, or
//     the pid to
//                           cgroup.procs
//     --template FILE       copies this mount namespace, in which there is nothing, and mounts the root over its root
//     --reflink             the program's copy shares its blocks, where the filesystem can
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const char *base, *id, *program, *name, *netns, *cgroup, *v2, *template;
static const char* values[8];
static int value_count, cheap = 1, pid_ns, reflink, timings;
static uid_t uid;
static gid_t gid;
static char jail[4096], root[4096], group[4096];

static void die(const char* what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}
#define TRY(call)               \
  do {                          \
    if ((call) < 0) die(#call); \
  } while (0)

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const char* below(const char* directory, const char* leaf) {
  static char path[8192];
  snprintf(path, sizeof path, "%s/%s", directory, leaf);
  return path;
}

static void make_folder(const char* leaf) {
  const char* path = below(root, leaf);
  TRY(mkdir(path, 0700));
  TRY(chown(path, uid, gid));
}

static void make_node(const char* leaf, unsigned minor_number) {
  const char* path = below(root, leaf);
  TRY(mknod(path, S_IFCHR | 0600, makedev(10, minor_number)));
  TRY(chown(path, uid, gid));
}

static void copy_program(void) {
  const int from = open(program, O_RDONLY | O_CLOEXEC);
  const int to = open(below(root, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
  TRY(from);
  TRY(to);
  if (!reflink || ioctl(to, FICLONE, from) != 0) {
    ssize_t size;
    while ((size = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0) continue;
    if (size < 0 && errno == EXDEV) {  // another kind of filesystem
      static char chunk[64 * 1024];
      while ((size = read(from, chunk, sizeof chunk)) > 0) TRY(write(to, chunk, (size_t)size));
    }
    TRY(size);
  }
  TRY(fchown(to, uid, gid));
  TRY(fchmod(to, 0755));
  close(to);
  close(from);
}

static void put(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) die(path);
  close(fd);
}

static void write_pid_file(pid_t pid) {
  char text[24];
  char leaf[256];
  snprintf(text, sizeof text, "%d", (int)pid);
  snprintf(leaf, sizeof leaf, "%s.pid", name);
  put(below(root, leaf), text);
}

// The group above the jail's has no cpus and no memory nodes until it inherits them.
static void inherit(const char* directory, const char* file) {
  char value[256] = "";
  const int fd = open(below(cgroup, file), O_RDONLY | O_CLOEXEC);
  TRY(fd);
  TRY(read(fd, value, sizeof value - 1));
  close(fd);
  put(below(directory, file), value);
}

// Gives a descriptor: of the file to be written for the join, or of a version 2 group.
static int make_group(const char* hierarchy) {
  snprintf(group, sizeof group, "%s/%s", hierarchy, name);
  TRY(mkdir(group, 0755));
  if (hierarchy == cgroup) {
    inherit(group, "cpuset.cpus");
    inherit(group, "cpuset.mems");
  }
  strcat(strcat(group, "/"), id);
  TRY(mkdir(group, 0755));
  for (int i = 0; i < value_count; ++i) {
    char file[64];
    const char* equals = strchr(values[i], '=');
    snprintf(file, sizeof file, "%.*s", (int)(equals - values[i]), values[i]);
    put(below(group, file), equals + 1);
  }
  const int is_directory = hierarchy == v2 && cheap;
  const int fd = is_directory ? open(group, O_PATH | O_DIRECTORY | O_CLOEXEC)
                              : open(below(group, cheap ? "tasks" : "cgroup.procs"), O_WRONLY | O_CLOEXEC);
  TRY(fd);
  return fd;
}

static void join_group(int fd, pid_t pid) {
  char text[24];
  snprintf(text, sizeof text, "%d", cheap ? 0 : (int)pid);
  TRY(write(fd, text, strlen(text)));
}

static void enter_root_above_nothing(void) {
  struct mount_attr slave = {0, 0, MS_SLAVE, 0};
  const int fd = open(template, O_RDONLY | O_CLOEXEC);
  const int tree = open_tree(AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  TRY(fd);
  TRY(tree);
  TRY(mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &slave, sizeof slave));
  TRY(setns(fd, CLONE_NEWNS));
  TRY(unshare(CLONE_NEWNS));
  TRY(move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
  TRY(fchdir(tree));
  TRY(chroot("."));
}

static void enter_root(void) {
  if (template != NULL) {
    enter_root_above_nothing();
    return;
  }
  TRY(chdir(root));
  TRY(unshare(CLONE_NEWNS));
  TRY(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL));
  // pivot_root wants a mount point.
  TRY(mount(".", ".", NULL, MS_BIND | MS_REC, NULL));
  TRY(chdir(root));
  TRY(syscall(SYS_pivot_root, ".", "."));
  TRY(umount2(".", MNT_DETACH));
  TRY(chdir("/"));
}

// What the jailer gives its program.
static void become_program(char** arguments, long began) {
  static char* argv[32];
  static char inside[256];
  static char no_variable[] = "";
  char* environment[] = {no_variable, NULL};
  environment[0] = NULL;
  snprintf(inside, sizeof inside, "/%s", name);
  int count = 0;
  argv[count++] = inside;
  for (; *arguments != NULL && count < 31; ++arguments) argv[count++] = *arguments;
  TRY(setgroups(0, NULL));
  TRY(setresgid(gid, gid, gid));
  TRY(setresuid(uid, uid, uid));
  if (timings) fprintf(stderr, "%ld\n", now_us() - began);
  execve(inside, argv, environment);
  die("exec");
}

static void take(int option, char* text) {
  switch (option) {
    case 'b': base = text; break;
    case 'i': id = text; break;
    case 'e': program = text; break;
    case 'u': uid = (uid_t)atoi(text); break;
    case 'g': gid = (gid_t)atoi(text); break;
    case 'n': netns = text; break;
    case 'c': cgroup = text; break;
    case 'v': values[value_count++ % 8] = text; break;
    case '2':
      v2 = text;
      pid_ns = 1;
      break;
    case 'p': pid_ns = 1; break;
    case 'j': cheap = strcmp(text, "cheap") == 0; break;
    case 't': template = text; break;
    case 'r': reflink = 1; break;
    case 'T': timings = 1; break;
    default: exit(2);
  }
}

int main(int argc, char** argv) {
  static const struct option options[] = {
      {"base", 1, NULL, 'b'},    {"id", 1, NULL, 'i'},      {"exec", 1, NULL, 'e'},
      {"uid", 1, NULL, 'u'},     {"gid", 1, NULL, 'g'},     {"netns", 1, NULL, 'n'},
      {"cgroup", 1, NULL, 'c'},  {"value", 1, NULL, 'v'},   {"v2", 1, NULL, '2'},
      {"pid-ns", 0, NULL, 'p'},  {"join", 1, NULL, 'j'},    {"template", 1, NULL, 't'},
      {"reflink", 0, NULL, 'r'}, {"timings", 0, NULL, 'T'}, {NULL, 0, NULL, 0}};
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) take(option, optarg);
  if (base == NULL || id == NULL || program == NULL || strlen(base) + strlen(id) > 2048) return 2;
  name = strrchr(program, '/') + 1;
  umask(0);
  const long began = now_us();

  snprintf(jail, sizeof jail, "%s/%s", base, name);
  if (mkdir(jail, 0755) != 0 && errno != EEXIST) die(jail);
  strcat(strcat(jail, "/"), id);
  TRY(mkdir(jail, 0755));
  strcat(strcpy(root, jail), "/root");
  make_folder("");
  make_folder("run");
  copy_program();
  const int group_fd = cgroup != NULL ? make_group(cgroup) : v2 != NULL ? make_group(v2) : -1;
  make_folder("dev");
  make_folder("dev/net");
  make_node("dev/net/tun", 200);
  make_node("dev/kvm", 232);
  const int netns_fd = netns != NULL ? open(netns, O_RDONLY | O_CLOEXEC) : -1;
  if (netns != NULL) TRY(netns_fd);

  if (pid_ns) {
    struct clone_args birth = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
    if (v2 != NULL && cheap) {
      birth.flags |= CLONE_INTO_CGROUP;
      birth.cgroup = (__u64)group_fd;
    }
    int gate[2];
    TRY(pipe2(gate, O_CLOEXEC));
    const pid_t pid = (pid_t)syscall(SYS_clone3, &birth, sizeof birth);
    TRY(pid);
    if (pid > 0) {
      if (v2 != NULL && !cheap) join_group(group_fd, pid);
      write_pid_file(pid);
      TRY(write(gate[1], "", 1));
      _exit(0);
    }
    char go;
    TRY(read(gate[0], &go, 1));
  } else {
    write_pid_file(getpid());
  }
  // In the jailer's order the pid is written while the host's paths can still be reached.
  if (cgroup != NULL && !cheap) join_group(group_fd, getpid());
  enter_root();
  if (cgroup != NULL && cheap) join_group(group_fd, 0);
  if (netns != NULL) TRY(setns(netns_fd, CLONE_NEWNET));
  become_program(argv + optind, began);
}
