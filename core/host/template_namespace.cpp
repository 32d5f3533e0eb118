// SPDX-License-Identifier: Apache-2.0
#include "core/host/template_namespace.hpp"

#include "core/host/state_directory.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/empty_root.hpp"
#include "core/sys/holder.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/mounts.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

constexpr const char* kTemplates = "/run/jailrun/templates";
constexpr const char* kLock = "/run/jailrun/templates/lock";
constexpr const char* kTemplate = "/run/jailrun/templates/empty-root";
constexpr const char* kNone = "/run/jailrun/templates/empty-root.none";

// A file that exists and is not one was left by a launch that was killed while it made the template.
bool is_bound() {
  struct statfs filesystem {};
  return statfs(kTemplate, &filesystem) == 0 && filesystem.f_type == NSFS_MAGIC;
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

// A process in a namespace that has nothing in it. `cpu`: the CPU on which it makes the namespace; -1: any.
Result<sys::Holder> hold_empty_root(int cpu) {
  JR_ASSIGN(sys::Holder holder, sys::Holder::start({}, [cpu](int end) {
              cpu_set_t only;
              CPU_ZERO(&only);
              if (cpu >= 0) CPU_SET(static_cast<size_t>(cpu), &only);
              if (cpu >= 0 && sched_setaffinity(0, sizeof only, &only) != 0) return;
              const Result<void> entered = sys::enter_empty_root(kTemplates);
              const int error_number = entered ? 0 : entered.error().error_number;
              char over = 0;
              if (write(end, &error_number, sizeof error_number) > 0) (void)!read(end, &over, 1);
            }));
  int error_number = 0;
  const ssize_t size = read(holder.end(), &error_number, sizeof error_number);
  if (size != sizeof error_number) return internal_error("the template namespace could not be made");
  if (error_number != 0) return system_error(error_number, "make the template namespace");
  return holder;
}

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

Result<void> bind_new_namespace() {
  int error_number = 0;
  for (const int cpu : places_to_try()) {
    JR_ASSIGN(const sys::Holder holder, hold_empty_root(cpu));
    const std::string file = "/proc/" + std::to_string(holder.pid()) + "/ns/mnt";
    if (mount(file.c_str(), kTemplate, nullptr, MS_BIND, nullptr) == 0) return {};
    error_number = errno;
    if (error_number != EINVAL) break;
  }
  return system_error(error_number, std::string("keep the template namespace as ") + kTemplate);
}

// Of one who may mount: will the next launch be refused the same? Not if something was only short.
bool is_lasting(int error_number) {
  for (const int lasting : {EPERM, EACCES, ENODEV, ENOENT, ENOSYS, EOPNOTSUPP})
    if (error_number == lasting) return true;
  return false;
}

}  // namespace

TemplatePlace find_template() {
  TemplatePlace place;
  place.file = kTemplate;
  if (!sys::can_set_mounts()) return place;  // the copy of a root can't be made a slave of the host's
  if (is_bound())
    place.state = Template::kReady;
  else if (access(kNone, F_OK) != 0)
    place.state = Template::kToDo;
  return place;
}

Result<void> make_template() {
  make_state_directory("templates");
  // A file that only root can open: the directory's lock could be held by anybody, for ever.
  const UniqueFd lock(open(kLock, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return system_error(errno, std::string("open ") + kLock);
  // Of two first launches at once, one makes the template and the other waits.
  constexpr int kPatience = 10000;
  JR_ASSIGN(const bool is_mine, sys::lock(lock.get(), kPatience, kTemplates));
  if (!is_mine)
    return input_error(std::string(kTemplates) + " is being changed right now" +
                       sys::lock_holder(lock.get()));
  if (is_bound()) return {};
  JR_TRY(make_private_mount(kTemplates));
  const UniqueFd target(open(kTemplate, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target) return system_error(errno, std::string("make ") + kTemplate);
  Result<void> bound = bind_new_namespace();
  if (!bound) unlink(kTemplate);
  // So that the next launches need not try. Best effort.
  if (!bound && is_lasting(bound.error().error_number))
    const UniqueFd none(open(kNone, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  return bound;
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
    if (unlink(file.c_str()) != 0 && errno == EISDIR) rmdir(file.c_str());  // an older jailrun's
  }
  unlink(kLock);
  umount2(kTemplates, MNT_DETACH);
  if (rmdir(kTemplates) != 0 && errno != ENOENT)
    return system_error(errno, std::string("remove ") + kTemplates);
  return {};
}

}  // namespace jailrun::core
