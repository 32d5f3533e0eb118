// SPDX-License-Identifier: Apache-2.0
// Validates the jail's id and claims the jail's name with it.
#include <jailrun/stage.hpp>

#include <sys/stat.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("id", "ID", "the jail's name: 1 to 64 ASCII letters, digits and hyphens").required()};
constexpr Fact kConsumes[] = {Fact::text("jail.base"), Fact::text("jail.name"),
                              Fact::text("jail.alias").optional()};
constexpr Fact kProvides[] = {Fact::text("jail.id").while_configuring(), Fact::text("jail.directory")};

// ASCII only, and no dot or slash: the id becomes the name of a directory and of cgroups.
bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

class ValidateId final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string id = context.option("id");
    const auto refuse = [&](const char* what) {
      return jailrun::input_error(context.origin("id").append(": '").append(id).append("' ").append(what));
    };
    if (id.empty()) return refuse("is empty; an id has 1 to 64 characters");
    for (const char c : id)
      if (!is_id_character(c)) return refuse("may contain only ASCII letters, digits and hyphens");
    constexpr size_t kLongest = 64;
    if (id.size() > kLongest) return refuse("is longer than 64 characters");
    context.publish("jail.id", id);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string base = plan.text_fact("jail.base");
    const std::string id = plan.text_fact("jail.id");
    std::string name = plan.text_fact("jail.name");
    std::string alias = plan.has_fact("jail.alias") ? plan.text_fact("jail.alias") : "";
    // A caller that knows the program by the alias may have filled the jail's root there.
    if (!alias.empty() && is_directory(base + "/" + alias + "/" + id) &&
        !is_directory(base + "/" + name + "/" + id))
      name.swap(alias);
    plan.claim(base, name, id);
    if (!alias.empty()) plan.alias(alias);
    plan.publish("jail.directory", base + "/" + name + "/" + id);
    return {};
  }

  // Not through a symbolic link: that would be another jail's alias.
  static bool is_directory(const std::string& path) {
    struct stat now {};
    return lstat(path.c_str(), &now) == 0 && S_ISDIR(now.st_mode);
  }
};

}  // namespace

JAILRUN_STAGE(ValidateId, jailrun::Descriptor("validate-id", "1.0.0", "validates the jail's id and claims it")
                              .options(kOptions)
                              .consumes(kConsumes)
                              .provides(kProvides))
