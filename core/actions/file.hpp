// SPDX-License-Identifier: Apache-2.0
// Regular files in the jail: given content, a copy of a host file, the program's pid.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"

#include <functional>

namespace jailrun::core {

// A file at a path in the jail's root, made with its final owner and mode, removed by release. A regular file
// that stood there is set aside in the jail's directory, outside the root, and put back by release.
class FileAction : public Action {
 public:
  FileAction(std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), path_(std::move(path)), ownership_(ownership) {}

  std::string object() const override;
  Record record() const override;
  std::string_view fate_of_old() const override { return "set aside, and put back by rm"; }
  Result<void> survey(Site& site) override;
  Result<void> release(Site& site) override;

 protected:
  const std::string& path() const { return path_; }
  const sys::Ownership& ownership() const { return ownership_; }
  // Makes the file by `create`. What stands there (EEXIST) is set aside; where it is no regular file with one
  // link it is refused: a link to somebody else's file, a FIFO or a symbolic link that a tenant planted.
  using Create = std::function<Result<void>(const sys::Place&)>;
  Result<void> make(Site& site, const Create& create);
  // A new file with this content.
  Result<void> make(Site& site, const std::string& content);

 private:
  Result<void> make_over_image(Site& site, const sys::Place& place, const Create& create) const;
  std::string aside() const;
  Result<void> set_aside(const Site& site, const sys::Place& place) const;
  Result<void> put_back(const Site& site) const;

  std::string path_;
  sys::Ownership ownership_;
};

class WriteAction final : public FileAction {
 public:
  WriteAction(std::string path, const sys::Ownership& ownership, std::string content)
      : FileAction(std::move(path), ownership), content_(std::move(content)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "write"; }
  Result<void> perform(Site& site) override;

 private:
  std::string content_;
};

class CopyAction final : public FileAction {
 public:
  // `reflink`: only by sharing the data.
  CopyAction(std::string source, std::string path, const sys::Ownership& ownership, bool reflink)
      : FileAction(std::move(path), ownership), source_(std::move(source)), reflink_(reflink) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "copy"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Site& site) override;
  bool is_no_way(int error_number) const override;

 private:
  std::string source_;
  bool reflink_;
};

// A hard link: the inode is the source's, and so are owner and mode. A client may have made the very link
// before the launch: then it is the client's, and stays.
class LinkAction final : public FileAction {
 public:
  LinkAction(std::string source, std::string path)
      : FileAction(std::move(path), {}), source_(std::move(source)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "link"; }
  std::string object() const override { return path() + "  to " + source_; }
  Record record() const override;
  std::string_view fate_of_old() const override;
  Result<void> survey(Site& site) override;
  Result<void> perform(Site& site) override;
  Result<void> release(Site& site) override;
  bool is_no_way(int error_number) const override;

 private:
  std::string source_;
  bool is_same_ = false;  // the link stood there before the launch
};

// Performed by the core once the pid is known: by the process itself, or by the parent that made it.
class PidFileAction final : public FileAction {
 public:
  using FileAction::FileAction;
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "pid-file"; }
  Result<void> perform(Site& site) override;
};

}  // namespace jailrun::core
