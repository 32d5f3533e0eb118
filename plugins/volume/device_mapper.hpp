// SPDX-License-Identifier: Apache-2.0
// Device-mapper by the kernel's own requests, linux/dm-ioctl.h. No library: libdevmapper would have to be in
// every host's image, waits for udev, and loads slowly.
#pragma once

#include "not_here.hpp"

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

namespace volume {

// A part of a device, in sectors of 512 bytes, and what it consists of.
struct DeviceTarget {
  uint64_t start;
  uint64_t length;
  std::string type;
  std::string parameters;
};
using DeviceTable = std::vector<DeviceTarget>;

inline std::string show_number(dev_t number) {
  return std::to_string(major(number)) + ":" + std::to_string(minor(number));
}

// As the kernel packs a device's number into 64 bits: huge_encode_dev of linux/kdev_t.h.
inline dev_t unpack_number(uint64_t packed) {
  return makedev((packed & 0xfff00U) >> 8, (packed & 0xffU) | ((packed >> 12) & 0xfff00U));
}

// A request as the kernel reads it: a header, followed by the targets of a table, each 8-byte aligned.
class DeviceRequest {
 public:
  // Either may be empty, except to make a device.
  DeviceRequest(const std::string& name, const std::string& uuid, uint32_t flags = 0)
      : bytes_(sizeof(dm_ioctl)) {
    dm_ioctl& header = this->header();
    header.version[0] = 4;  // asks for no later minor version than the first
    header.data_start = sizeof(dm_ioctl);
    header.flags = flags;
    name.copy(header.name, sizeof header.name - 1);
    uuid.copy(header.uuid, sizeof header.uuid - 1);
  }

  void add(const DeviceTarget& target) {
    const size_t begin = bytes_.size();
    const size_t size = sizeof(dm_target_spec) + target.parameters.size() + 1;
    constexpr size_t kAlign = 8;
    bytes_.resize(begin + (size + kAlign - 1) / kAlign * kAlign);
    dm_target_spec spec{};
    spec.sector_start = target.start;
    spec.length = target.length;
    spec.next = static_cast<uint32_t>(bytes_.size() - begin);
    target.type.copy(spec.target_type, sizeof spec.target_type - 1);
    std::memcpy(bytes_.data() + begin, &spec, sizeof spec);
    std::memcpy(bytes_.data() + begin + sizeof spec, target.parameters.c_str(), target.parameters.size() + 1);
    ++header().target_count;
  }
  // Room for an answer.
  void reserve(size_t size) { bytes_.resize(bytes_.size() + size); }

  // Ready to be sent.
  std::vector<char>& finish() {
    header().data_size = static_cast<uint32_t>(bytes_.size());
    return bytes_;
  }
  dm_ioctl& header() { return *reinterpret_cast<dm_ioctl*>(bytes_.data()); }
  // The targets in an answer; none if the answer is not complete.
  DeviceTable table() {
    DeviceTable table;
    const size_t start = header().data_start;
    size_t at = start;
    for (uint32_t i = 0; i < header().target_count; ++i) {
      dm_target_spec spec{};
      if (at < start || at > bytes_.size() || bytes_.size() - at <= sizeof spec) return {};
      std::memcpy(&spec, bytes_.data() + at, sizeof spec);
      const char* const text = bytes_.data() + at + sizeof spec;
      const size_t room = bytes_.size() - at - sizeof spec;
      const size_t length = strnlen(text, room);
      if (length == room) return {};
      table.push_back({spec.sector_start, spec.length,
                       std::string(spec.target_type, strnlen(spec.target_type, sizeof spec.target_type)),
                       std::string(text, length)});
      at = start + spec.next;  // in an answer from the first of them, in a request from this one
    }
    return table;
  }

