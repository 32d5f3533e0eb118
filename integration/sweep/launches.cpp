// SPDX-License-Identifier: Apache-2.0
#include "integration/sweep/launches.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"
#include "integration/support/workplace.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration::sweep {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// A value for a controller that this host has in version 2, if it has any.
Strings version_2_values() {
  if (v2_mount().empty()) return {};
  const std::string carried = " " + read_file(v2_mount() + "/cgroup.controllers");
  if (carried.find(" pids") != std::string::npos) return {"pids.max=100"};
  if (carried.find(" hugetlb") != std::string::npos) return {"hugetlb.2MB.max=0"};
  return {};
}

// default.conf with these too.
std::string with_stages(const std::string& sections, const std::string& before = "drop-privs") {
  std::string text = read_file(pipeline("default.conf"));
  return text.insert(text.find("\n[" + before + "]") + 1, sections);
}

// And with these at its end, before the program is started.
std::string with_last_stages(const std::string& sections) {
  std::string text = read_file(pipeline("default.conf"));
  return text.insert(text.find("\n[exec]") + 1, sections);
}

}  // namespace

Testbed::Testbed(Mount mount) : mount_(mount) {
  std::string made = workplace() + "/sweep-XXXXXX";
  if (mkdtemp(made.data()) == nullptr) throw_errno("make " + made);
  directory_ = made;
  for (const std::string& one : {made, base(), shown(), made + "/broken", made + "/program"}) {
    mkdir(one.c_str(), 0755);
    if (chmod(one.c_str(), 0755) != 0) throw_errno("make " + one);
  }
  write_file(shown() + "/file", "shown\n");
  write_file(shown() + "/sparse", "at its begin");
  if (truncate((shown() + "/sparse").c_str(), 1 << 20) != 0) throw_errno("make " + shown() + "/sparse");
  write_file(pipeline_with_files(), with_stages("[files]\n"));
  write_file(pipeline_with_libraries(), with_stages("[files]\n[library-closure]\n"));
  write_file(image(), "a disk\n");
  std::filesystem::resize_file(image(), 1UL << 20);
  write_file(volumes(), with_stages("[volume]\n"));
  write_file(pipeline_with_filter(), with_last_stages("[seccomp]\nprofile = docker\n"));
  write_file(pipeline_with_rules(), with_last_stages("[landlock]\nread = /\nwrite = /dev\nconnect-tcp = 443\n"
                                                     "scope = signals\nunsupported = warn\n"
                                                     "[seccomp]\nprofile = docker\n"));
  write_file(pipeline_with_capabilities(),
             with_last_stages("[capabilities]\nkeep-capabilities = kill\nsecurebits = noroot locked\n"));
  write_file(pipeline_with_namespaces(), with_stages("[isolate]\n"));
  write_file(pipeline_with_user_namespace(), with_stages("[user-namespace]\nmap-ids = root\n"));
  write_file(pipeline_with_mapped_bind(),
             with_stages("[bind]\nbind = " + shown() + ":/shown:idmap\n[user-namespace]\nmap-ids = root\n"));
  write_file(pipeline_with_attributes(), with_stages("[process]\n"));
  write_file(pipeline_with_proc(), with_stages("[proc]\nsubset = all\n"));
  write_file(pipeline_with_filesystems(), with_stages("[dev]\n[tmp]\n[shm]\n[files]\n", "devices"));
  write_file(pipeline_with_device_access(), with_stages("[device-access]\nunsupported = warn\n"));
  write_file(pipeline_with_user_net(), with_stages("[user-net]\npasta = " + test_file("background") + "\n"));
  write_file(pipeline_with_time_limit(), with_stages("[time-limit]\n"));
  write_file(pipeline_that_learns(),
             with_last_stages("[seccomp]\nlearn = " + directory_ + "/learned.json\n"));
  write_file(pipeline_that_notifies(), with_last_stages("[seccomp]\nprofile = docker\nviolation = notify\n"));
  write_file(broken(), "#!/an-interpreter-that-no-jail-has\n");
  if (chmod(broken().c_str(), 0755) != 0) throw_errno("make " + broken());
  std::filesystem::copy_file(test_file("probe"), program());
  std::filesystem::create_symlink(test_file("probe"), link());
  network_.emplace(netns());
  tun_.emplace(directory_ + "/tun");
  if (mount_ != Mount::kShared) return;
  if (::mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755") != 0 ||
      ::mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr) != 0)
    throw_errno("mount " + base());
}

