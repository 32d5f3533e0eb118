// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/streams.hpp"

#include "core/actions/common.hpp"
#include "core/sys/streams.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {

std::unique_ptr<Action> OpenStreamAction::restore(const Record& record) {
  return std::make_unique<OpenStreamAction>(static_cast<uint32_t>(record.number("kind")),
                                            record.text("path"));
}

Result<void> OpenStreamAction::survey(Survey& survey) {
  if (stream_->kind != JR_STREAM_FILE) return {};
  JR_ASSIGN(const Existed found, look(survey, true, stream_->path));
  set_existed(found);
  return {};
}

Result<void> OpenStreamAction::perform(Launch&) {
  Stream& stream = *stream_;
  if (stream.kind == JR_STREAM_NULL) {
    JR_ASSIGN(stream.opened, sys::open_host(stream.path, O_RDWR));
  } else if (stream.kind == JR_STREAM_FILE) {
    JR_ASSIGN(stream.opened, sys::open_log(stream.path));
  } else {
    JR_ASSIGN(stream.opened, sys::connect_unix(stream.path));
  }
  return {};
}

Result<void> OpenStreamAction::release(Release& release) {
  if (stream_->kind != JR_STREAM_FILE || existed() != Existed::kNo || release.reason == JR_RELEASE_REMOVE)
    return {};
  // By the same way as it was opened: another may lead to an empty file of the host's by now.
  const Result<void> removed = sys::remove_empty_log(stream_->path);
  const bool is_foreign =
      !removed && (removed.error().status == JR_ERROR_INPUT || removed.error().error_number == ENOENT ||
                   removed.error().error_number == ENOTDIR || removed.error().error_number == ELOOP);
  return is_foreign ? Result<void>{} : removed;
}

std::string SessionAction::object() const {
  std::string text;
  for (const auto& stream : streams_)
    text.append(text.empty() ? "" : " ").append(stream == nullptr ? "kept" : stream->path);
  return text;
}

Result<void> SessionAction::perform(Launch&) {
  for (int number = 0; number < 3; ++number)
    if (const auto& stream = streams_[static_cast<size_t>(number)];
        stream != nullptr && dup2(stream->opened.get(), number) < 0)
      return system_error(errno, "put stream " + std::to_string(number) + " on " + stream->path);
  return {};
}

}  // namespace jailrun::core