 private:
  std::vector<char> bytes_;
};

class DeviceMapper {
 public:
  // The error is a not_here() if the host has no device-mapper, or lacks one of these types of target.
  static jailrun::Result<DeviceMapper> open(const std::vector<std::string>& types) {
    DeviceMapper mapper;
    mapper.control_ = jailrun::UniqueFd(::open("/dev/mapper/control", O_RDWR | O_CLOEXEC));
    if (!mapper.control_) return not_here(errno, "no device-mapper: open /dev/mapper/control");
    for (const std::string& type : types) {
      DeviceRequest request(type, "");
      constexpr size_t kRoom = 512;
      request.reserve(kRoom);
      // Loads the module, if there is one.
      if (!mapper.send(DM_GET_TARGET_VERSION, request))
        return not_here(0, "this kernel's device-mapper has no target '" + type + "'");
    }
    return mapper;
  }

  jailrun::Result<dev_t> make(const std::string& name, const std::string& uuid,
                              const DeviceTable& table) const {
    DeviceRequest create(name, uuid);
    if (!send(DM_DEV_CREATE, create)) return jailrun::system_error(errno, "make the device " + name);
    const dev_t number = unpack_number(create.header().dev);
    JR_TRY(load(name, uuid, table));
    return number;
  }

  // Replaces the device's table by this one. Requests under way are waited for, new ones wait.
  jailrun::Result<void> load(const std::string& name, const std::string& uuid,
                             const DeviceTable& table) const {
    DeviceRequest request("", uuid);
    for (const DeviceTarget& target : table) request.add(target);
    if (!send(DM_TABLE_LOAD, request)) return jailrun::system_error(errno, "load the table of " + name);
    DeviceRequest resume("", uuid, DM_SKIP_LOCKFS_FLAG);
    resume.header().event_nr = kUdevFlags;
    if (!send(DM_DEV_SUSPEND, resume)) return jailrun::system_error(errno, "start the device " + name);
    return {};
  }

  // The device's number; ENXIO if there is no such device.
  jailrun::Result<dev_t> number(const std::string& uuid) const {
    DeviceRequest request("", uuid);
    if (!send(DM_DEV_STATUS, request)) return jailrun::system_error(errno, "find the device " + uuid);
    return unpack_number(request.header().dev);
  }

  // The device's current table.
  jailrun::Result<DeviceTable> table(const std::string& uuid) const {
    DeviceRequest request("", uuid, DM_STATUS_TABLE_FLAG);
    constexpr size_t kRoom = 4096;
    request.reserve(kRoom);
    if (!send(DM_TABLE_STATUS, request)) return jailrun::system_error(errno, "read the table of " + uuid);
    DeviceTable table = request.table();
    if (table.empty())
      return jailrun::internal_error("device-mapper's answer about " + uuid + " can't be read");
    return table;
  }

  // Success too if there is no such device.
  jailrun::Result<void> remove(const std::string& uuid) const {
    for (int tries = 0;; ++tries) {
      DeviceRequest request("", uuid);
      request.header().event_nr = kUdevFlags;
      if (send(DM_DEV_REMOVE, request) || errno == ENXIO) return {};
      // A watcher of new devices, such as blkid started by udev, has it open for some milliseconds.
      constexpr int kTries = 100;
      if (errno != EBUSY || tries == kTries) return jailrun::system_error(errno, "remove the device " + uuid);
      const timespec pause = {0, 20000000};
      nanosleep(&pause, nullptr);
    }
  }

 private:
  // For udev's rules, in the upper half of event_nr: this is the device's primary event, and no rule should
  // look at its content, which is a tenant's. As libdevmapper's DM_UDEV_... flags: disable the rules for its
  // subsystem, for disks and all others; primary source.
  static constexpr uint32_t kUdevFlags = (0x2U | 0x4U | 0x8U | 0x40U) << 16;

  bool send(unsigned long command, DeviceRequest& request) const {
    return ioctl(control_.get(), command, request.finish().data()) == 0;
  }

  jailrun::UniqueFd control_;
};

}  // namespace volume