Testbed::~Testbed() {
  tun_.reset();
  network_.reset();
  if (mount_ == Mount::kShared) {
    (void)run({runner(), "rm", "--host", "--reports"});
    (void)umount2(base().c_str(), MNT_DETACH);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Strings launch_command(const Testbed& testbed, const Strings& options, const std::string& program) {
  Strings words = {runner(), "--id",  kId,    "--exec-file",       program,       "--uid",
                   "1234",   "--gid", "4321", "--chroot-base-dir", testbed.base()};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"--", "--exit", std::to_string(kProgramStatus)});
  return words;
}

Strings launch_command(const Testbed& testbed, const Strings& options) {
  return launch_command(testbed, options, test_file("probe"));
}

Strings remove_command(const Testbed& testbed, const Strings& options) {
  Strings words = {runner(), "rm", "--chroot-base-dir", testbed.base()};
  words.insert(words.end(), options.begin(), options.end());
  words.push_back(std::string("probe/") + kId);
  return words;
}

std::vector<Launch> launches(const Testbed& testbed) {
  const Strings plain = {"--pipeline", pipeline("default.conf")};
  const auto with = [&](Strings options) {
    options.insert(options.begin(), plain.begin(), plain.end());
    return options;
  };
  const Strings groups = {"--cgroup", "cpuset.cpus=0", "--cgroup", "cpuset.mems=0"};
  // A root that is a mount of the launch's own.
  const Strings in_memory = {"--pipeline", pipeline("tmpfs.conf")};
  const Strings over_image = {"--pipeline", pipeline("overlay.conf"), "--overlay-lower", testbed.shown()};
  const auto leave_an_overlay = [words = launch_command(testbed, over_image)] { (void)run(words); };
  const auto leave_a_jail = [words = launch_command(testbed, with(groups))] {
    const Outcome outcome = run(words);
    if (outcome.exit_status != kProgramStatus)
      throw std::runtime_error("no jail to take away: " + outcome.text());
  };
  const auto fill_the_root = [jail = testbed.jail()] {
    std::filesystem::create_directories(jail + "/root/dev");
    write_file(jail + "/root/kernel", "a caller's\n");
    write_file(jail + "/root/probe", "a caller's, in the program's place\n");
  };
  Strings in_background = groups;
  in_background.insert(in_background.end(), {"--netns", testbed.netns(), "--daemonize"});
  const Strings bound = {"--pipeline", pipeline("qemu.conf"),
                         "--bind",     testbed.shown() + ":/shown:ro,nosuid,nodev",
                         "--bind",     testbed.shown() + "/file:/file:ro"};

  // Alternatives, the first of which is the last that works: no reflink on this filesystem, or
  // no link either.
  const std::string other_mount = "/sys/devices/system/cpu/online";
  const Strings files = {"--pipeline", testbed.pipeline_with_files(),
                         "--file",     testbed.shown() + "/file:/a/linked",
                         "--file",     other_mount + ":/a/bound",
                         "--file",     other_mount + ":/copied,way=copy",
                         "--file",     testbed.shown() + "/sparse:/sparse,way=copy,owner=jail",
                         "--file",     "/dev/null:/null"};
  const Strings libraries = {"--pipeline", testbed.pipeline_with_libraries(), "--library", "/bin/true"};

  // All that firecracker.conf has besides: a link's name, version 2, a pid namespace, limits, nodes
  // that may fail.
  Strings drop_in = {"--pipeline", pipeline("firecracker.conf"), "--cgroup-version",
                     "2",          "--resource-limit",           "core=0"};
  for (const std::string& value : version_2_values()) drop_in.insert(drop_in.end(), {"--cgroup", value});
  Strings new_pid_namespace = drop_in;
  new_pid_namespace.insert(new_pid_namespace.end(), {"--new-pid-ns", "--daemonize"});

  const Strings with_volume = {"--pipeline", testbed.volumes(), "--volume",
                               "disks/a=" + testbed.image() + ",size=2M"};
  const auto leave_a_volume = [words = launch_command(testbed, with_volume)] {
    const Outcome outcome = run(words);
    if (outcome.exit_status != kProgramStatus)
      throw std::runtime_error("no volume to take away: " + outcome.text());
  };

  const Strings isolated = {"--pipeline",         testbed.pipeline_with_namespaces(),
                            "--namespaces",       "ipc,uts,cgroup,net,time",
                            "--monotonic-offset", "1000"};
  Strings isolated_in_background = isolated;
  isolated_in_background.emplace_back("--daemonize");
  // Without a time namespace the process comes back by itself.
  const Strings isolated_but_time = {"--pipeline", testbed.pipeline_with_namespaces(), "--namespaces",
                                     "ipc,uts,cgroup,net"};
  const Strings with_network = {"--pipeline", testbed.pipeline_with_user_net()};
  const Strings with_network_in_background = {"--pipeline", testbed.pipeline_with_user_net(), "--daemonize"};
  const Strings in_user_namespace = {"--pipeline", testbed.pipeline_with_user_namespace()};
  const Strings in_user_namespace_in_background = {"--pipeline", testbed.pipeline_with_user_namespace(),
                                                   "--daemonize"};
  const Strings mapped = {"--pipeline", testbed.pipeline_with_mapped_bind()};
  // All that this kernel may do; what it lacks is done without.
  const Strings with_attributes = {"--pipeline",
                                   testbed.pipeline_with_attributes(),
                                   "--memory-deny-write-execute",
                                   "--core-scheduling",
                                   "--no-speculation",
                                   "all",
                                   "--terminal",
                                   "detach",
                                   "--no-core-dumps",
                                   "--umask",
                                   "077",
                                   "--oom-score-adj",
                                   "500",
                                   "--nice",
                                   "5",
                                   "--policy",
                                   "batch",
                                   "--io-priority",
                                   "idle",
                                   "--affinity",
                                   "0",
                                   "--unsupported",
                                   "warn"};
  Strings with_attributes_in_background = with_attributes;
  with_attributes_in_background.emplace_back("--daemonize");
  const Strings with_terminal = {"--pipeline", testbed.pipeline_with_attributes(), "--supervise",
                                 "--terminal", "pty"};
  const Strings with_init = {"--pipeline", pipeline("firecracker.conf"), "--new-pid-ns", "--init",
                             "--daemonize"};
  const Strings limited = {
      "--pipeline", testbed.pipeline_with_time_limit(), "--supervise", "--wall", "1h", "--cpu", "1h"};
  const Strings with_proc = {"--pipeline", testbed.pipeline_with_proc()};
  // As many kinds of action as can be: files in a filesystem that is mounted later, the host's nodes, a
  // sealed root.
  const Strings with_filesystems = {"--pipeline", testbed.pipeline_with_filesystems(), "--read-only-root",
                                    "--file", testbed.shown() + "/file:/tmp/below,mode=0600"};
  Strings with_host_nodes = with_filesystems;
  with_host_nodes.insert(with_host_nodes.end(), {"--dev-way", "bind"});
  Strings filesystems_in_background = with_filesystems;
  filesystems_in_background.emplace_back("--daemonize");
  const Strings filtered = {"--pipeline", testbed.pipeline_with_filter()};
  const Strings killing = {"--pipeline", testbed.pipeline_with_filter(), "--violation", "kill"};
  const Strings filtered_in_background = {"--pipeline", testbed.pipeline_with_filter(), "--daemonize"};
  const Strings once = {"--pipeline", testbed.pipeline_with_filter(), "--exec", "once"};
  const Strings with_rules = {"--pipeline", testbed.pipeline_with_rules()};

  const Strings limited_devices = {"--pipeline", testbed.pipeline_with_device_access(), "--device-rule",
                                   "c 1:3 rw"};
  Strings limited_devices_in_background = limited_devices;
  limited_devices_in_background.emplace_back("--daemonize");
  const Strings capable = {"--pipeline", testbed.pipeline_with_capabilities()};
  const Strings vmm = {"--pipeline", pipeline("firecracker-hardened.conf")};
  Strings vmm_in_background = vmm;
  vmm_in_background.insert(vmm_in_background.end(), {"--new-pid-ns", "--daemonize"});
  // Not with what QEMU needs of the host, which may lack it.
  const Strings emulator = {"--pipeline", pipeline("qemu-hardened.conf"), "--bind",
                            testbed.shown() + ":/lib:ro,nosuid,nodev"};

  const Strings capable_in_background = {"--pipeline", testbed.pipeline_with_capabilities(), "--daemonize"};

  return {
      {"drop-in", Kind::kInPlace, launch_command(testbed, drop_in, testbed.link())},
      {"drop-in-pid-ns", Kind::kInBackground, launch_command(testbed, new_pid_namespace, testbed.link()), 0},
      {"drop-in-failing-exec", Kind::kFailingExec, launch_command(testbed, drop_in, testbed.broken()), 1},
      {"plain", Kind::kInPlace, launch_command(testbed, plain)},
      {"cgroups-netns-daemon", Kind::kInBackground, launch_command(testbed, with(in_background)), 0},
      {"supervised", Kind::kSupervised,
       launch_command(testbed, with({"--supervise", "--cgroup", "pids.max=100"}))},
      {"program-link", Kind::kInPlace,
       launch_command(testbed, with({"--program", "link"}), testbed.program())},
      {"program-bind", Kind::kInPlace, launch_command(testbed, with({"--program", "bind"}))},
      {"qemu-bind", Kind::kInPlace, launch_command(testbed, bound)},
      {"tmpfs-root", Kind::kInPlace, launch_command(testbed, in_memory)},
      {"overlay-root", Kind::kInPlace, launch_command(testbed, over_image)},
      {"overlay-root-failing-exec", Kind::kFailingExec, launch_command(testbed, over_image, testbed.broken()),
       1},
      {"rm-overlay-root", Kind::kRemoval, remove_command(testbed), 0, leave_an_overlay},
      {"files", Kind::kInPlace, launch_command(testbed, files)},
      {"libraries", Kind::kInPlace, launch_command(testbed, libraries)},
      {"files-failing-exec", Kind::kFailingExec, launch_command(testbed, files, testbed.broken()), 1},
      {"filled-root", Kind::kInPlace, launch_command(testbed, with({"--cgroup", "cpuset.cpus=0"})),
       kProgramStatus, fill_the_root, true},
      {"replace", Kind::kInPlace, launch_command(testbed, with({"--replace"})), kProgramStatus, leave_a_jail},
      {"failing-exec", Kind::kFailingExec, launch_command(testbed, with(groups), testbed.broken()), 1},
      {"namespaces", Kind::kInPlace, launch_command(testbed, isolated)},
      {"namespaces-in-child", Kind::kInBackground, launch_command(testbed, isolated_in_background), 0},
      {"namespaces-failing-exec", Kind::kFailingExec, launch_command(testbed, isolated, testbed.broken()), 1},
      {"namespaces-failing-exec-by-ticket", Kind::kFailingExec,
       launch_command(testbed, isolated_but_time, testbed.broken()), 1},
      {"user-net", Kind::kInPlace, launch_command(testbed, with_network)},
      {"user-net-in-child", Kind::kInBackground, launch_command(testbed, with_network_in_background), 0},
      {"user-net-failing-exec", Kind::kFailingExec, launch_command(testbed, with_network, testbed.broken()),
       1},
      {"user-namespace", Kind::kInPlace, launch_command(testbed, in_user_namespace)},
      {"user-namespace-in-child", Kind::kInBackground,
       launch_command(testbed, in_user_namespace_in_background), 0},
      {"user-namespace-failing-exec", Kind::kFailingExec,
       launch_command(testbed, in_user_namespace, testbed.broken()), 1},
      {"mapped-bind", Kind::kInPlace, launch_command(testbed, mapped)},
      {"mapped-bind-failing-exec", Kind::kFailingExec, launch_command(testbed, mapped, testbed.broken()), 1},
      {"attributes", Kind::kInPlace, launch_command(testbed, with_attributes)},
      {"attributes-in-child", Kind::kInBackground, launch_command(testbed, with_attributes_in_background), 0},
      {"attributes-failing-exec", Kind::kFailingExec,
       launch_command(testbed, with_attributes, testbed.broken()), 1},
      {"terminal", Kind::kSupervised, launch_command(testbed, with_terminal)},
      {"terminal-failing-exec", Kind::kFailingExec, launch_command(testbed, with_terminal, testbed.broken()),
       1},
      {"init", Kind::kInBackground, launch_command(testbed, with_init), 0},
      {"init-failing-exec", Kind::kFailingExec, launch_command(testbed, with_init, testbed.broken()), 1},
      {"time-limit", Kind::kSupervised, launch_command(testbed, limited)},
      {"learn", Kind::kSupervised,
       launch_command(testbed, {"--pipeline", testbed.pipeline_that_learns(), "--supervise"})},
      {"notify", Kind::kSupervised,
       launch_command(testbed, {"--pipeline", testbed.pipeline_that_notifies(), "--supervise"})},
      {"proc", Kind::kInPlace, launch_command(testbed, with_proc)},
      {"proc-failing-exec", Kind::kFailingExec, launch_command(testbed, with_proc, testbed.broken()), 1},
      {"filesystems", Kind::kInPlace, launch_command(testbed, with_filesystems)},
      {"filesystems-in-child", Kind::kInBackground, launch_command(testbed, filesystems_in_background), 0},
      {"filesystems-failing-exec", Kind::kFailingExec,
       launch_command(testbed, with_host_nodes, testbed.broken()), 1},
      {"filter", Kind::kInPlace, launch_command(testbed, filtered)},
      {"filter-in-child", Kind::kInBackground, launch_command(testbed, filtered_in_background), 0},
      {"filter-failing-exec", Kind::kFailingExec, launch_command(testbed, killing, testbed.broken()), 1},
      {"exec-once", Kind::kInPlace, launch_command(testbed, once)},
      {"exec-once-failing-exec", Kind::kFailingExec, launch_command(testbed, once, testbed.broken()), 1},
      {"landlock", Kind::kInPlace, launch_command(testbed, with_rules)},
      {"landlock-failing-exec", Kind::kFailingExec, launch_command(testbed, with_rules, testbed.broken()), 1},
      {"capabilities", Kind::kInPlace, launch_command(testbed, capable)},
      {"capabilities-in-child", Kind::kInBackground, launch_command(testbed, capable_in_background), 0},
      {"capabilities-failing-exec", Kind::kFailingExec, launch_command(testbed, capable, testbed.broken()),
       1},
      {"device-access", Kind::kInPlace, launch_command(testbed, limited_devices)},
      {"device-access-in-child", Kind::kInBackground, launch_command(testbed, limited_devices_in_background),
       0},
      {"device-access-failing-exec", Kind::kFailingExec,
       launch_command(testbed, limited_devices, testbed.broken()), 1},
      {"hardened", Kind::kInBackground, launch_command(testbed, {"--pipeline", pipeline("hardened.conf")}),
       0},
      {"firecracker-hardened", Kind::kInPlace, launch_command(testbed, vmm, testbed.link())},
      {"firecracker-hardened-pid-ns", Kind::kInBackground, launch_command(testbed, vmm_in_background), 0},
      {"firecracker-hardened-failing-exec", Kind::kFailingExec,
       launch_command(testbed, vmm, testbed.broken()), 1},
      {"qemu-hardened", Kind::kInBackground, launch_command(testbed, emulator), 0},
      {"rm", Kind::kRemoval, remove_command(testbed), 0, leave_a_jail},
      {"volume", Kind::kInPlace, launch_command(testbed, with_volume)},
      {"volume-rm", Kind::kRemoval, remove_command(testbed), 0, leave_a_volume},
  };
}

