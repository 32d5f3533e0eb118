// SPDX-License-Identifier: Apache-2.0
// Host directories and files shown in the jail.
#include "../common/folders.hpp"
#include "../common/option_values.hpp"
#include "../common/paths.hpp"
#include "../common/unsupported.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "bind", "SOURCE:TARGET[:WORDS]",
        "show the host's SOURCE at TARGET in the jail (a colon in a path is written \\:); WORDS, "
        "separated by commas: ro (the default) or rw, nodev (the default) or dev, nosuid (the "
        "default) or suid, rec, noexec, idmap (files of the host's uid 0 are those of the program's uid 0 "
        "in its user namespace, and so on)")
        .repeatable(),
    jailrun_stages::kUnsupported};
constexpr Fact kConsumes[] = {Fact::text("jail.root")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

struct Bind {
  std::string source;
  std::string target;
  // A device or a set-user-ID file in a host directory that is shown for its data must be of no use in the
  // jail.
  uint32_t flags = JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV | JR_MOUNT_NOSUID;
  bool is_directory = false;
};

Result<void> apply_word(const std::string& word, Bind& bind) {
  if (word == "ro")
    bind.flags |= JR_MOUNT_READ_ONLY;
  else if (word == "rw")
    bind.flags &= ~JR_MOUNT_READ_ONLY;
  else if (word == "rec")
    bind.flags |= JR_BIND_RECURSIVE;
  else if (word == "nodev")
    bind.flags |= JR_MOUNT_NODEV;
  else if (word == "nosuid")
    bind.flags |= JR_MOUNT_NOSUID;
  else if (word == "dev")
    bind.flags &= ~JR_MOUNT_NODEV;
  else if (word == "suid")
    bind.flags &= ~JR_MOUNT_NOSUID;
  else if (word == "noexec")
    bind.flags |= JR_MOUNT_NOEXEC;
  else if (word == "idmap")
    bind.flags |= JR_BIND_IDMAP;
  else
    return jailrun::input_error("'" + word +
                                "' is not one of ro, rw, rec, nodev, dev, nosuid, suid, noexec, idmap");
  return {};
}

// What is before the next colon, which is consumed with it: "\:" and "\\" are a path's own colon and
// backslash. False where there is nothing left.
bool take_path(std::string_view& rest, std::string& path) {
  if (rest.data() == nullptr) return false;
  size_t at = 0;
  for (; at < rest.size() && rest[at] != ':'; ++at) {
    const bool is_escape =
        rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == ':' || rest[at + 1] == '\\');
    if (is_escape) ++at;
    path += rest[at];
  }
  rest = at < rest.size() ? rest.substr(at + 1) : std::string_view();
  return true;
}

Result<void> check_target(const std::string& target) {
  if (target == "/")
    return jailrun::input_error("the target can't be the jail's root itself: name a directory below it");
  if (jailrun::is_clean_absolute(target)) return {};
  return jailrun::input_error("the target '" + target + "' must have no empty, '.' or '..' components");
}

// A program that is root in its user namespace can make files there that are root's on the host, with any
// mode. Who else on the host can reach them could execute them.
bool is_kept_from_others(const std::string& source, bool with_mounts_below) {
  struct statvfs mounted {};
  if (!with_mounts_below && statvfs(source.c_str(), &mounted) == 0 && (mounted.f_flag & ST_NOSUID) != 0)
    return true;
  char resolved[PATH_MAX];
  if (realpath(source.c_str(), resolved) == nullptr) return false;
  for (std::string path = resolved; !path.empty(); path.resize(path.rfind('/'))) {
    struct stat there {};
    if (lstat(path.c_str(), &there) != 0) return false;
    constexpr mode_t kOthersEnter = 011;
    if (S_ISDIR(there.st_mode) && there.st_uid == 0 && (there.st_mode & kOthersEnter) == 0) return true;
  }
  return false;
}

Result<Bind> parse(const std::string& text) {
  Bind bind;
  std::string_view rest = text;
  if (!take_path(rest, bind.source) || !take_path(rest, bind.target))
    return jailrun::input_error("'" + text + "' is not SOURCE:TARGET[:WORDS]");
  if (!jailrun_stages::is_absolute(bind.source) || !jailrun_stages::is_absolute(bind.target))
    return jailrun::input_error("'" + text + "': both paths must be absolute");
  JR_TRY(check_target(bind.target));
  if (rest.data() != nullptr)
    for (const std::string& word : jailrun_stages::split_at_commas(rest)) JR_TRY(apply_word(word, bind));
  struct stat now {};
  if (stat(bind.source.c_str(), &now) != 0) return jailrun::system_error(errno, bind.source);
  bind.is_directory = S_ISDIR(now.st_mode);
  const bool is_mapped = (bind.flags & JR_BIND_IDMAP) != 0 && (bind.flags & JR_MOUNT_READ_ONLY) == 0;
  if (is_mapped && !is_kept_from_others(bind.source, (bind.flags & JR_BIND_RECURSIVE) != 0))
    return jailrun::input_error(
        bind.source +
        ": what the program's root makes there is the host's root's, a set-user-ID file too: it must be "
        "in a directory that root alone can enter, or on a filesystem that is mounted nosuid");
  return bind;
}

class BindStage final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_ASSIGN(goes_without_, jailrun_stages::goes_without(context));
    return jailrun_stages::each_value(context, "bind",
                                      [&](const std::string& one, uint64_t) { return add(one); });
  }

  Result<void> add(const std::string& text) {
    JR_ASSIGN(Bind bind, parse(text));
    const auto same = [&](const Bind& other) { return other.target == bind.target; };
    if (std::any_of(binds_.begin(), binds_.end(), same))
      return jailrun::input_error(bind.target + " is used as a target twice");
    binds_.push_back(std::move(bind));
    return {};
  }

  Result<void> plan(Plan& plan) override {
    jailrun_stages::Folders folders(plan);
    for (const Bind& bind : binds_) {
      folders.above(bind.target);
      if (bind.is_directory)
        folders.add(bind.target);
      else
        plan.write(bind.target, "", 0444);  // something to mount over
    }
    for (const Bind& bind : binds_) {
      const bool is_mapped = (bind.flags & JR_BIND_IDMAP) != 0;
      plan.bind(jailrun::on_host(bind.source), bind.target,
                bind.flags | (is_mapped && goes_without_ ? JR_BIND_IDMAP_IF_SUPPORTED : 0));
    }
    return {};
  }

  std::vector<Bind> binds_;
  bool goes_without_ = false;
};

}  // namespace

JAILRUN_STAGE(BindStage, jailrun::Descriptor("bind", "1.0.0", "shows host directories and files in the jail")
                             .options(kOptions)
                             .consumes(kConsumes)
                             .after(kAfter)
                             .capability(CAP_SYS_ADMIN))
