// SPDX-License-Identifier: Apache-2.0
// Host files in the jail: copied, or linked where that is possible.
#pragma once

#include "core/actions/file.hpp"

namespace jailrun::core {

class CopyAction final : public FileAction {
 public:
  // `reflink`: only by sharing the data.
  CopyAction(std::string source, std::string path, const sys::Ownership& ownership, bool reflink)
      : FileAction(std::move(path), ownership), source_(std::move(source)), reflink_(reflink) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "copy"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Launch& launch) override;
  bool is_unsupported(int error_number) const override;

 private:
  std::string source_;
  bool reflink_;
};

// A hard link: the inode is the source's, and so are owner and mode. A client may have made the same link
// before the launch: then it is the client's, and stays.
class LinkAction final : public FileAction {
 public:
  LinkAction(std::string source, std::string path)
      : FileAction(std::move(path), {}), source_(std::move(source)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "link"; }
  std::string object() const override { return path() + "  to " + source_; }
  Record record() const override;
  std::string_view policy_for_existing() const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;
  bool is_unsupported(int error_number) const override;

 private:
  std::string source_;
  bool is_same_ = false;  // the link existed before the launch
};

}  // namespace jailrun::core
