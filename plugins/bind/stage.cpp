// SPDX-License-Identifier: Apache-2.0
// Host directories and files shown in the jail.
#include "../common/folders.hpp"
#include "../common/option_values.hpp"
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>

#include <linux/capability.h>
#include <sys/stat.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("bind", "SOURCE:TARGET[:WORDS]",
                 "show the host's SOURCE at TARGET in the jail; WORDS, separated by "
                 "commas: ro (the default) or rw, rec, nodev, nosuid, noexec")
        .repeatable()};
constexpr Fact kConsumes[] = {Fact::text("jail.root")};
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder")};

struct Bind {
  std::string source;
  std::string target;
  uint32_t flags = JR_MOUNT_READ_ONLY;
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
  else if (word == "noexec")
    bind.flags |= JR_MOUNT_NOEXEC;
  else
    return jailrun::input_error("'" + word + "' is not one of ro, rw, rec, nodev, nosuid, noexec");
  return {};
}

Result<Bind> parse(const std::string& text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (first == std::string::npos) return jailrun::input_error("'" + text + "' is not SOURCE:TARGET[:WORDS]");
  Bind bind;
  bind.source = text.substr(0, first);
  bind.target = text.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  if (!jailrun_stages::is_absolute(bind.source) || !jailrun_stages::is_absolute(bind.target))
    return jailrun::input_error("'" + text + "': both paths must be absolute");
  if (second != std::string::npos)
    for (const std::string& word : jailrun_stages::split_at_commas(std::string_view(text).substr(second + 1)))
      JR_TRY(apply_word(word, bind));
  struct stat now {};
  if (stat(bind.source.c_str(), &now) != 0) return jailrun::system_error(errno, bind.source);
  bind.is_directory = S_ISDIR(now.st_mode);
  return bind;
}

class BindStage final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
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
    for (const Bind& bind : binds_) plan.bind(jailrun::on_host(bind.source), bind.target, bind.flags);
    return {};
  }

  std::vector<Bind> binds_;
};

}  // namespace

JAILRUN_STAGE(BindStage, jailrun::Descriptor("bind", "1.0.0", "shows host directories and files in the jail")
                             .options(kOptions)
                             .consumes(kConsumes)
                             .after(kAfter)
                             .capability(CAP_SYS_ADMIN))
