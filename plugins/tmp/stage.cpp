// SPDX-License-Identifier: Apache-2.0
// Directories in memory that the program can write to: /tmp, and others.
#include "../common/folders.hpp"
#include "../common/memory_size.hpp"
#include "../common/option_values.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/stage.hpp>

#include <algorithm>
#include <charconv>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "tmp", "PATH[,size=SIZE][,inodes=COUNT][,mode=MODE][,owner=jail][,exec=yes]",
        "mount a new, empty filesystem in memory here; by default at /tmp. size: 64M, or bytes, or with K, M "
        "or G; inodes: how many files it can hold, by default one for each 4 KiB; mode: 1777; owner: root, "
        "or jail for the program's user; exec=yes: programs in it can be executed")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::number("jail.uid").optional(), Fact::number("jail.gid").optional()};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

struct Place {
  std::string path;
  std::string size = "64M";
  uint64_t inodes = 0;  // 0: as many as the size suggests
  std::string mode = "1777";
  bool is_jails = false;
  bool is_executable = false;
};

template <class Number>
bool read_number(const std::string& text, int base, Number& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, base);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

Result<void> apply(const std::string& word, Place& place) {
  const size_t equals = std::min(word.find('='), word.size());
  const std::string name = word.substr(0, equals);
  const std::string value = word.substr(std::min(equals + 1, word.size()));
  if (name == "size") {
    if (!jailrun_stages::memory_size(value))
      return jailrun::input_error("'" + value + "' is not a size such as 512K, 64M or 1G");
    place.size = value;
    return {};
  }
  if (name == "inodes") {
    constexpr uint64_t kFewest = 2;  // the directory itself is one
    if (read_number(value, 10, place.inodes) && place.inodes >= kFewest && place.inodes <= UINT32_MAX)
      return {};
    return jailrun::input_error("'" + value + "' is not a number of files, 2 or more");
  }
  if (name == "mode") {
    constexpr uint32_t kLargest = 01777;
    uint32_t mode = 0;
    if (!read_number(value, 8, mode) || mode > kLargest)
      return jailrun::input_error("'" + value + "' is not a mode of a directory such as 1777 or 0700");
    place.mode = value;
    return {};
  }
  if (word == "owner=jail" || word == "owner=root") {
    place.is_jails = value == "jail";
    return {};
  }
  if (word == "exec=yes" || word == "exec=no") {
    place.is_executable = value == "yes";
    return {};
  }
  return jailrun::input_error(
      "'" + word + "' is not one of size=, inodes=, mode=, owner=jail, owner=root, exec=yes, exec=no");
}

class Tmp final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    if (!context.has_option("tmp")) JR_TRY(add("/tmp"));
    JR_TRY(jailrun_stages::each_value(context, "tmp",
                                      [&](const std::string& value, uint64_t) { return add(value); }));
    // One below another is made in that.
    std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.path < b.path; });
    return {};
  }

  Result<void> add(const std::string& text) {
    const std::vector<std::string> words = jailrun_stages::split_at_commas(text);
    Place place;
    place.path = words.front();
    if (place.path == "/")
      return jailrun::input_error("'/' is the jail's root: the stage tmpfs-root has that in memory");
    if (!jailrun::is_clean_absolute(place.path))
      return jailrun::input_error("'" + place.path +
                                  "' is not an absolute path without empty, '.' or '..' components");
    const auto same = [&](const Place& other) { return other.path == place.path; };
    if (std::any_of(places_.begin(), places_.end(), same))
      return jailrun::input_error(place.path + " is given twice");
    for (size_t i = 1; i < words.size(); ++i) JR_TRY(apply(words[i], place));
    places_.push_back(std::move(place));
    return {};
  }

  // Without the limits a program could take the host's memory; nosuid and nodev always, as what it writes there
  // is its own.
  Result<void> plan(Plan& plan) override {
    jailrun_stages::Folders folders(plan);
    for (const Place& place : places_) {
      folders.above(place.path);
      folders.add(place.path);
      const uint64_t inodes = place.inodes != 0
                                  ? place.inodes
                                  : jailrun_stages::inodes_for(*jailrun_stages::memory_size(place.size));
      std::string data =
          "size=" + place.size + ",nr_inodes=" + std::to_string(inodes) + ",mode=" + place.mode;
      if (place.is_jails && plan.has_fact("jail.uid"))
        data += ",uid=" + std::to_string(plan.user().uid) + ",gid=" + std::to_string(plan.user().gid);
      plan.filesystem("tmpfs", place.path,
                      JR_MOUNT_NOSUID | JR_MOUNT_NODEV | (place.is_executable ? 0U : JR_MOUNT_NOEXEC), data);
    }
    return {};
  }

  std::vector<Place> places_;
};

}  // namespace

JAILRUN_STAGE(Tmp, jailrun::Descriptor("tmp", "1.0.0", "gives the jail a /tmp, and others, in memory")
                       .options(kOptions)
                       .consumes(kConsumes)
                       .after(kAfter)
                       .capability(CAP_SYS_ADMIN))
