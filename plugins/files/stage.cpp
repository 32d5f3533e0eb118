// SPDX-License-Identifier: Apache-2.0
// Host files in the jail, each by the first way that works.
#include "../common/folders.hpp"
#include "../common/ways.hpp"
#include "file_option.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>

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
using jailrun_stages::FileOption;

constexpr Option kOptions[] = {
    Option::text(
        "file", "SOURCE[:TARGET][,way=WAY][,mode=MODE][,owner=OWNER]",
        "the host's SOURCE at TARGET in the jail, or at its own name in the jail's root; WAY is reflink, "
        "link, bind or copy, else the first of these that works; OWNER is UID:GID or jail, the jail's "
        "user; owner and mode are the source's where not given. A device becomes a node")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.name"), Fact::text("jail.root"),
                              Fact::number("jail.uid"), Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

struct File {
  FileOption wanted;
  std::string origin;
  std::string source;  // through no symbolic link
  struct stat now {};
  bool is_device() const { return !S_ISREG(now.st_mode); }
};

// Looks the source up. Its own name is kept for the target's sake: /srv/current may lead to another name each
// day.
Result<void> find_source(File& file) {
  char resolved[PATH_MAX];
  if (realpath(file.wanted.source.c_str(), resolved) == nullptr || stat(resolved, &file.now) != 0) {
    const bool is_relative = errno == ENOENT && file.wanted.source.find(':') != std::string::npos;
    return jailrun::system_error(errno,
                                 file.wanted.source + (is_relative ? " (a target begins with a slash)" : ""));
  }
  file.source = resolved;
  if (S_ISDIR(file.now.st_mode))
    return jailrun::input_error(file.wanted.source + " is a directory: name its files, or bind it");
  if (S_ISFIFO(file.now.st_mode) || S_ISSOCK(file.now.st_mode))
    return jailrun::input_error(file.wanted.source + " is neither a regular file nor a device");
  if (file.is_device() && !file.wanted.way.empty())
    return jailrun::input_error(file.wanted.source +
                                " is a device, which becomes a node: it has no way=" + file.wanted.way);
  return {};
}

// One path is the other, or below it: then one of them would have to be a directory.
bool collide(const std::string& one, const std::string& other) {
  const std::string& longer = one.size() > other.size() ? one : other;
  const std::string& shorter = one.size() > other.size() ? other : one;
  return longer.compare(0, shorter.size(), shorter) == 0 &&
         (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

class Files final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    uint64_t index = 0;
    for (const std::string& one : context.options("file")) {
      const std::string origin = context.origin("file", index++);
      Result<void> added = add(one, origin);
      if (!added) return std::move(added).error().within(origin);
    }
    return {};
  }

  Result<void> add(const std::string& text, const std::string& origin) {
    File file;
    file.origin = origin;
    JR_ASSIGN(file.wanted, jailrun_stages::parse_file_option(text));
    JR_TRY(find_source(file));
    for (const File& other : files_)
      if (collide(other.wanted.target, file.wanted.target))
        return jailrun::input_error(other.wanted.target == file.wanted.target
                                        ? file.wanted.target + " is given twice"
                                        : file.wanted.target + " and " + other.wanted.target +
                                              " can't both be files");
    files_.push_back(std::move(file));
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (files_.empty()) return {};
    root_ = plan.text_fact("jail.root");
    const std::string program = "/" + plan.text_fact("jail.name");
    jailrun_stages::Folders folders(plan);
    for (const File& file : files_) {
      if (collide(file.wanted.target, program))
        return jailrun::input_error(file.origin + ": " + file.wanted.target + ": the program has the place " +
                                    program);
      folders.above(file.wanted.target);
      Result<void> planned = file.is_device() ? plan_node(plan, file) : plan_file(plan, file);
      if (!planned) return std::move(planned).error().within(file.origin);
    }
    return {};
  }

  static Result<void> plan_node(Plan& plan, const File& file) {
    const std::string base = plan.text_fact("jail.base");
    struct statvfs traits {};
    if (statvfs(base.c_str(), &traits) == 0 && (traits.f_flag & ST_NODEV) != 0)
      return jailrun::input_error(base + " is on a filesystem mounted nodev: " + file.wanted.target +
                                  " could not be opened in the jail");
    plan.node(file.wanted.target, S_ISBLK(file.now.st_mode) ? JR_NODE_BLOCK : JR_NODE_CHAR,
              major(file.now.st_rdev), minor(file.now.st_rdev), file.wanted.mode.value_or(0600),
              file.wanted.owner.value_or(plan.user()));
    return {};
  }

  Result<void> plan_file(Plan& plan, const File& file) const {
    const FileOption& wanted = file.wanted;
    const jr_owner sources = {file.now.st_uid, file.now.st_gid};
    const jr_owner owner = wanted.is_jails ? plan.user() : wanted.owner.value_or(sources);
    // The same file has the same owner and mode: those of the host's file are not for a jail to change.
    const bool can_be_same = owner.uid == sources.uid && owner.gid == sources.gid &&
                             wanted.mode.value_or(file.now.st_mode & 07777) == (file.now.st_mode & 07777);
    const jailrun_stages::HostFile host = {file.source, wanted.target, owner,
                                           wanted.mode.value_or(JR_MODE_OF_SOURCE)};
    if (!can_be_same && (wanted.way == "link" || wanted.way == "bind"))
      return jailrun::input_error("by way=" + wanted.way + " " + wanted.target +
                                  " has the owner and mode of " + file.source +
                                  "; another needs way=copy or way=reflink");
    if (can_be_same && (wanted.way.empty() || wanted.way == "link") && stands_already(file)) {
      host.link(plan);  // a client has made the very link
      return {};
    }
    if (!wanted.way.empty()) {
      host.by(wanted.way, plan);
      return {};
    }
    plan.begin_first_of();
    for (const char* way : {"reflink", "link", "bind", "copy"}) {
      const bool is_same = way == std::string_view("link") || way == std::string_view("bind");
      if (is_same && !can_be_same) continue;
      plan.alternative(way);
      host.by(way, plan);
    }
    plan.end_first_of();
    return {};
  }

  // A hint only, as links on the way are followed: the runner looks for itself, inside the root.
  bool stands_already(const File& file) const {
    struct stat there {};
    return lstat((root_ + file.wanted.target).c_str(), &there) == 0 && there.st_dev == file.now.st_dev &&
           there.st_ino == file.now.st_ino;
  }

  std::vector<File> files_;
  std::string root_;
};

}  // namespace

JAILRUN_STAGE(Files, jailrun::Descriptor("files", "1.0.0", "puts host files into the jail")
                         .options(kOptions)
                         .consumes(kConsumes)
                         .after(kAfter)
                         .capability(CAP_CHOWN)
                         .capability(CAP_MKNOD)
                         .capability(CAP_SYS_ADMIN))
