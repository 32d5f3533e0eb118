// SPDX-License-Identifier: Apache-2.0
#include "core/host/template_namespace.hpp"

#include "core/host/state_directory.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/mounts.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

constexpr const char* kTemplates = "/run/jailrun/templates";
constexpr const char* kLock = "/run/jailrun/templates/lock";
constexpr const char* kEmptyDirectory = "/run/jailrun/templates/empty";
constexpr const char* kEmptyTemplate = "/run/jailrun/templates/mounted-roots";

// A file for each template, of the same name: its base's path.
constexpr const char* kBases = "/run/jailrun/templates-of-bases";
constexpr size_t kMostTemplates = 256;

std::string none_file(const std::string& file) { return file + ".none"; }

// A file that exists and is not one was left by a launch that was killed while it made the template.
bool is_bound(const std::string& file) {
  struct statfs filesystem {};
  return statfs(file.c_str(), &filesystem) == 0 && filesystem.f_type == NSFS_MAGIC;
}

// On its own, private mount: the kernel refuses to bind a mount namespace's file where it could propagate
// into that same namespace.
Result<void> make_private_mount(const std::string& directory) {
  const Result<sys::MountedAt> here = sys::mounted_at(directory);
  const Result<sys::MountedAt> above = sys::mounted_at(directory.substr(0, directory.rfind('/')));
  const bool is_mounted = here && above && here.value().mount != above.value().mount;
  if (!is_mounted && mount(directory.c_str(), directory.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return system_error(errno, "mount " + directory);
  // Also where it was mounted before: perhaps by a launch that was killed at this point.
  if (mount(nullptr, directory.c_str(), nullptr, MS_PRIVATE, nullptr) == 0) return {};
  const Error error = system_error(errno, "make " + directory + " private");
  umount2(directory.c_str(), MNT_DETACH);
  return error;
}

// A process in a namespace that holds the base and nothing else, until it is told to exit.
class Holder {
 public:
  // `cpu`: the CPU on which it makes the namespace; -1: any.
  static Result<Holder> start(const std::string& base, int cpu) {
    JR_ASSIGN(const UniqueFd root, sys::open_host(base, O_PATH | O_DIRECTORY));
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return system_error(errno, "make a socket pair");
    Holder holder;
    holder.mine_ = UniqueFd(ends[0]);
    UniqueFd its(ends[1]);
    sys::ChildOptions options;
    JR_ASSIGN(holder.pid_, sys::make_child(options));
    if (holder.pid_ == 0) {
      holder.mine_.reset();
      hold(root.get(), its.get(), cpu);
    }
    its.reset();
    char ready = 0;
    if (read(holder.mine_.get(), &ready, 1) != 1)
      return internal_error("the template namespace could not be made");
    return holder;
  }
  Holder(Holder&& other) noexcept : pid_(std::exchange(other.pid_, 0)), mine_(std::move(other.mine_)) {}
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  Holder& operator=(Holder&&) = delete;
  ~Holder() {
    mine_.reset();
    while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  std::string namespace_file() const { return "/proc/" + std::to_string(pid_) + "/ns/mnt"; }

 private:
  Holder() = default;
  [[noreturn]] static void hold(int root, int end, int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    if (cpu >= 0) CPU_SET(static_cast<size_t>(cpu), &only);
    if (cpu >= 0 && sched_setaffinity(0, sizeof only, &only) != 0) _exit(1);
    if (!sys::enter_new_root(root)) _exit(1);
    char over = 0;
    if (write(end, "r", 1) == 1) (void)!read(end, &over, 1);
    _exit(0);
  }

  pid_t pid_ = 0;
  UniqueFd mine_;
};

// The CPUs to try. A namespace's file can be bound only in an older namespace. The kernel compares ids for
// that, which each CPU takes in batches, so a namespace that was made on another CPU may look older.
std::vector<int> places_to_try() {
  std::vector<int> places = {-1};
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return places;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<size_t>(cpu), &allowed)) places.push_back(cpu);
  return places;
}

Result<void> bind_new_namespace(const std::string& base, const std::string& file) {
  int error_number = 0;
  for (const int cpu : places_to_try()) {
    JR_ASSIGN(const Holder holder, Holder::start(base, cpu));
    if (mount(holder.namespace_file().c_str(), file.c_str(), nullptr, MS_BIND, nullptr) == 0) return {};
    error_number = errno;
    if (error_number != EINVAL) break;
  }
  return system_error(error_number, "keep the template namespace as " + file);
}

std::string template_of(const std::string& base, const sys::MountedAt& at) {
  return std::string(kTemplates) + "/" +
         hash_of(base + " " + std::to_string(at.mount) + " " + std::to_string(at.device) + " " +
                 std::to_string(at.inode));
}

std::string note_of(const std::string& file) { return kBases + file.substr(file.rfind('/')); }

void remove_template(const std::string& file) {
  umount2(file.c_str(), MNT_DETACH);
  unlink(file.c_str());
  unlink(note_of(file).c_str());
}

// Templates of bases that are gone, or are another directory or on another mount by now, would stay until the
// next boot, each with a namespace and a mount that keeps the base's filesystem busy. Of bases that are still
// there, the oldest make room: the next launch there makes its own again.
void prune_templates() {
  std::vector<std::pair<time_t, std::string>> kept;
  for (const std::string& name : sys::list_directory(kBases)) {
    const std::string note = std::string(kBases) + "/" + name;
    const std::string file = std::string(kTemplates) + "/" + name;
    const Result<std::string> base = sys::read_small(note);
    const Result<sys::MountedAt> at = base ? sys::mounted_at(base.value()) : base.error();
    struct stat made {};
    if (!at || template_of(base.value(), at.value()) != file || stat(note.c_str(), &made) != 0)
      remove_template(file);
    else
      kept.emplace_back(made.st_mtime, file);
  }
  std::sort(kept.begin(), kept.end());
  for (size_t i = 0; i + kMostTemplates <= kept.size(); ++i) remove_template(kept[i].second);
}

// Best effort: a template without it is removed with the others, by `rm --host`.
void note_base(const std::string& base, const std::string& file) {
  make_state_directory(kBases);
  const std::string note = note_of(file);
  const UniqueFd made(open(note.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (made) (void)!write(made.get(), base.data(), base.size());
}

}  // namespace

TemplatePlace find_template(const std::string& base) {
  TemplatePlace place;
  const Result<sys::MountedAt> at = sys::mounted_at(base);
  if (!at) return place;
  place.file = template_of(base, at.value());
  if (is_bound(place.file)) {
    place.state = Template::kReady;
    return place;
  }
  place.is_known_none = access(none_file(place.file).c_str(), F_OK) == 0;
  if (place.is_known_none) return place;
  if (sys::is_on_shared_mount(base))
    place.state = Template::kToDo;
  else if (!sys::is_proc_mounted())
    place.file.clear();  // unknown: a later launch that has /proc finds out
  return place;
}

TemplatePlace find_empty_template() {
  TemplatePlace place;
  place.file = kEmptyTemplate;
  place.is_known_none = access(none_file(place.file).c_str(), F_OK) == 0;
  if (is_bound(place.file))
    place.state = Template::kReady;
  else if (!place.is_known_none)
    place.state = Template::kToDo;
  return place;
}

Result<void> make_template(const std::string& base, const std::string& file) {
  make_state_directory(kTemplates);
  // A file that only root can open: the directory's lock could be held by anybody, for ever.
  const UniqueFd lock(open(kLock, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return system_error(errno, std::string("open ") + kLock);
  // Of two first launches at once, one makes the template and the other waits.
  constexpr int kPatience = 10000;
  JR_ASSIGN(const bool is_mine, sys::lock(lock.get(), kPatience, kTemplates));
  if (!is_mine)
    return input_error(std::string(kTemplates) + " is being changed right now" +
                       sys::lock_holder(lock.get()));
  if (is_bound(file)) return {};
  JR_TRY(make_private_mount(kTemplates));
  prune_templates();
  if (base == kEmptyDirectory && mkdir(kEmptyDirectory, 0755) != 0 && errno != EEXIST)
    return system_error(errno, std::string("make ") + kEmptyDirectory);
  const UniqueFd target(open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target) return system_error(errno, "make " + file);
  Result<void> bound = bind_new_namespace(base, file);
  if (!bound) unlink(file.c_str());
  if (bound && base != kEmptyDirectory) note_base(base, file);
  return bound;
}

Result<void> make_empty_template(const std::string& file) { return make_template(kEmptyDirectory, file); }

void note_no_template(const std::string& file) {
  make_state_directory(kTemplates);
  const UniqueFd made(open(none_file(file).c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

std::vector<std::string> template_files() {
  std::vector<std::string> files;
  for (const std::string& name : sys::list_directory(kTemplates))
    if (std::string file = std::string(kTemplates) + "/" + name; file != kLock)
      files.push_back(std::move(file));
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> remove_templates() {
  for (const std::string& file : template_files()) {
    umount2(file.c_str(), MNT_DETACH);  // EINVAL: a file that notes that there can be no template
    const bool removed = file == kEmptyDirectory ? rmdir(file.c_str()) == 0 : unlink(file.c_str()) == 0;
    if (!removed && errno != ENOENT) return system_error(errno, "remove " + file);
    unlink(note_of(file).c_str());
  }
  for (const std::string& name : sys::list_directory(kBases))
    unlink((std::string(kBases) + "/" + name).c_str());
  rmdir(kBases);
  unlink(kLock);
  umount2(kTemplates, MNT_DETACH);
  if (rmdir(kTemplates) != 0 && errno != ENOENT)
    return system_error(errno, std::string("remove ") + kTemplates);
  return {};
}

}  // namespace jailrun::core
