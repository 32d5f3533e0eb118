// SPDX-License-Identifier: Apache-2.0
// Another name of the jail: where the program was named by a symbolic link, clients look for the jail below
// the link's name.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"

namespace jailrun::core {

// <base>/<name>/<id>, a symbolic link to the jail's directory. The directory <base>/<name> is shared, as that
// of the jail's first name is.
class AliasAction final : public Action {
 public:
  explicit AliasAction(std::string name) : Action(Phase::kPrepare), name_(std::move(name)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "alias"; }
  std::string object() const override;
  Record record() const override { return Record().add("name", name_).add("path", path_); }
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  std::string target() const { return "../" + jail_.name + "/" + jail_.id; }
  Result<void> make(int base) const;

  std::string name_;
  std::string path_;  // of the link, on the host
  JailName jail_;
};

}  // namespace jailrun::core
