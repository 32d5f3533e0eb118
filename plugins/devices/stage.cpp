// SPDX-License-Identifier: Apache-2.0
// Device nodes in the jail, owned by its user.
#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("device", "PATH[=TYPE:MAJOR:MINOR][,optional]",
                 "a node the jail gets, as /dev/kvm or /dev/fuse=char:10:229, or none; where none is given: "
                 "/dev/net/tun and /dev/kvm. With ,optional the launch goes on where it can't be made")
        .repeatable(),
    Option::text("device-if-present", "PATH",
                 "a node the jail gets where the host has this device, as /dev/userfaultfd, or none")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.root"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};

struct Device {
  std::string path;
  uint32_t type = JR_NODE_CHAR;
  uint32_t major = 0;
  uint32_t minor = 0;
  bool is_optional = false;
};

// Numbers that never change, from the kernel's Documentation/admin-guide/devices.txt: these nodes are made
// even where the host has none, as the jailer does.
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
  constexpr uint32_t kMajors =
      1U << 12;  // MINORBITS of linux/kdev_t.h is 20, which leaves 12 of a 32-bit number
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

// The number that the host's own node has; false where the host has none.
Result<bool> ask_host(Device& device) {
  struct stat now {};
  if (stat(device.path.c_str(), &now) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return jailrun::system_error(errno, device.path);
  }
  if (!S_ISCHR(now.st_mode) && !S_ISBLK(now.st_mode))
    return jailrun::input_error(device.path + " is no device");
  device.type = S_ISCHR(now.st_mode) ? JR_NODE_CHAR : JR_NODE_BLOCK;
  device.major = major(now.st_rdev);
  device.minor = minor(now.st_rdev);
  return true;
}

// Finds a name in the text of /proc/misc, whose lines are "257 userfaultfd", with blanks before a small
// number.
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

// A driver's own list, for hosts whose /dev is no devtmpfs, or one in which nobody has made the node.
bool ask_misc(Device& device) {
  const int fd = open("/proc/misc", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string text;
  char part[4096];
  for (ssize_t size = 0; (size = read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<size_t>(size));
  close(fd);
  constexpr uint32_t kMiscMajor = 10;  // MISC_MAJOR of linux/major.h
  device.type = JR_NODE_CHAR;
  device.major = kMiscMajor;
  return find_misc(text, device.path.substr(device.path.rfind('/') + 1), device.minor);
}

bool is_absolute(const std::string& path) { return path.compare(0, 1, "/") == 0; }

class Devices final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    if (!context.has_option("device"))
      for (const char* path : {"/dev/net/tun", "/dev/kvm"}) JR_TRY(add(path, context));
    JR_TRY(each(context, "device", [&](const std::string& text) { return add(text, context); }));
    return each(context, "device-if-present",
                [&](const std::string& path) { return add_if_present(path, context); });
  }

  template <class Add>
  static Result<void> each(Context& context, const char* option, Add add) {
    uint64_t index = 0;
    for (const std::string& one : context.options(option)) {
      Result<void> added = one == "none" ? Result<void>{} : add(one);
      if (!added) return std::move(added).error().within(context.origin(option, index));
      ++index;
    }
    return {};
  }

  Result<void> add(std::string text, Context& context) {
    Device device;
    const size_t comma = text.rfind(',');
    device.is_optional = comma != std::string::npos && text.substr(comma) == ",optional";
    if (device.is_optional) text.resize(comma);
    const size_t equals = text.find('=');
    device.path = text.substr(0, equals);
    if (!is_absolute(device.path)) return jailrun::input_error("'" + device.path + "' is no absolute path");
    if (equals != std::string::npos) {
      if (!parse_type(text.substr(equals + 1), device))
        return jailrun::input_error("'" + text.substr(equals + 1) +
                                    "' is no TYPE:MAJOR:MINOR, as char:10:232");
    } else if (!is_known(device)) {
      JR_ASSIGN(const bool present, ask_host(device));
      if (!present && !device.is_optional) return jailrun::system_error(ENOENT, device.path);
      if (!present) {
        context.log(JR_LOG_WARNING, "this host has no " + device.path + "; the jail does without");
        return {};
      }
    }
    devices_.push_back(device);
    return {};
  }

  Result<void> add_if_present(const std::string& path, Context& context) {
    Device device;
    device.path = path;
    if (!is_absolute(path)) return jailrun::input_error("'" + path + "' is no absolute path");
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
    const auto is_needed = [](const Device& device) { return !device.is_optional; };
    const auto needed = std::find_if(devices_.begin(), devices_.end(), is_needed);
    if (needed != devices_.end()) {
      const std::string base = plan.text_fact("jail.base");
      struct statvfs traits {};
      if (statvfs(base.c_str(), &traits) == 0 && (traits.f_flag & ST_NODEV) != 0)
        return jailrun::input_error(base + " is on a filesystem mounted nodev: " + needed->path +
                                    " could not be opened in the jail");
    }
    std::vector<std::string> folders;
    for (const Device& device : devices_) {
      for (size_t slash = device.path.find('/', 1); slash != std::string::npos;
           slash = device.path.find('/', slash + 1)) {
        const std::string folder = device.path.substr(0, slash);
        if (std::find(folders.begin(), folders.end(), folder) != folders.end()) continue;
        folders.push_back(folder);
        plan.directory(folder, 0700, plan.user());
      }
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
