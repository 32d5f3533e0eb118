// SPDX-License-Identifier: Apache-2.0
//
// The methods with which a stage plans. Included by stage.hpp.
#ifndef JAILRUN_PLAN_HPP
#define JAILRUN_PLAN_HPP

#include "context.hpp"
#include "plugin.h"
#include "strings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jailrun {

// A host path. Where a method takes a plain string, the path is in the jail.
struct Host {
  std::string path;
};
inline Host on_host(std::string path) { return {std::move(path)}; }

// What Plan::landlock() restricts, and what it still allows: JR_LANDLOCK_... of plugin.h.
struct LandlockRules {
  uint64_t files = 0;                                     // what can be done with files only below `paths`
  uint64_t ports = 0;                                     // what can be done with TCP only with `port_rules`
  uint64_t scopes = 0;                                    // JR_LANDLOCK_SCOPE_...
  std::vector<std::pair<std::string, uint64_t>> paths;    // with what is allowed there
  std::vector<std::pair<uint64_t, uint64_t>> port_rules;  // ports, with what is allowed
};

// A program that Plan::helper() starts: see jr_helper of plugin.h.
struct HelperProgram {
  std::string name;
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  jr_owner owner = {0, 0};
  uint32_t flags = 0;  // JR_HELPER_...
  uint64_t start_ms = 5000;
};

// A context to which actions can be appended. Nothing is done yet: the runner shows the plan, or performs it
// and can roll it back.
//
// What holds for every method:
//  - The tag says in which phase the action is done: [prepare], with the host in view, or [enter], in the
//    process that becomes the program.
//  - Paths are absolute, without ".", ".." or empty components. In the jail they are resolved below its root,
//    and through no symbolic link.
//  - Modes are permission bits and exact: no umask is applied.
//  - Everything is copied; nothing need outlive the call.
//  - A refusal by the runner (a path that is not absolute, an action at the wrong place) is remembered, and
//    the launch is refused with its sentence once plan() returns. So no method returns anything to check. If
//    this jailrun is older than the header and lacks the action, that is such a refusal.
//  - An action that fails when it is performed fails the launch, which is then rolled back completely.
class Plan : public Context {
 public:
  Plan(const jr_host* host, jr_ctx* ctx, const jr_actions* actions)
      : Context(host, ctx), host_(host), actions_(actions) {}

  // [prepare] Claims <base>/<name>/<id> for this launch: makes the directories that are missing, root's,
  // 0755, and writes the ledger there. Exactly once in a pipeline, before every action that makes something;
  // validate-id does it. Fails if the id is taken.
  void claim(std::string_view base, std::string_view name, std::string_view id) {
    append(&jr_actions::claim, "claim", to_str(base), to_str(name), to_str(id));
  }

  // [prepare] Another name of the jail: <base>/<name>/<id> becomes a symbolic link to the directory that was
  // claimed. Fails if something else is already there.
  void alias(std::string_view name) { append(&jr_actions::alias, "alias", to_str(name)); }

  // [prepare] Closes the descriptors that jailrun inherited, except 0, 1, 2 and those in `keep`.
  void close_inherited(const std::vector<uint32_t>& keep = {}) {
    append(&jr_actions::close_inherited, "close_inherited", keep.data(), static_cast<uint64_t>(keep.size()));
  }

