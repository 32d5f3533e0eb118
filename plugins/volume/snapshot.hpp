// SPDX-License-Identifier: Apache-2.0 A volume that is a device: the base, read-only, with the blocks that
// were written since kept in a file. The jail gets a second device on top of it, which can be extended beyond
// the base's end while it is in use.
//
//   volume    = linear: snapshot, then the file "growth" if it is larger than the base
//   snapshot  = snapshot: the base's loop device, and that of the file "difference"
#pragma once

#include "base_image.hpp"
#include "device_mapper.hpp"
#include "image.hpp"
#include "loop_device.hpp"
#include "places.hpp"
#include "sizes.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include <sys/statvfs.h>

namespace volume {

constexpr uint64_t kSector = 512;
constexpr uint64_t kChunkSectors = 8;  // what is copied when a byte of it is written: a page

inline uint64_t to_sectors(uint64_t size) { return (size + kSector - 1) / kSector; }

// The largest size of a difference: every chunk of the base, the header, and 16 bytes for each chunk in areas
// of a chunk each, one of which stays empty. See the kernel's drivers/md/dm-snap-persistent.c.
inline uint64_t difference_size(uint64_t base_sectors) {
  constexpr uint64_t kChunk = kChunkSectors * kSector;
  const uint64_t chunks = (base_sectors + kChunkSectors - 1) / kChunkSectors;
  const uint64_t areas = chunks / (kChunk / 16) + 2;
  return (chunks + areas + 1) * kChunk;
}

inline DeviceTable snapshot_table(uint64_t base_sectors, dev_t base, dev_t difference) {
  return {{0, base_sectors, "snapshot",
           show_number(base) + " " + show_number(difference) + " P " + std::to_string(kChunkSectors)}};
}

inline DeviceTable volume_table(uint64_t base_sectors, dev_t snapshot, uint64_t growth_sectors,
                                dev_t growth) {
  DeviceTable table = {{0, base_sectors, "linear", show_number(snapshot) + " 0"}};
  if (growth_sectors > 0)
    table.push_back({base_sectors, growth_sectors, "linear", show_number(growth) + " 0"});
  return table;
}

// The loop device under a volume's second part.
inline std::optional<dev_t> growth_of(const DeviceTable& table) {
  if (table.size() < 2) return std::nullopt;
  unsigned first = 0;
  unsigned second = 0;
  if (std::sscanf(table[1].parameters.c_str(), "%u:%u", &first, &second) != 2) return std::nullopt;
  return makedev(first, second);
}

// The names begin with the launch's token, so that the devices can be found when nothing else is known.
struct SnapshotNames {
  std::string volume;
  std::string snapshot;
  SnapshotNames(const std::string& token, uint64_t index)
      : volume("jailrun-" + token + "-" + std::to_string(index)), snapshot(volume + "-base") {}
  static std::string uuid(const std::string& name) { return "JAILRUN-" + name.substr(sizeof "jailrun-" - 1); }
};

inline jailrun::Result<DeviceMapper> open_mapper() { return DeviceMapper::open({"linear", "snapshot"}); }

// Whether a snapshot of this base is possible here, before anything is made.
inline jailrun::Result<void> check_snapshot(const Job& job, const BaseImage& base) {
  struct statvfs traits {};
  if (statvfs(job.root.c_str(), &traits) == 0 && (traits.f_flag & ST_NODEV) != 0)
    return not_here(0, "the jail's root is on a filesystem mounted nodev, and a snapshot is a device");
  if (base.size() % kSector != 0)
    return not_here(
        0, "the base image " + base.path() + " has " + show_size(base.size()) + ", not a multiple of 512");
  const jailrun::Result<DeviceMapper> mapper = open_mapper();
  if (!mapper) return mapper.error();
  if (access("/dev/loop-control", R_OK | W_OK) != 0)
    return not_here(errno, "no loop devices: /dev/loop-control");
  return {};
}

// Removes those of the devices that exist.
inline jailrun::Result<void> remove_devices(const SnapshotNames& names) {
  const jailrun::Result<DeviceMapper> mapper = DeviceMapper::open({});
  if (!mapper) return mapper.error().error_number == ENOENT ? jailrun::Result<void>{} : mapper.error();
  JR_TRY(mapper.value().remove(SnapshotNames::uuid(names.volume)));
  return mapper.value().remove(SnapshotNames::uuid(names.snapshot));
}

class Snapshot {
 public:
  Snapshot(const Job& job, const Store& store, const std::string& token)
      : job_(job), store_(store), names_(token, job.index) {}

