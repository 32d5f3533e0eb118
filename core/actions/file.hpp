// SPDX-License-Identifier: Apache-2.0
// Regular files in the jail: what all have in common, files with given content, the program's pid.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/jail.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"

#include <functional>

namespace jailrun::core {

// A file at a path in the jail's root, made with its final owner and mode, removed by release. A regular file
// that existed there is set aside in the jail's directory, outside the root, and put back by release.
class FileAction : public Action {
 public:
  FileAction(std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), path_(std::move(path)), ownership_(ownership) {}

  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kRepeatable | kShowsPath; }
  uint64_t capabilities(bool is_roots) const override { return is_roots ? 0 : kInTenantsDirectory; }
  std::string_view policy_for_existing() const override { return "set aside, and put back by rm"; }
  std::string existed_slot() const override;
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> release(Release& release) override;

 protected:
  const std::string& path() const { return path_; }
  const sys::Ownership& ownership() const { return ownership_; }
  // Makes the file by `create`. What exists there (EEXIST) is set aside; if it is not a regular file with one
  // link, it is refused: a link to somebody else's file, a FIFO or a symbolic link that a tenant planted.
  using Create = std::function<Result<void>(const sys::Place&)>;
  Result<void> make(Launch& launch, const Create& create);
  // A new file with this content.
  Result<void> make(Launch& launch, const std::string& content);

 private:
  Result<void> make_over_image(Launch& launch, const sys::Place& place, const Create& create) const;
  std::string aside_name() const;
  Result<void> set_aside(const Jail& jail, const sys::Place& place) const;
  Result<void> put_back(const Jail& jail) const;

  std::string path_;
  sys::Ownership ownership_;
};

class WriteAction final : public FileAction {
 public:
  WriteAction(std::string path, const sys::Ownership& ownership, std::string content)
      : FileAction(std::move(path), ownership), content_(std::move(content)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "write"; }
  Result<void> perform(Launch& launch) override;

 private:
  std::string content_;
};

// Performed by the core once the pid is known: by the process itself, or by the parent that made it.
class PidFileAction final : public FileAction {
 public:
  using FileAction::FileAction;
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "pid-file"; }
  uint32_t traits() const override { return kNeedsProgramPid | kShowsPath; }
  Result<void> perform(Launch& launch) override;
};

}  // namespace jailrun::core
