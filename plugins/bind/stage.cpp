// SPDX-License-Identifier: Apache-2.0
// Host directories and files shown in the jail.
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

constexpr Option kOptions[] = {Option::text("bind", "SOURCE:TARGET[:WORDS]",
                                            "show the host's SOURCE at TARGET in the jail; WORDS, with "
                                            "commas: ro (as without) or rw, rec, nodev, nosuid, noexec")
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
    return jailrun::input_error("'" + word + "' is none of ro, rw, rec, nodev, nosuid, noexec");
  return {};
}

Result<Bind> parse(const std::string& text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (first == std::string::npos) return jailrun::input_error("'" + text + "' is no SOURCE:TARGET[:WORDS]");
  Bind bind;
  bind.source = text.substr(0, first);
  bind.target = text.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  if (bind.source.compare(0, 1, "/") != 0 || bind.target.compare(0, 1, "/") != 0)
    return jailrun::input_error("'" + text + "': both paths must be absolute");
  for (size_t begin = second; begin != std::string::npos && begin < text.size();) {
    const size_t end = text.find(',', begin + 1);
    JR_TRY(apply_word(text.substr(begin + 1, end == std::string::npos ? end : end - begin - 1), bind));
    begin = end;
  }
  struct stat now {};
  if (stat(bind.source.c_str(), &now) != 0) return jailrun::system_error(errno, bind.source);
  bind.is_directory = S_ISDIR(now.st_mode);
  return bind;
}

class BindStage final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    uint64_t index = 0;
    for (const std::string& one : context.options("bind")) {
      Result<Bind> bind = parse(one);
      if (!bind) return std::move(bind).error().within(context.origin("bind", index));
      const auto same = [&](const Bind& other) { return other.target == bind.value().target; };
      if (std::any_of(binds_.begin(), binds_.end(), same))
        return jailrun::input_error(context.origin("bind", index) + ": " + bind.value().target +
                                    " is bound to twice");
      binds_.push_back(std::move(bind).value());
      ++index;
    }
    return {};
  }

  Result<void> plan(Plan& plan) override {
    std::vector<std::string> folders;
    const auto make_folder = [&](const std::string& folder) {
      if (std::find(folders.begin(), folders.end(), folder) != folders.end()) return;
      folders.push_back(folder);
      plan.directory(folder, 0755, {0, 0});
    };
    for (const Bind& bind : binds_) {
      for (size_t slash = bind.target.find('/', 1); slash != std::string::npos;
           slash = bind.target.find('/', slash + 1))
        make_folder(bind.target.substr(0, slash));
      if (bind.is_directory)
        make_folder(bind.target);
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