  // Makes the files, if there are none yet.
  jailrun::Result<void> make_files(const BaseImage& base) const {
    JR_ASSIGN(const jailrun::UniqueFd note, store_.begin());
    const std::string identity = base.identity();
    if (write(note.get(), identity.data(), identity.size()) != static_cast<ssize_t>(identity.size()))
      return jailrun::system_error(errno, "write " + store_.path() + "/" + kBase);
    JR_TRY(store_.finish(kBase));
    JR_ASSIGN(const jailrun::UniqueFd difference, store_.begin());
    if (ftruncate(difference.get(), static_cast<off_t>(difference_size(base.size() / kSector))) != 0)
      return jailrun::system_error(errno, "make " + store_.path() + "/" + kDifference);
    return store_.finish(kDifference);
  }

  // Checks that kept files belong to this base, in its present state.
  jailrun::Result<void> check_files(const BaseImage& base) const {
    JR_ASSIGN(const jailrun::UniqueFd note, store_.file(kBase, O_RDONLY));
    char text[256];
    const ssize_t size = read(note.get(), text, sizeof text);
    if (size < 0) return jailrun::system_error(errno, "read " + store_.path() + "/" + kBase);
    if (std::string(text, static_cast<size_t>(size)) == base.identity()) return {};
    return jailrun::input_error("the volume kept in " + store_.path() +
                                " belongs to another base image, or to an earlier state of " + base.path() +
                                ": use that image, or remove that directory");
  }

  // Makes the devices from the files. The result is the volume's number.
  jailrun::Result<dev_t> start(const BaseImage& base) const {
    JR_ASSIGN(const DeviceMapper mapper, open_mapper());
    JR_ASSIGN(const jailrun::UniqueFd difference_file, store_.file(kDifference, O_RDWR));
    JR_ASSIGN(const LoopDevice origin, attach(base.fd(), true, names_.snapshot));
    JR_ASSIGN(const LoopDevice difference, attach(difference_file.get(), false, names_.volume));
    const uint64_t sectors = base.size() / kSector;
    JR_ASSIGN(const dev_t snapshot, mapper.make(names_.snapshot, SnapshotNames::uuid(names_.snapshot),
                                                snapshot_table(sectors, origin.number, difference.number)));
    JR_ASSIGN(const Growth growth, more_than(sectors));
    return mapper.make(names_.volume, SnapshotNames::uuid(names_.volume),
                       volume_table(sectors, snapshot, growth.sectors, growth.device.number));
  }

  // Makes the volume larger, while it is in use.
  jailrun::Result<void> grow(uint64_t size) const {
    JR_ASSIGN(const DeviceMapper mapper, open_mapper());
    const std::string uuid = SnapshotNames::uuid(names_.volume);
    JR_ASSIGN(const DeviceTable table, mapper.table(uuid));
    uint64_t now = 0;
    for (const DeviceTarget& part : table) now += part.length;
    const uint64_t wanted = to_sectors(size);
    if (wanted < now)
      return jailrun::input_error(show_size(size) + " is less than the volume's size, " +
                                  show_size(now * kSector) + ": it can only grow");
    if (wanted == now) return {};
    const uint64_t base = table.front().length;
    JR_ASSIGN(const jailrun::UniqueFd file, store_.file(kGrowth, O_RDWR | O_CREAT));
    JR_TRY(grow_file(file.get(), (wanted - base) * kSector, store_.path() + "/" + kGrowth));
    const std::optional<dev_t> attached = growth_of(table);
    LoopDevice device = {jailrun::UniqueFd(), attached.value_or(0)};
    if (attached) JR_TRY(adapt_size(*attached));
    if (!attached) {
      JR_ASSIGN(device, attach(file.get(), false, names_.volume));
    }
    JR_ASSIGN(const dev_t snapshot, mapper.number(SnapshotNames::uuid(names_.snapshot)));
    return mapper.load(names_.volume, uuid, volume_table(base, snapshot, wanted - base, device.number));
  }

 private:
  struct Growth {
    LoopDevice device = {jailrun::UniqueFd(), 0};
    uint64_t sectors = 0;
  };
  // The part beyond the base: as much as was requested, and at least as much as there was before.
  jailrun::Result<Growth> more_than(uint64_t sectors) const {
    const uint64_t wanted = to_sectors(job_.size);
    Growth growth;
    JR_ASSIGN(const bool has_some, store_.has(kGrowth));
    if (wanted <= sectors && !has_some) return growth;
    JR_ASSIGN(const jailrun::UniqueFd file, store_.file(kGrowth, O_RDWR | O_CREAT));
    if (wanted > sectors)
      JR_TRY(grow_file(file.get(), (wanted - sectors) * kSector, store_.path() + "/" + kGrowth));
    struct stat now {};
    if (fstat(file.get(), &now) != 0)
      return jailrun::system_error(errno, "stat " + store_.path() + "/" + kGrowth);
    growth.sectors = static_cast<uint64_t>(now.st_size) / kSector;
    if (growth.sectors == 0) return growth;
    JR_ASSIGN(growth.device, attach(file.get(), false, names_.volume));
    return growth;
  }

  const Job& job_;
  const Store& store_;
  SnapshotNames names_;
};

}  // namespace volume
