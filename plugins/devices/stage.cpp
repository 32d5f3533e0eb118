// SPDX-License-Identifier: Apache-2.0
// Device nodes in the jail, owned by its user.
#include "../common/folders.hpp"
#include "../common/host_text.hpp"
#include "../common/jail_mount.hpp"
#include "../common/option_values.hpp"
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::each_value;
using jailrun_stages::is_absolute;

constexpr Option kOptions[] = {
    Option::text(
        "device", "PATH[=TYPE:MAJOR:MINOR][,optional]",
        "make this device node in the jail, such as /dev/kvm or /dev/fuse=char:10:229; none: make none. "
        "Default: /dev/net/tun and /dev/kvm. With ,optional the launch continues without a node that "
        "can't be made")
        .repeatable(),
    Option::text(
        "device-if-present", "PATH",
        "make this device node in the jail if the host has the device, such as /dev/userfaultfd; or none")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.root"), Fact::number("jail.uid"),
                              Fact::number("jail.gid"), Fact::text("dev.filesystem").optional()};

struct Device {
  std::string path;
  uint32_t type = JR_NODE_CHAR;
  uint32_t major = 0;
  uint32_t minor = 0;
  bool is_optional = false;
};

// Numbers that never change, from the kernel's Documentation/admin-guide/devices.txt: these nodes are made
// even if the host has none, as the jailer does.
struct Known {
  const char* path;
  uint32_t major;
  uint32_t minor;
};
constexpr Known kKnown[] = {{"/dev/net/tun", 10, 200}, {"/dev/kvm", 10, 232}, {"/dev/urandom", 1, 9}};

bool parse_number(const std::string& text, uint32_t& number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// "char:10:229"
bool parse_type(const std::string& text, Device& device) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return false;
  const std::string type = text.substr(0, first);
  if (type != "char" && type != "block") return false;
  device.type = type == "char" ? JR_NODE_CHAR : JR_NODE_BLOCK;
  constexpr uint32_t kMajors = 1U << 12;  // MINORBITS of linux/kdev_t.h is 20: 12 bits of 32 are left
  constexpr uint32_t kMinors = 1U << 20;
  return parse_number(text.substr(first + 1, second - first - 1), device.major) && device.major < kMajors &&
         parse_number(text.substr(second + 1), device.minor) && device.minor < kMinors;
}

bool is_known(Device& device) {
  for (const Known& known : kKnown) {
    if (device.path != known.path) continue;
    device.major = known.major;
    device.minor = known.minor;
    return true;
  }
  return false;
}

// The number of the host's own node; false if the host has none.
Result<bool> ask_host(Device& device) {
  struct stat now {};
  if (stat(device.path.c_str(), &now) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return jailrun::system_error(errno, device.path);
  }
  if (!S_ISCHR(now.st_mode) && !S_ISBLK(now.st_mode))
    return jailrun::input_error(device.path + " is not a device");
  device.type = S_ISCHR(now.st_mode) ? JR_NODE_CHAR : JR_NODE_BLOCK;
  device.major = major(now.st_rdev);
  device.minor = minor(now.st_rdev);
  return true;
}

// Finds a name in the text of /proc/misc, whose lines are "257 userfaultfd", with
// blanks before a small number.
bool find_misc(std::string_view text, std::string_view name, uint32_t& number) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const size_t blank = line.find(' ', begin);
    if (blank != std::string_view::npos && line.substr(blank + 1) == name &&
        parse_number(std::string(line.substr(begin, blank - begin)), number))
      return true;
  }
  return false;
}

// The kernel's list of misc devices, for hosts whose /dev is not a devtmpfs and lacks the node.
bool ask_misc(Device& device) {
  constexpr size_t kLargest = 64UL * 1024;
  const Result<std::string> text = jailrun_stages::read_file("/proc/misc", kLargest);
  if (!text) return false;
  constexpr uint32_t kMiscMajor = 10;  // MISC_MAJOR of linux/major.h
  device.type = JR_NODE_CHAR;
  device.major = kMiscMajor;
  return find_misc(text.value(), device.path.substr(device.path.rfind('/') + 1), device.minor);
}

class Devices final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    if (!context.has_option("device"))
      for (const char* path : {"/dev/net/tun", "/dev/kvm"}) JR_TRY(add(path, context));
    JR_TRY(each_value(context, "device", [&](const std::string& text, uint64_t) {
      return text == "none" ? Result<void>{} : add(text, context);
    }));
    return each_value(context, "device-if-present", [&](const std::string& path, uint64_t) {
      return path == "none" ? Result<void>{} : add_if_present(path, context);
    });
  }

  Result<void> add(std::string text, Context& context) {
    Device device;
    const size_t comma = text.rfind(',');
    device.is_optional = comma != std::string::npos && text.substr(comma) == ",optional";
    if (device.is_optional) text.resize(comma);
    const size_t equals = text.find('=');
    device.path = text.substr(0, equals);
    if (!is_absolute(device.path))
      return jailrun::input_error("'" + device.path + "' is not an absolute path");
    if (equals != std::string::npos) {
      if (!parse_type(text.substr(equals + 1), device))
        return jailrun::input_error("'" + text.substr(equals + 1) +
                                    "' is not TYPE:MAJOR:MINOR, such as char:10:232");
    } else if (!is_known(device)) {
      JR_ASSIGN(const bool present, ask_host(device));
      if (!present && !device.is_optional) return jailrun::system_error(ENOENT, device.path);
      if (!present) {
        context.log(JR_LOG_WARNING, "this host has no " + device.path + "; the launch continues without it");
        return {};
      }
    }
    devices_.push_back(device);
    return {};
  }

  Result<void> add_if_present(const std::string& path, Context& context) {
    Device device;
    device.path = path;
    if (!is_absolute(path)) return jailrun::input_error("'" + path + "' is not an absolute path");
    const auto same = [&](const Device& other) { return other.path == path; };
    if (std::any_of(devices_.begin(), devices_.end(), same)) return {};
    JR_ASSIGN(const bool present, ask_host(device));
    if (present || ask_misc(device))
      devices_.push_back(device);
    else
      context.log(JR_LOG_DEBUG, "this host has no " + path);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (devices_.empty()) return {};
    // In the filesystem of the stage dev, whatever the base is mounted as.
    const std::string own = plan.has_fact("dev.filesystem") ? plan.text_fact("dev.filesystem") : "";
    const auto is_needed = [&](const Device& device) {
      return !device.is_optional && (own.empty() || !jailrun_stages::is_within(device.path, own));
    };
    const auto needed = std::find_if(devices_.begin(), devices_.end(), is_needed);
    if (needed != devices_.end())
      JR_TRY(
          jailrun_stages::check_node(plan.text_fact("jail.root"), plan.text_fact("jail.base"), needed->path));
    jailrun_stages::Folders folders(plan, 0700, plan.user());
    for (const Device& device : devices_) {
      folders.above(device.path);
      plan.node(device.path, device.type, device.major, device.minor, 0600, plan.user(),
                device.is_optional ? JR_NODE_MAY_FAIL : 0);
    }
    return {};
  }

  std::vector<Device> devices_;
};

}  // namespace

JAILRUN_STAGE(Devices, jailrun::Descriptor("devices", "1.0.0", "makes device nodes, owned by the jail's user")
                           .options(kOptions)
                           .consumes(kConsumes)
                           .capability(CAP_MKNOD)
                           .capability(CAP_CHOWN))
