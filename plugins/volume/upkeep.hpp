// SPDX-License-Identifier: Apache-2.0
// One existing volume: removed, or made larger.
#pragma once

#include "image.hpp"
#include "job.hpp"
#include "places.hpp"
#include "sizes.hpp"
#include "snapshot.hpp"

#include <jailrun/stage.hpp>

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace volume {

// Removes one volume, whatever part of it exists.
class Remover {
 public:
  Remover(jailrun::Context& context, const Job& job, jailrun::Why why) : context_(context), job_(job) {
    std::string made;
    const bool is_new = context.slot(slot_name(job, "made"), made);
    keeps_ = job.keep && !(is_new && why == jailrun::Why::kRollback);
  }

  jailrun::Result<void> run() {
    // Before the devices: a node without them could become another's.
    JR_TRY(remove_node());
    const jailrun::Result<Store> store = Store::open(job_);
    if (!store && store.error().error_number != ENOENT) return store.error();
    if (store) JR_TRY(remove_content(store.value()));
    return remove_directories();
  }

 private:
  // The name in the jail, if that is still this volume's.
  jailrun::Result<void> remove_node() {
    std::string device;
    if (!context_.slot(slot_name(job_, "device"), device)) return {};
    const jailrun::Result<Target> target = Target::open(job_);
    struct stat there {};
    const bool is_own = target && target.value().look(there) && S_ISBLK(there.st_mode) &&
                        show_number(there.st_rdev) == device;
    return is_own ? target.value().remove() : jailrun::Result<void>{};
  }
  jailrun::Result<void> remove_link(const Store& store) const {
    const jailrun::Result<Target> target = Target::open(job_);
    struct stat there {};
    if (!target || !target.value().look(there)) return {};
    JR_ASSIGN(const bool is_whole, is_same(store, kImage, there));
    JR_ASSIGN(const bool is_unfinished, is_same(store, kUnfinished, there));
    return is_whole || is_unfinished ? target.value().remove() : jailrun::Result<void>{};
  }

  jailrun::Result<void> remove_content(const Store& store) const {
    JR_TRY(remove_link(store));
    JR_ASSIGN(const bool has_base, store.has(kBase));  // without it there was never a device
    if (has_base) JR_TRY(remove_devices({context_.token(), job_.index}));
    return remove_files(store);
  }

  // Tolerates that one of the two is gone already, or that another volume is there.
  jailrun::Result<void> remove_directories() const {
    for (const std::string& path : {job_.store + "/" + directory_name(job_.target), job_.store})
      if (rmdir(path.c_str()) != 0 && errno != ENOTEMPTY && errno != ENOENT)
        return jailrun::system_error(errno, "remove " + path);
    return {};
  }

  jailrun::Result<void> remove_files(const Store& store) const {
    JR_ASSIGN(const bool is_snapshot, store.has(kDifference));
    for (const char* name : kFiles) {
      const std::string_view file = name;
      const bool is_useless = file == kUnfinished || (file == kBase && !is_snapshot);
      if (!keeps_ || is_useless) JR_TRY(store.remove(name));
    }
    return {};
  }

  jailrun::Context& context_;
  const Job& job_;
  bool keeps_;
};

inline jailrun::Result<void> grow(jailrun::Context& context, const Job& job, uint64_t size) {
  const auto lost = [&] {
    return jailrun::input_error(job.target + " in the jail is not the volume any more");
  };
  JR_ASSIGN(const Store store, Store::open(job));
  JR_ASSIGN(const Target target, Target::open(job));
  struct stat there {};
  if (!target.look(there)) return lost();
  std::string device;
  if (context.slot(slot_name(job, "device"), device)) {
    if (!S_ISBLK(there.st_mode) || show_number(there.st_rdev) != device) return lost();
    return Snapshot(job, store, context.token()).grow(size);
  }
  // The file is opened by the name that only root can reach; the tenant's name is only compared with it.
  JR_ASSIGN(const bool is_own, is_same(store, kImage, there));
  if (!is_own) return lost();
  JR_ASSIGN(const jailrun::UniqueFd file, store.file(kImage, O_RDWR));
  if (size < static_cast<uint64_t>(there.st_size))
    return jailrun::input_error(show_size(size) + " is less than the volume's size, " +
                                show_size(static_cast<uint64_t>(there.st_size)) + ": it can only grow");
  return grow_file(file.get(), size, store.path());
}

}  // namespace volume
