// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/peers.hpp"

#include "integration/bench/timed_launch.hpp"
#include "integration/escapes/bundle.hpp"
#include "integration/escapes/docker_filter.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

// The program, the two nodes and the directories that some of them want to find.
std::string make_root(const std::string& root) {
  for (const char* directory : {"dev/net", "etc", "proc", "sys", "tmp", "usr/bin", "var", "run"})
    std::filesystem::create_directories(root + "/" + directory);
  std::filesystem::copy_file(test_file("first"), root + "/usr/bin/first");
  mknod((root + "/dev/net/tun").c_str(), S_IFCHR | 0600, makedev(10, 200));
  mknod((root + "/dev/kvm").c_str(), S_IFCHR | 0600, makedev(10, 232));
  for (const char* file : {"etc/resolv.conf", "etc/passwd", "etc/group", "etc/hosts"})
    write_file(root + "/" + file, "");
  return root;
}

std::string first_line(const std::string& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

// An OCI bundle with a full launch's work, and /proc, without which neither starts: nodes, a network
// namespace to join, cpuset values, a user, no capabilities.
std::string make_bundle(const std::string& bundle, const std::string& netns) {
  make_root(bundle + "/rootfs");
  const std::string cpuset = v1_mount("cpuset");
  std::string cpu;
  if (!cpuset.empty())
    cpu = R"("resources": {"cpu": {"cpus": ")" + first_line(cpuset + "/cpuset.cpus") + R"(", "mems": ")" +
          first_line(cpuset + "/cpuset.mems") + R"("}}, )";
  const auto device = [](const std::string& path, int number) {
    return R"({"path": ")" + path + R"(", "type": "c", "major": 10, "minor": )" + std::to_string(number) +
           R"(, "fileMode": 384, "uid": 1234, "gid": 4321})";
  };
  write_file(bundle + "/config.json",
             R"({"ociVersion": "1.0.2", "root": {"path": "rootfs"},
  "process": {"terminal": false, "user": {"uid": 1234, "gid": 4321}, "args": ["/usr/bin/first"], "env": [],
    "cwd": "/", "noNewPrivileges": true},
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
  "linux": {)" + cpu +
                 R"("cgroupsPath": "/bench-peer/bench",
    "namespaces": [{"type": "mount"}, {"type": "network", "path": "/run/netns/)" +
                 netns + R"("}],
    "devices": [)" +
                 device("/dev/net/tun", 200) + ", " + device("/dev/kvm", 232) + "]}}\n");
  return bundle;
}

enum class Nodes { kNone, kTwo };

// What jailrun makes and copies in a launch, and the others expect to find. Given to nobody: in a user
// namespace the files of a user outside it could not be read.
Contender with_its_root(Contender contender, const std::string& root, Nodes nodes) {
  const auto launch = contender.measure;
  contender.measure = [launch, root, nodes] {
    const double began = now_us();
    for (const char* directory : {"", "/run", "/proc", "/dev", "/dev/net"})
      mkdir((root + directory).c_str(), 0700);
    std::filesystem::copy_file(test_file("first"), root + "/first");
    if (nodes == Nodes::kTwo) {
      mknod((root + "/dev/net/tun").c_str(), S_IFCHR | 0600, makedev(10, 200));
      mknod((root + "/dev/kvm").c_str(), S_IFCHR | 0600, makedev(10, 232));
    }
    return now_us() - began + launch();
  };
  contender.after = [root] { std::filesystem::remove_all(root); };
  return contender;
}

Contender starts(
    const std::string& name, const Strings& argv, std::function<void()> after = [] {}) {
  return {name, [argv] { return time_to_program(argv); }, [] {}, std::move(after)};
}

std::string find_program(const std::string& name) {
  for (const char* directory : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"})
    if (access((directory + name).c_str(), X_OK) == 0) return directory + name;
  return {};
}

// A filter that bubblewrap reads from a descriptor, which is at its beginning again before each launch.
int open_filter(const std::string& file) {
  const std::string filter = escapes::docker_filter_file(file);
  return filter.empty() ? -1 : open(filter.c_str(), O_RDONLY);  // inherited
}

}  // namespace

