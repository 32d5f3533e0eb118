// SPDX-License-Identifier: Apache-2.0
// Host files in the jail, each by the first method that works.
#include "../common/folders.hpp"
#include "../common/host_file.hpp"
#include "../common/jail_mount.hpp"
#include "../common/option_values.hpp"
#include "../common/paths.hpp"
#include "file_option.hpp"

#include <jailrun/host_paths.hpp>

#include <cerrno>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::FileOption;

constexpr Option kOptions[] = {
    Option::text("file", "SOURCE[:TARGET][,way=METHOD][,mode=MODE][,owner=OWNER]",
                 "put the host's SOURCE at TARGET in the jail, by default at its own name in the jail's "
                 "root; METHOD is "
                 "reflink, link, bind or copy, by default the first of these that works; OWNER is UID:GID or "
                 "jail, the "
                 "jail's user; by default owner and mode are the source's. A device becomes a node")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.name"), Fact::text("jail.root"),
                              Fact::number("jail.uid"), Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

using jailrun::host_paths::Walk;

struct File {
  FileOption wanted;
  std::string origin;
  std::string source;  // through no symbolic link
  struct stat now {};
  bool is_device() const { return !S_ISREG(now.st_mode); }
};

// Looks the source up. The target keeps the name that was given: /srv/current may lead
// to another name each day.
Result<void> find_source(File& file) {
  const std::string& given = file.wanted.source;
  const auto lost = [&](jailrun::Error error) {
    const bool is_relative = error.error_number == ENOENT && given.find(':') != std::string::npos;
    if (error.error_number != 0)
      error.sentence = given + (is_relative ? " (a target begins with a slash)" : "");
    return error;
  };
  // Links on the way are judged while they are followed, so that the runner need follow none.
  jailrun::Result<Walk> walk = Walk::to(given);
  if (!walk) return lost(std::move(walk).error());
  file.source = walk.value().real_path();
  jailrun::Result<jailrun::HostFile> found =
      jailrun::open_host_source(file.source, jailrun::HostKind::kAny, O_PATH);
  if (!found) return lost(std::move(found).error());
  file.now = found.value().now;
  if (S_ISDIR(file.now.st_mode))
    return jailrun::input_error(file.wanted.source + " is a directory: name its files, or bind it");
  if (S_ISFIFO(file.now.st_mode) || S_ISSOCK(file.now.st_mode))
    return jailrun::input_error(file.wanted.source + " is neither a regular file nor a device");
  if (file.is_device() && !file.wanted.method.empty())
    return jailrun::input_error(
        file.wanted.source + " is a device, which becomes a node: it can't have way=" + file.wanted.method);
  return {};
}

// One path is the other, or below it: then one of them would have to be a directory.
bool collide(const std::string& one, const std::string& other) {
  return jailrun_stages::is_within(one, other) || jailrun_stages::is_within(other, one);
}

class Files final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    return jailrun_stages::each_value(context, "file", [&](const std::string& one, uint64_t index) {
      return add(one, context.origin("file", index));
    });
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
        return jailrun::input_error(file.origin + ": " + file.wanted.target + ": the program is at " +
                                    program);
      folders.above(file.wanted.target);
      Result<void> planned = file.is_device() ? plan_node(plan, file) : plan_file(plan, file);
      if (!planned) return std::move(planned).error().within(file.origin);
    }
    return {};
  }

  static Result<void> plan_node(Plan& plan, const File& file) {
    JR_TRY(jailrun_stages::check_node(plan.text_fact("jail.root"), plan.text_fact("jail.base"),
                                      file.wanted.target));
    plan.node(file.wanted.target, S_ISBLK(file.now.st_mode) ? JR_NODE_BLOCK : JR_NODE_CHAR,
              major(file.now.st_rdev), minor(file.now.st_rdev), file.wanted.mode.value_or(0600),
              file.wanted.owner.value_or(plan.user()));
    return {};
  }

  Result<void> plan_file(Plan& plan, const File& file) const {
    const FileOption& wanted = file.wanted;
    const jr_owner sources = {file.now.st_uid, file.now.st_gid};
    const jr_owner owner = wanted.is_jails ? plan.user() : wanted.owner.value_or(sources);
    // By link or bind it is the host's own file, whose owner and mode a jail must not change.
    const bool can_be_same = owner.uid == sources.uid && owner.gid == sources.gid &&
                             wanted.mode.value_or(file.now.st_mode & 07777) == (file.now.st_mode & 07777);
    const jailrun_stages::HostFile host = {file.source, wanted.target, owner,
                                           wanted.mode.value_or(JR_MODE_OF_SOURCE)};
    if (!can_be_same && (wanted.method == "link" || wanted.method == "bind"))
      return jailrun::input_error("with way=" + wanted.method + " " + wanted.target +
                                  " has the owner and mode of " + file.source +
                                  "; for others use way=copy or way=reflink");
    if (can_be_same && (wanted.method.empty() || wanted.method == "link") && exists_already(file)) {
      host.link(plan);  // a client has made this link
      return {};
    }
    if (!wanted.method.empty()) {
      host.by(wanted.method, plan);
      return {};
    }
    plan.begin_first_of();
    for (const char* method : {"reflink", "link", "bind", "copy"}) {
      const bool is_same = method == std::string_view("link") || method == std::string_view("bind");
      if (is_same && !can_be_same) continue;
      plan.alternative(method);
      host.by(method, plan);
    }
    plan.end_first_of();
    return {};
  }

  // A hint only, as links on the way are followed: the runner looks for itself, inside the root.
  bool exists_already(const File& file) const {
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