  // [prepare] Makes the host directory that is the jail's root from here on. Only after it can paths in the
  // jail be planned. A second stage may plan the same path: it is made once.
  //
  //   plan.root(jailrun::on_host(plan.text_fact("jail.directory") + "/root"), 0700, plan.user());
  void root(const Host& at, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, host_path(at), owner};
    append(&jr_actions::root, "root", &raw);
  }

  // [prepare] Makes a directory, in the jail or on the host. Its parent must exist. A directory that exists
  // already keeps its mode and owner, and is never removed.
  void directory(std::string_view path, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, jail_path(path), owner};
    append(&jr_actions::directory, "directory", &raw);
  }
  void directory(const Host& at, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, host_path(at), owner};
    append(&jr_actions::directory, "directory", &raw);
  }

  // [prepare] Makes a regular file with this content; root's, unless said otherwise. A file that is already
  // there is set aside and put back when the jail is removed. The content is not shown in the plan.
  void write(std::string_view path, std::string_view content, uint32_t mode, jr_owner owner = {0, 0}) {
    const jr_write raw{sizeof raw, mode, jail_path(path), owner, {content.data(), content.size()}};
    append(&jr_actions::write, "write", &raw);
  }

  // [prepare] Copies a regular host file: a new inode, whose data is shared copy-on-write if the
  // filesystem can do so. `flags`: JR_COPY_REFLINK for an error where it can't. A file that is already
  // there is treated as by write().
  void copy(const Host& source, std::string_view path, jr_owner owner, uint32_t mode = JR_MODE_OF_SOURCE,
            uint32_t flags = 0) {
    const jr_copy raw{sizeof raw, mode, jail_path(path), owner, to_str(source.path), flags, 0};
    append(&jr_actions::copy, "copy", &raw);
  }

  // [prepare] A hard link to a regular host file: the same inode, owner and mode. Both must be on one
  // filesystem and mount, else EXDEV. A file that is already there is treated as by write().
  void link(const Host& source, std::string_view path) {
    const jr_link raw{sizeof raw, 0, jail_path(path), to_str(source.path)};
    append(&jr_actions::link, "link", &raw);
  }

  // [prepare] A symbolic link, root's. One with this target that is already there is kept.
  //
  //   plan.symlink("/proc/self/fd", "/dev/fd");
  void symlink(std::string_view target, std::string_view path) {
    const jr_symlink raw{sizeof raw, 0, jail_path(path), to_str(target)};
    append(&jr_actions::symlink, "symlink", &raw);
  }

  // Alternatives: the first that this host can do is taken. Each is a name, which the plan shows, and a
  // function that plans it:
  //
  //   plan.first_of("link", [&] { plan.link(source, "/disk"); },
  //                 "copy", [&] { plan.copy(source, "/disk", plan.user()); });
  //
  // The next one is tried if the kernel reports that it can't do this one: EXDEV, EOPNOTSUPP or ENOSYS, and a
  // few more for link() and reflinks, see plugin.h. Any other error fails the launch. An alternative may hold
  // directory, write, copy, link, symlink, node, bind, mount, join and call.
  template <class... NamesAndParts>
  void first_of(NamesAndParts&&... names_and_parts) {
    begin_first_of();
    alternatives(names_and_parts...);
    end_first_of();
  }

  // The same for a number of alternatives that is not known in advance: everything planned after
  // alternative() belongs to it, until the next or the end.
  //
  //   plan.begin_first_of();
  //   for (const std::string& method : methods) {
  //     plan.alternative(method);
  //     place(plan, method);
  //   }
  //   plan.end_first_of();
  void begin_first_of() { append(&jr_actions::first_of, "first_of"); }
  void alternative(std::string_view name) { append(&jr_actions::alternative, "alternative", to_str(name)); }
  void end_first_of() { append(&jr_actions::end_first_of, "end_first_of"); }

  // [prepare] Makes a device node. `type` is JR_NODE_CHAR or JR_NODE_BLOCK; `flags` is JR_NODE_MAY_FAIL if
  // the launch should continue without it. Needs CAP_MKNOD.
  //
  //   plan.node("/dev/kvm", JR_NODE_CHAR, 10, 232, 0600, plan.user());
  void node(std::string_view path, uint32_t type, uint32_t major, uint32_t minor, uint32_t mode,
            jr_owner owner, uint32_t flags = 0) {
    const jr_node raw{sizeof raw, mode, jail_path(path), owner, type, major, minor, flags};
    append(&jr_actions::node, "node", &raw);
  }

  // [prepare] Makes a file with the program's pid in decimal, without a newline, as the caller's pid
  // namespace counts. It is written before the program starts.
  void pid_file(std::string_view path, uint32_t mode, jr_owner owner) {
    append(&jr_actions::pid_file, "pid_file", jail_path(path), mode, owner);
  }

  // [prepare, enter] Requests that the jail is in `group` with this value in `file`; the process joins in
  // enter. The runner merges the requests of all stages: the last one for a file wins, except that one with
  // JR_CGROUP_DEFAULT in `flags` gives way. `version` is 1, 2, or 0 for whichever carries the controller.
  //
  //   plan.cgroup(2, "vmm/web-1", "memory.max", "512M");
  void cgroup(uint32_t version, std::string_view group, std::string_view file, std::string_view value,
              uint32_t flags = 0) {
    const jr_cgroup raw{sizeof raw, flags, to_str(group), to_str(file), to_str(value), version, 0};
    append(&jr_actions::cgroup, "cgroup", &raw);
  }

  // [enter] Joins a version 2 group that exists, and changes nothing in it.
  void join_cgroup(std::string_view group) {
    const jr_cgroup raw{sizeof raw, JR_CGROUP_JOIN, to_str(group), to_str(""), to_str(""), 2, 0};
    append(&jr_actions::cgroup, "cgroup", &raw);
  }

  // [enter] A private mount namespace whose root is the jail's root, the old root gone; cwd is /. After
  // root(); chroot-builder does it. The stage needs JR_TRAIT_CHANGES_ROOT and CAP_SYS_ADMIN.
  void new_root() { append(&jr_actions::new_root, "new_root"); }

  // [prepare, enter] Shows a host directory or file in the jail, at a path that exists and is of the same
  // kind. After new_root(), so that the host's mount table does not show it. `flags`: JR_MOUNT_...,
  // JR_BIND_...
  //
  //   plan.directory("/data", 0755, {0, 0});
  //   plan.bind(jailrun::on_host("/srv/data"), "/data", JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV);
  void bind(const Host& source, std::string_view path, uint32_t flags) {
    const jr_bind raw{sizeof raw, flags, to_str(source.path), jail_path(path)};
    append(&jr_actions::bind, "bind", &raw);
  }

  // [enter] Mounts a new filesystem at a directory in the jail. After new_root(), and before anything is
  // planned below the path, which it would hide. `data` are the filesystem's own options.
  //
  //   plan.mount("tmpfs", "/tmp", JR_MOUNT_NODEV | JR_MOUNT_NOSUID, "size=16m,mode=1777");
  void mount(std::string_view type, std::string_view path, uint32_t flags, std::string_view data = "") {
    const jr_mount raw{sizeof raw, flags, to_str(type), to_str(""), jail_path(path), to_str(data)};
    append(&jr_actions::mount, "mount", &raw);
  }

  // [prepare, enter] The same, made in prepare: what is planned below the path after this is made in it, by
  // whichever stage, and is gone with the jail's last process.
  //
  //   plan.filesystem("tmpfs", "/dev", JR_MOUNT_NOSUID | JR_MOUNT_NOEXEC, "size=64k,mode=0755");
  //   plan.node("/dev/null", JR_NODE_CHAR, 1, 3, 0666, {0, 0});
  void filesystem(std::string_view type, std::string_view path, uint32_t flags, std::string_view data = "") {
    mount(type, path, flags | JR_MOUNT_PREPARE, data);
  }

  // [enter] Makes the mount of the jail's root read-only, after all other mounts and right before the
  // credentials are changed: the program can write to nothing but what is mounted in it. After new_root().
  void read_only_root() { append(&jr_actions::read_only_root, "read_only_root"); }

  // [prepare] Mounts a new filesystem on the jail's root, on the host; it is unmounted when the jail is
  // removed. Once, after root() and before anything is planned in the jail.
  void mount_root(std::string_view type, uint32_t flags, std::string_view data = "") {
    mount(type, "/", flags | JR_MOUNT_PREPARE, data);
  }

  // [prepare] Makes the jail's root an overlay of the host directory `lower`, which is never changed. `mode`
  // and `owner` are the root's. Once, after root() and before anything is planned in the jail.
  void overlay_root(const Host& lower, uint32_t mode, jr_owner owner, uint32_t flags) {
    const jr_overlay raw{sizeof raw, flags, to_str(lower.path), owner, mode, 0};
    append(&jr_actions::overlay_root, "overlay_root", &raw);
  }

  // [prepare, enter] Joins an existing namespace: opened in prepare, joined in enter. `type` is a
  // CLONE_NEW... flag of sched.h; a file that is not such a namespace is an error.
  //
  //   plan.join(jailrun::on_host("/run/netns/web-1"), CLONE_NEWNET);
  void join(const Host& path, uint32_t type) {
    const jr_join raw{sizeof raw, type, to_str(path.path)};
    append(&jr_actions::join, "join", &raw);
  }

  // [prepare, enter] Makes a namespace of the process's own and enters it. `type` is CLONE_NEWIPC,
  // CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWNET, with loopback up, or CLONE_NEWTIME of linux/sched.h; each
  // once in a plan. A cgroup namespace has the group that the process is in as its root: after what joins it.
  // `flags`: JR_NAMESPACE_IF_SUPPORTED to continue without it where the kernel has none. isolate does it.
  //
  //   plan.new_namespace(CLONE_NEWIPC);
  void new_namespace(uint32_t type, uint32_t flags = 0) {
    const jr_new_namespace raw{sizeof raw, type, flags, 0, to_str(""), to_str(""), 0, 0};
    append(&jr_actions::new_namespace, "new_namespace", &raw);
  }

  // [enter] The same for CLONE_NEWUTS, with names: at most 64 bytes; empty for those that the host has.
  void new_uts_namespace(std::string_view hostname, std::string_view domainname, uint32_t flags = 0) {
    const jr_new_namespace raw{sizeof raw, 0x04000000, flags, 0, to_str(hostname), to_str(domainname), 0, 0};
    append(&jr_actions::new_namespace, "new_namespace", &raw);
  }

  // [prepare, enter] The same for CLONE_NEWTIME, with what is added to CLOCK_MONOTONIC and CLOCK_BOOTTIME, in
  // nanoseconds.
  void new_time_namespace(int64_t monotonic, int64_t boottime, uint32_t flags = 0) {
    const jr_new_namespace raw{sizeof raw, 0x80, flags, 0, to_str(""), to_str(""), monotonic, boottime};
    append(&jr_actions::new_namespace, "new_namespace", &raw);
  }

  // [prepare, enter] Makes a user namespace with these maps, which credentials(), planned later, enters.
  // `flags`: JR_NAMESPACE_IF_SUPPORTED, JR_USER_NAMESPACE_SETGROUPS, JR_USER_NAMESPACE_NESTED. user-namespace
  // does it.
  //
  //   plan.user_namespace({{0, user.uid, 1}}, {{0, user.gid, 1}});  // the program is root, in it
  void user_namespace(const std::vector<jr_id_range>& uids, const std::vector<jr_id_range>& gids,
                      uint32_t flags = 0) {
    user_namespace(uids, gids, IdLease(), flags);
  }

  // With ids besides that no other jail has: `count` of those outside of `pool`, mapped to `inside` and on.
  // Which, is chosen at launch.
  struct IdLease {
    std::vector<jr_id_range> pool;
    uint32_t inside = 0;
    uint32_t count = 0;
  };
  void user_namespace(const std::vector<jr_id_range>& uids, const std::vector<jr_id_range>& gids,
                      const IdLease& lease, uint32_t flags) {
    const jr_user_namespace raw{sizeof raw,   flags,       uids.data(),       uids.size(),
                                gids.data(),  gids.size(), lease.pool.data(), lease.pool.size(),
                                lease.inside, lease.count};
    append(&jr_actions::user_namespace, "user_namespace", &raw);
  }

  // [enter] Binds memory to a NUMA node and the process to CPUs: "0-3,8". For hosts
  // without a cpuset controller.
  void numa(uint32_t node, std::string_view cpus) {
    const jr_numa raw{sizeof raw, node, to_str(cpus)};
    append(&jr_actions::numa, "numa", &raw);
  }

  // One standard stream: JR_STREAM_..., and a host path for JR_STREAM_FILE.
  struct Stream {
    uint32_t kind = JR_STREAM_NULL;
    std::string file = {};
  };

  // [prepare, enter] Runs the program in a new session, in a child: jailrun returns once the exec has
  // succeeded. The stage needs JR_TRAIT_FORKS.
  //
  //   plan.session({}, {JR_STREAM_FILE, "/var/log/vmm.log"}, {JR_STREAM_SYSLOG});
  void session(const Stream& in, const Stream& out, const Stream& err) {
    const jr_session raw{
        sizeof raw, {in.kind, out.kind, err.kind}, {to_str(in.file), to_str(out.file), to_str(err.file)}};
    append(&jr_actions::session, "session", &raw);
  }

  // [enter] A new pid namespace, in which the program is process 1. jailrun returns once the exec has
  // succeeded. The stage needs JR_TRAIT_FORKS.
  void pid_namespace() { append(&jr_actions::pid_namespace, "pid_namespace"); }

  // [prepare, enter] Makes jailrun's own init process 1 of the new pid namespace, after pid_namespace(). It
  // reaps processes, forwards signals to the program, and exits as the program does.
  void init() { append(&jr_actions::init, "init"); }

  // [enter] Changes to these ids, real, effective and saved, with exactly these supplementary groups. The
  // stage needs JR_TRAIT_DROPS_PRIVILEGE; drop-privs does it.
  void credentials(jr_owner owner, const std::vector<uint32_t>& groups = {}) {
    const jr_credentials raw{sizeof raw, static_cast<uint32_t>(groups.size()), owner, groups.data()};
    append(&jr_actions::credentials, "credentials", &raw);
  }

  // [enter] A limit of setrlimit(2): RLIMIT_..., in the resource's own unit, UINT64_MAX for unlimited.
  // It takes effect immediately before the exec, so it does not limit the launch. A soft limit above
  // the hard one is refused.
  //
  //   plan.limit(RLIMIT_NOFILE, 1024, 4096);
  void limit(uint32_t resource, uint64_t soft, uint64_t hard) {
    const jr_limit raw{sizeof raw, resource, soft, hard};
    append(&jr_actions::limit, "limit", &raw);
  }

  // How long the program may run; 0 for no limit.
  struct TimeLimit {
    uint64_t wall_ms = 0;
    uint64_t cpu_s = 0;
    uint64_t grace_ms = 0;
  };

  // [enter] Limits the time that the program may run: from its exec on, which takes a supervised launch, and
  // of CPU time for each of its processes. It is asked to end, and after the grace killed. time-limit does
  // it.
  //
  //   plan.time_limit({60000, 0, 5000});
  void time_limit(const TimeLimit& wanted) {
    const jr_time_limit raw{sizeof raw, 0, wanted.wall_ms, wanted.cpu_s, wanted.grace_ms};
    append(&jr_actions::time_limit, "time_limit", &raw);
  }

  // [prepare, enter] Starts a program of the host beside the jail's, which ends with that. jr_helper of
  // plugin.h says what it can rely on. user-net does it.
  //
  //   plan.helper({"ntp", "/usr/lib/site/ntp-proxy", {"--quiet"}, {}, {997, 997}});
  void helper(const HelperProgram& wanted) {
    const std::vector<jr_str> arguments = to_list(wanted.arguments);
    const std::vector<jr_str> environment = to_list(wanted.environment);
    const jr_helper raw{sizeof raw,
                        wanted.flags,
                        to_str(wanted.name),
                        to_str(wanted.path),
                        {arguments.data(), arguments.size()},
                        {environment.data(), environment.size()},
                        wanted.owner,
                        wanted.start_ms};
    append(&jr_actions::helper, "helper", &raw);
  }

  // [enter] Loads a filter of system calls: `program` is the bytes of a struct sock_filter[] of
  // linux/filter.h. It is loaded immediately before the exec, and refused while planning if it would stop
  // that. The plan shows `name`, the number of instructions and `line`. `flags`: JR_FILTER_... What the
  // filter leaves to the supervisor (JR_FILTER_NOTIFY) fails with `error_number`, or is let through and noted
  // in the file `learn`. The stage needs JR_TRAIT_RESTRICTS; seccomp does it.
  void filter(std::string_view name, std::string_view line, std::string_view program, uint32_t flags = 0,
              uint32_t error_number = 0, std::string_view learn = {}) {
    const jr_filter raw{sizeof raw,   flags, to_str(name), to_str(line), {program.data(), program.size()},
                        error_number, 0,     to_str(learn)};
    append(&jr_actions::filter, "filter", &raw);
  }

  // [enter] Restricts the program by Landlock, see landlock(7): what `files`, `ports` and `scopes` name is
  // denied, unless a rule allows it. The rules must let the program itself be read and executed. Paths are in
  // the jail, and must exist when it is entered. `flags`: JR_LANDLOCK_IF_SUPPORTED, where the launch is not
  // to be refused on a kernel that can't restrict all of this. The stage needs JR_TRAIT_RESTRICTS; landlock
  // does it.
  //
  //   jailrun::LandlockRules rules;
  //   rules.files = JR_LANDLOCK_EXECUTE | JR_LANDLOCK_WRITE_FILE;
  //   rules.paths = {{"/vmm", JR_LANDLOCK_EXECUTE}, {"/run", JR_LANDLOCK_WRITE_FILE}};
  //   plan.landlock(rules);
  void landlock(const LandlockRules& rules, uint32_t flags = 0) {
    std::vector<jr_landlock_path> paths;
    std::vector<jr_landlock_port> ports;
    for (const auto& [path, access] : rules.paths) paths.push_back({jail_path(path), access});
    for (const auto& [port, access] : rules.port_rules) ports.push_back({port, access});
    const jr_landlock raw{sizeof raw,   flags,        rules.files,  rules.ports, rules.scopes,
                          paths.data(), paths.size(), ports.data(), ports.size()};
    append(&jr_actions::landlock, "landlock", &raw);
  }

  // Sets of capabilities: bit n for number n of linux/capability.h; UINT64_MAX for all, in `bounding`.
  struct Capabilities {
    uint64_t bounding = 0;
    uint64_t permitted = 0;
    uint64_t inheritable = 0;
    uint64_t ambient = 0;     // each of them permitted and inheritable, too
    uint32_t securebits = 0;  // SECBIT_... of linux/securebits.h
  };

  // [enter] The program's capabilities and securebits, which take effect immediately before the exec. Once in
  // a plan. A program whose uid is not 0 has what is ambient; one whose uid is 0 what is bounding or
  // inheritable, unless SECBIT_NOROOT is set. The stage needs JR_TRAIT_RESTRICTS; capabilities does it.
  //
  //   const uint64_t kept = 1UL << CAP_NET_BIND_SERVICE;
  //   plan.capabilities({kept, kept, kept, kept, 0});
  void capabilities(const Capabilities& sets) {
    const jr_capabilities raw{sizeof raw,     sets.securebits,  sets.bounding,
                              sets.permitted, sets.inheritable, sets.ambient};
    append(&jr_actions::capabilities, "capabilities", &raw);
  }

  // [enter] Something that the kernel passes on to the program: JR_ATTRIBUTE_..., with the values that
  // plugin.h tells for it; each kind once in a plan, before credentials(). `flags`: JR_ATTRIBUTE_IF_SUPPORTED
  // to continue without it where the kernel lacks it. process does it.
  //
  //   plan.attribute(JR_ATTRIBUTE_NICE, 10);
  //   plan.attribute(JR_ATTRIBUTE_DENY_WRITE_EXECUTE);
  void attribute(uint32_t kind, int64_t value = 0, int64_t second = 0, uint32_t flags = 0) {
    const jr_attribute raw{sizeof raw, kind, value, second, to_str(""), flags, 0};
    append(&jr_actions::attribute, "attribute", &raw);
  }

  // [enter] The CPUs that the program runs on: "0-3,8".
  void affinity(std::string_view cpus) {
    const jr_attribute raw{sizeof raw, JR_ATTRIBUTE_AFFINITY, 0, 0, to_str(cpus), 0, 0};
    append(&jr_actions::attribute, "attribute", &raw);
  }

  // [prepare, enter] Limits the devices that the jail's processes can use to those of `rules`, by a program
  // that is attached to the jail's own group, relative to the cgroup version 2 hierarchy. `flags`:
  // JR_DEVICE_RULES_NODES allows reading and writing devices whose nodes the launch makes or binds in the
  // jail, JR_DEVICE_RULES_IF_SUPPORTED continues without rules where the kernel has no such programs. Once in
  // a plan, before credentials(). device-access does it.
  //
  //   plan.device_rules("vms/web-1", {{JR_NODE_CHAR, 10, 232, JR_DEVICE_READ | JR_DEVICE_WRITE}});
  void device_rules(std::string_view group, const std::vector<jr_device_rule>& rules, uint32_t flags = 0) {
    const jr_device_rules raw{sizeof raw, flags, to_str(group), rules.data(), rules.size()};
    append(&jr_actions::device_rules, "device_rules", &raw);
  }

  // [prepare, enter] The label that a security module gives the program: JR_LABEL_APPARMOR, the name of a
  // profile, or JR_LABEL_SELINUX, a context. `flags`: JR_LABEL_IF_SUPPORTED to continue without it where that
  // module is not in force. The stage needs JR_TRAIT_RESTRICTS; label does it.
  void label(uint32_t kind, std::string_view text, uint32_t flags = 0) {
    const jr_label raw{sizeof raw, kind, to_str(text), flags, 0};
    append(&jr_actions::label, "label", &raw);
  }

  // [enter] Starts the program at `path`, which is argv[0]; `arguments` are argv[1] and on. `environment` is
  // complete: "NAME=VALUE", or "NAME" for the caller's value. Once, as the last action; the stage needs
  // JR_TRAIT_TERMINAL. `flags`: JR_EXEC_JAILER_ARGUMENTS, JR_EXEC_NEW_PRIVILEGES.
  void exec(std::string_view path, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment, uint32_t flags) {
    const std::vector<jr_str> argv = to_list(arguments);
    const std::vector<jr_str> envp = to_list(environment);
    const jr_exec raw{
        sizeof raw, flags, jail_path(path), {argv.data(), argv.size()}, {envp.data(), envp.size()}};
    append(&jr_actions::exec, "exec", &raw);
  }

  // [prepare or enter] Work of the stage's own, where no action serves: in `phase`, JR_PREPARE or JR_ENTER,
  // the runner calls Stage::perform with `name` and `payload`, and later Stage::release with the same. The
  // plan shows `line`. The payload is data, at most 64 KiB, and is kept in the ledger: another process, with
  // another version of the plugin, may have to release it. `payload_version` is the stage's own.
  //
  //   plan.call(JR_PREPARE, "note", "/run/site/web-1", path, 1);
  void call(uint32_t phase, std::string_view name, std::string_view line, std::string_view payload,
            uint32_t payload_version) {
    const jr_call raw{sizeof raw,      phase, to_str(name), to_str(line), {payload.data(), payload.size()},
                      payload_version, 0};
    append(&jr_actions::call, "call", &raw);
  }

 private:
  // Calls one function of the table, if this runner's table reaches that far and has it.
  template <class... Parameters, class... Arguments>
  void append(jr_status (*jr_actions::*member)(jr_ctx*, Parameters...), const char* name,
              Arguments... arguments) {
    if (reaches(member) && actions_->*member != nullptr)
      return note((actions_->*member)(ctx(), arguments...));
    const std::string sentence =
        std::string("this jailrun has no action '") + name + "': a later one is needed";
    note(host_->fail(ctx(), JR_ERROR_UNSUPPORTED, 0, to_str(sentence)));
  }
  void alternatives() {}
  template <class Part, class... Rest>
  void alternatives(std::string_view name, Part&& part, Rest&&... rest) {
    alternative(name);
    part();
    alternatives(rest...);
  }
  template <class Member>
  bool reaches(Member member) const {
    const auto* begin = reinterpret_cast<const char*>(actions_);
    const auto* field = reinterpret_cast<const char*>(&(actions_->*member));
    return static_cast<std::size_t>(field - begin) + sizeof(actions_->*member) <= actions_->struct_size;
  }
  static jr_path jail_path(std::string_view path) { return {JR_IN_JAIL, 0, to_str(path)}; }
  static jr_path host_path(const Host& at) { return {JR_ON_HOST, 0, to_str(at.path)}; }
  static std::vector<jr_str> to_list(const std::vector<std::string>& strings) {
    std::vector<jr_str> list;
    for (const std::string& string : strings) list.push_back(to_str(string));
    return list;
  }

  const jr_host* host_;
  const jr_actions* actions_;
};

}  // namespace jailrun

#endif
