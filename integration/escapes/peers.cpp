// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/bundle.hpp"
#include "integration/escapes/contenders.hpp"
#include "integration/escapes/docker_filter.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration::escapes {
namespace {

constexpr const char* kProgram = "/escape-probe";
constexpr int kFilterDescriptor = 20;

std::string find_program(const std::string& name) {
  for (const char* directory : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/"})
    if (access((directory + name).c_str(), X_OK) == 0) return directory + name;
  return {};
}

// The probe, the set-user-ID file, and what some of them want to find. /run is the user's, as a jail's is.
std::string make_root(const HostSide& host, const std::string& root) {
  for (const char* directory : {"/dev", "/etc", "/proc", "/sys", "/tmp", "/run"})
    std::filesystem::create_directories(root + directory);
  std::filesystem::copy_file(test_file("escape-probe"), root + kProgram);
  host.put_setuid_file(root + "/setuid");
  if (chown((root + "/run").c_str(), kUid, kGid) != 0) return {};
  return root;
}

Strings with_words(Strings argv, const Strings& words) {
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

// A tool that is not installed is named as not measured.
Contender measured(const std::string& name, const std::string& program,
                   const std::function<Outcome()>& run_it) {
  Contender contender{name, [run_it] { return verdicts_of(run_it()); }};
  if (program.empty()) contender.lacking = "which is not installed";
  return contender;
}

Contender bubblewrap(const HostSide& host, const std::string& root) {
  const std::string program = find_program("bwrap");
  return measured("bubblewrap", program, [&host, program, root] {
    Strings argv = {program,
                    "--unshare-all",
                    "--uid",
                    std::to_string(kUid),
                    "--gid",
                    "4321",
                    "--hostname",
                    "jail",
                    "--ro-bind",
                    root,
                    "/",
                    "--proc",
                    "/proc",
                    "--dev",
                    "/dev",
                    "--tmpfs",
                    "/run",
                    "--chdir",
                    "/",
                    "--clearenv",
                    "--cap-drop",
                    "ALL",
                    "--new-session",
                    "--die-with-parent"};
    const std::string filter = docker_filter_file(root + ".bpf");
    if (!filter.empty()) argv.insert(argv.end(), {"--seccomp", std::to_string(kFilterDescriptor)});
    argv.push_back(kProgram);
    Command command = host.furnished(with_words(argv, host.words(kProgram, "/setuid")), Caller::kUser);
    command.in_child = [furnish = command.in_child, filter] {
      const int fd = open(filter.c_str(), O_RDONLY);
      if (fd >= 0) dup2(fd, kFilterDescriptor);
      furnish();
    };
    return run(command);
  });
}

// Debian's firejail runs programs of the host's; the user must have a name.
Contender firejail(const HostSide& host, const std::string& directory) {
  const std::string program = find_program("firejail");
  return measured("firejail", program, [&host, program, directory] {
    const std::string passwd = directory + "/passwd";
    // Of the user's own, and where firejail shows nothing else: in this mount namespace alone.
    const std::string home = "/home/jailed";
    if (mount("tmpfs", "/home", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0 ||
        mkdir(home.c_str(), 0700) != 0 || chown(home.c_str(), kUid, kGid) != 0)
      return Outcome{};
    const std::string probe = home + kProgram;
    std::filesystem::copy_file(test_file("escape-probe"), probe);
    write_file(passwd, read_file("/etc/passwd") + "jailed:x:1234:4321::" + home + ":/bin/sh\n");
    const bool is_named = mount(passwd.c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr) == 0;
    // Where it sees no kernel thread it takes itself to be in a sandbox already, and makes none; so this process,
    // the first of its pid namespace, bears the name of one.
    prctl(PR_SET_NAME, "kthreadd");
    const Strings argv = {program,
                          "--quiet",
                          "--noprofile",
                          "--private-dev",
                          "--private-tmp",
                          "--private-etc=passwd",
                          "--private-cwd",
                          "--caps.drop=all",
                          "--nonewprivs",
                          "--noroot",
                          "--nogroups",
                          "--seccomp",
                          "--seccomp.block-secondary",
                          "--memory-deny-write-execute",
                          "--restrict-namespaces",
                          "--protocol=unix",
                          "--net=none",
                          "--ipc-namespace",
                          "--hostname=jail",
                          "--machine-id",
                          "--dbus-user=none",
                          "--dbus-system=none",
                          "--rlimit-nproc=1024",
                          "--nodvd",
                          "--nosound",
                          "--no3d",
                          "--novideo",
                          "--noinput",
                          "--notv",
                          "--nou2f",
                          probe};
    const Outcome outcome = run(host.furnished(with_words(argv, host.words(probe, "/none")), Caller::kUser));
    if (is_named) umount2("/etc/passwd", MNT_DETACH);
    umount2("/home", MNT_DETACH);
    return outcome;
  });
}

Contender runtime(const HostSide& host, const std::string& name, const std::string& bundle) {
  const std::string program = find_program(name);
  return measured(name, program, [&host, program, name, bundle] {
    hide_v2_controllers(bundle);
    make_bundle(bundle, with_words({kProgram}, host.words(kProgram, "/setuid")));
    return run(host.furnished({program, "--root", "/run/escapes-" + name, "run", "--bundle", bundle, "probe"},
                              Caller::kRoot));
  });
}

Contender nsjail(const HostSide& host, const std::string& root) {
  const std::string program = find_program("nsjail");
  return measured("nsjail", program, [&host, program, root] {
    const Strings argv = {
        program,
        "--mode",
        "o",
        "--really_quiet",
        "--chroot",
        root,
        "--user",
        "1234",
        "--group",
        "4321",
        "--hostname",
        "jail",
        "--tmpfsmount",
        "/run",
        "--disable_rlimits",
        "--rlimit_core",
        "0",
        "--rlimit_nproc",
        "1024",
        "--seccomp_string",
        "ERRNO(1) { ptrace, process_vm_readv, process_vm_writev, keyctl, add_key, request_key, bpf, "
        "perf_event_open, userfaultfd, personality, kcmp, modify_ldt } DEFAULT ALLOW",
        "--",
        kProgram};
    return run(host.furnished(with_words(argv, host.words(kProgram, "/setuid")), Caller::kRoot));
  });
}

Contender minijail(const HostSide& host, const std::string& root) {
  const std::string program = find_program("minijail0");
  return measured("minijail", program, [&host, program, root] {
    Strings argv = {program, "-v", "-p", "-r",    "-e",   "-l",         "-N",   "--uts=jail",
                    "-n",    "-c", "0",  "-u",    "1234", "-g",         "4321", "-C",
                    root,    "-K", "-R", "4,0,0", "-R",   "6,1024,1024"};
    const std::string filter = docker_filter_file(root + ".bpf");
    if (!filter.empty()) argv.insert(argv.end(), {"--seccomp-bpf-binary", filter});
    argv.insert(argv.end(), {"--", kProgram});
    return run(host.furnished(with_words(argv, host.words(kProgram, "/setuid")), Caller::kRoot));
  });
}

Contender jailer(const HostSide& host, const std::string& directory) {
  const char* const named = std::getenv("JAILRUN_BENCH_JAILER");
  const std::string program = named != nullptr && access(named, X_OK) == 0 ? named : "";
  Contender contender = measured("jailer", program, [&host, program, directory] {
    const std::string root = directory + "/escape-probe/jail/root";
    std::filesystem::create_directories(root);
    host.put_setuid_file(root + "/setuid");
    const Strings argv = {program,
                          "--id",
                          "jail",
                          "--exec-file",
                          test_file("escape-probe"),
                          "--uid",
                          std::to_string(kUid),
                          "--gid",
                          std::to_string(kGid),
                          "--chroot-base-dir",
                          directory,
                          "--"};
    return run(host.furnished(with_words(argv, host.words(kProgram, "/setuid")), Caller::kRoot));
  });
  if (program.empty()) contender.lacking = "which JAILRUN_BENCH_JAILER does not name";
  return contender;
}

}  // namespace

std::vector<Contender> peers(const HostSide& host, const std::string& directory) {
  std::filesystem::create_directories(directory);
  const std::string root = make_root(host, directory + "/root");
  make_root(host, directory + "/bundle/rootfs");
  return {bubblewrap(host, root),
          firejail(host, directory),
          runtime(host, "crun", directory + "/bundle"),
          runtime(host, "runc", directory + "/bundle"),
          nsjail(host, root),
          minijail(host, root),
          jailer(host, directory + "/jailer")};
}

}  // namespace jailrun::integration::escapes