void keep_template(const Testbed& testbed) {
  (void)run({runner(), "rm", "--host", "--reports"});  // perhaps a note that there can be none
  (void)run(launch_command(testbed, {"--pipeline", pipeline("default.conf")}));
  (void)run(remove_command(testbed));
}

std::vector<Launch> template_launches(const Testbed& testbed) {
  const Strings plain = {"--pipeline", pipeline("default.conf")};
  Strings in_background = plain;
  in_background.emplace_back("--daemonize");
  Launch first = {"template-made", Kind::kInPlace, launch_command(testbed, plain)};
  first.before_each = [] { (void)run({runner(), "rm", "--host", "--reports"}); };
  Launch without = {"without-template", Kind::kInPlace, launch_command(testbed, plain)};
  without.before_each = [] {
    (void)run({runner(), "rm", "--host", "--reports"});
    std::filesystem::create_directories("/run/jailrun/templates");
    write_file("/run/jailrun/templates/empty-root.none", "");
  };
  Launch mounted = {"without-template-in-memory", Kind::kInPlace,
                    launch_command(testbed, {"--pipeline", pipeline("tmpfs.conf")})};
  mounted.before_each = without.before_each;
  Launch child = {"without-template-in-child", Kind::kInBackground, launch_command(testbed, in_background),
                  0};
  child.before_each = without.before_each;
  return {first, without, mounted, child};
}

}  // namespace jailrun::integration::sweep
