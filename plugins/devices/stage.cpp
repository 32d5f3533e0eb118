// Device nodes in the jail, owned by its user.
#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {Option::text("device", "PATH[=TYPE:MAJOR:MINOR]",
                                            "a node the jail gets, as /dev/kvm or /dev/fuse=char:10:229, or "
                                            "none; where none is given: /dev/net/tun and /dev/kvm")
                                   .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.root"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};

struct Device {
  std::string path;
  uint32_t type = JR_NODE_CHAR;
  uint32_t major = 0;
  uint32_t minor = 0;
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

// The number that the host's own node has.
Result<void> ask_host(Device& device) {
  for (const Known& known : kKnown) {
    if (device.path != known.path) continue;
    device.major = known.major;
    device.minor = known.minor;
    return {};
  }
  struct stat now {};
  if (stat(device.path.c_str(), &now) != 0) return jailrun::system_error(errno, device.path);
  if (!S_ISCHR(now.st_mode) && !S_ISBLK(now.st_mode))
    return jailrun::input_error(device.path + " is no device");
  device.type = S_ISCHR(now.st_mode) ? JR_NODE_CHAR : JR_NODE_BLOCK;
  device.major = major(now.st_rdev);
  device.minor = minor(now.st_rdev);
  return {};
}

class Devices final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    if (!context.has_option("device")) {
      for (const char* path : {"/dev/net/tun", "/dev/kvm"}) JR_TRY(add(path));
      return {};
    }
    uint64_t index = 0;
    for (const std::string& one : context.options("device")) {
      Result<void> added = one == "none" ? Result<void>{} : add(one);
      if (!added) return std::move(added).error().within(context.origin("device", index));
      ++index;
    }
    return {};
  }

  Result<void> add(const std::string& text) {
    const size_t equals = text.find('=');
    Device device;
    device.path = text.substr(0, equals);
    if (device.path.compare(0, 1, "/") != 0)
      return jailrun::input_error("'" + device.path + "' is no absolute path");
    if (equals == std::string::npos)
      JR_TRY(ask_host(device));
    else if (!parse_type(text.substr(equals + 1), device))
      return jailrun::input_error("'" + text.substr(equals + 1) + "' is no TYPE:MAJOR:MINOR, as char:10:232");
    devices_.push_back(device);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (devices_.empty()) return {};
    const std::string base = plan.text_fact("jail.base");
    struct statvfs traits {};
    if (statvfs(base.c_str(), &traits) == 0 && (traits.f_flag & ST_NODEV) != 0)
      return jailrun::input_error(base + " is on a filesystem mounted nodev: " + devices_.front().path +
                                  " could not be opened in the jail");
    std::vector<std::string> folders;
    for (const Device& device : devices_) {
      for (size_t slash = device.path.find('/', 1); slash != std::string::npos;
           slash = device.path.find('/', slash + 1)) {
        const std::string folder = device.path.substr(0, slash);
        if (std::find(folders.begin(), folders.end(), folder) != folders.end()) continue;
        folders.push_back(folder);
        plan.directory(folder, 0700, plan.user());
      }
      plan.node(device.path, device.type, device.major, device.minor, 0600, plan.user());
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