std::vector<Peer> peers(const std::string& directory, const std::string& netns) {
  std::vector<Peer> all;
  const auto add = [&](const std::string& name, const std::string& program, const std::string& work,
                       Coverage extent, const Strings& words) {
    Strings argv = words;
    argv.front() = find_program(program);
    all.push_back({name, argv.front(), work, extent, starts(name, argv)});
  };
  const std::string root = make_root(directory + "/root");
  const std::string bundle = make_bundle(directory + "/bundle", netns);

  // It can join no network namespace, sets no cgroup values, and finds its root made. To give the program
  // another user it makes a user namespace.
  const auto bubblewrap = [](const std::string& its_root, const std::string& program) {
    return Strings{"",      "--bind",        its_root,
                   "/",     "--dev-bind",    its_root + "/dev",
                   "/dev",  "--unshare-net", "--unshare-user",
                   "--uid", "1234",          "--gid",
                   "4321",  "--chdir",       "/",
                   program};
  };
  const std::string own_root = directory + "/own-root";
  add("bubblewrap and making its root", "bwrap",
      "its own root, nodes, user; a new network namespace; no cgroup; the root made by plain system calls "
      "before it starts",
      Coverage::kNoGroups, bubblewrap(own_root, "/first"));
  all.back().contender = with_its_root(all.back().contender, own_root, Nodes::kTwo);
  add("bubblewrap", "bwrap", "the same, the root made long before", Coverage::kLess,
      bubblewrap(root, "/usr/bin/first"));
  hide_v2_controllers(directory);
  add("crun", "crun", "nodes, network namespace, cpuset values, user; in all cgroup hierarchies",
      Coverage::kAll, {"", "--root", "/run/bench-crun", "run", "--bundle", bundle, "bench"});
  add("runc", "runc", "nodes, network namespace, cpuset values, user; in all cgroup hierarchies",
      Coverage::kAll, {"", "--root", "/run/bench-runc", "run", "--bundle", bundle, "bench"});
  // Where it sees no kernel thread it takes itself to be in a sandbox already, and makes none; so here this
  // process, the first of its pid namespace, bears the name of one.
  prctl(PR_SET_NAME, "kthreadd");
  // As packaged it changes nobody's root. It sets no cgroup values, and a program that root
  // starts stays root's.
  add("firejail", "firejail",
      "the host's files, fresh /dev and home; joins the network namespace; no cgroup, no other user",
      Coverage::kNoGroups,
      {"", "--quiet", "--noprofile", "--private", "--private-dev", "--keep-var-tmp", "--netns=" + netns,
       root + "/usr/bin/first"});
  // Without a system bus it makes no scope, so no cgroup of its own.
  add("systemd-nspawn", "systemd-nspawn",
      "its own root, nodes and pid namespace, joins the network namespace; no cgroup, no other user",
      Coverage::kNoGroups,
      {"", "--quiet", "--register=no", "--keep-unit", "--pipe", "--directory", root,
       "--network-namespace-path=/run/netns/" + netns, "/usr/bin/first"});
  return all;
}

std::vector<Peer> hardened_peers(const std::string& directory) {
  const std::string root = directory + "/own-root";
  std::filesystem::create_directories(directory);
  const int filter = open_filter(directory + "/docker.bpf");
  const std::string filtered = filter < 0 ? "; no filter of system calls" : "";

  // The program stays at the end of all namespaces, under a process 1 of bubblewrap's own.
  Strings words = {find_program("bwrap"),
                   "--unshare-all",
                   "--uid",
                   "1234",
                   "--gid",
                   "4321",
                   "--hostname",
                   "jail",
                   "--ro-bind",
                   root,
                   "/",
                   "--proc",
                   "/proc",
                   "--tmpfs",
                   "/run",
                   "--chdir",
                   "/",
                   "--clearenv",
                   "--cap-drop",
                   "ALL",
                   "--new-session",
                   "--die-with-parent"};
  if (filter >= 0) words.insert(words.end(), {"--seccomp", std::to_string(filter)});
  words.emplace_back("/first");
  Contender bubblewrap = with_its_root(starts("bubblewrap and making its root", words), root, Nodes::kNone);
  bubblewrap.before = [filter] { lseek(filter, 0, SEEK_SET); };

  const std::string bundle = directory + "/bundle";
  make_root(bundle + "/rootfs");
  escapes::make_bundle(bundle, {"/usr/bin/first"});
  hide_v2_controllers(directory);
  const Strings crun = {
      find_program("crun"), "--root", "/run/bench-crun", "run", "--bundle", bundle, "bench"};
  return {{"bubblewrap and making its root", words.front(),
           "a user namespace more, a read-only root of its own, /proc; no Landlock, no limits" + filtered,
           Coverage::kNoGroups, bubblewrap},
          {"crun", crun.front(),
           "/dev, /sys and masks more, cgroups; no Landlock; the root made long before" + filtered,
           Coverage::kAll, starts("crun", crun)}};
}

}  // namespace jailrun::integration::bench
