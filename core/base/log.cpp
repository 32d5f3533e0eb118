// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.hpp"

#include "core/base/json.hpp"
#include "core/base/printable.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/files.hpp"
#include "core/sys/host_paths.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

namespace jailrun::core::log {
namespace {

struct Settings {
  uint32_t level = JR_LOG_WARNING;
  Format format = Format::kText;
  std::string file;
};
Settings& settings() {
  static Settings instance;
  return instance;
}
std::unique_ptr<spdlog::logger>& logger() {
  static std::unique_ptr<spdlog::logger> instance;
  return instance;
}

// spdlog's own file sink would make missing directories, a file that everybody can write, and a
// descriptor that the program would inherit.
class FileSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit FileSink(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    (void)sys::write_all(fd_.get(), std::string_view(line.data(), line.size()));
  }
  void flush_() override {}
  UniqueFd fd_;
};

spdlog::level::level_enum to_spdlog(uint32_t level) {
  switch (level) {
    case JR_LOG_DEBUG: return spdlog::level::debug;
    case JR_LOG_INFO: return spdlog::level::info;
    case JR_LOG_WARNING: return spdlog::level::warn;
    default: return spdlog::level::err;
  }
}

}  // namespace

void configure(uint32_t level, Format format, std::string file) {
  settings() = {level, format, std::move(file)};
}

Result<uint32_t> parse_level(const std::string& word) {
  const char* words[] = {"debug", "info", "warning", "error"};
  for (uint32_t level = JR_LOG_DEBUG; level <= JR_LOG_ERROR; ++level)
    if (word == words[level]) return level;
  return input_error("--log-level: '" + word + "' is not one of debug, info, warning, error");
}

Result<Format> parse_format(const std::string& word) {
  if (word == "text") return Format::kText;
  if (word == "json") return Format::kJson;
  return input_error("--log-format: '" + word + "' is neither text nor json");
}

namespace {

Result<void> make_logger() {
  if (logger()) return {};
  spdlog::sink_ptr sink;
  if (settings().file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  } else {
    Result<UniqueFd> fd = sys::open_host_output(settings().file, sys::HostWalk::LastLink::kFollow);
    if (!fd) return std::move(fd).error().within("--log-file");
    sink = std::make_shared<FileSink>(std::move(fd).value());
  }
  logger() = std::make_unique<spdlog::logger>("jailrun", sink);
  logger()->set_level(to_spdlog(settings().level));
  logger()->flush_on(spdlog::level::trace);
  constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S.%f%z";
  const bool bare = settings().format == Format::kText && settings().file.empty();
  if (settings().format == Format::kJson)
    logger()->set_pattern(JsonObject()
                              .add("time", kTime)
                              .add("level", "%l")
                              .add_raw("pid", "%P")
                              .add_raw("message", "%v")
                              .text());
  else
    logger()->set_pattern(bare ? "jailrun: %v" : std::string(kTime) + " jailrun[%P] %l: %v");
  return {};
}

}  // namespace

Result<void> open() { return settings().file.empty() ? Result<void>{} : make_logger(); }

void write(uint32_t level, const std::string& message) {
  if (level < settings().level) return;
  if (!make_logger())
    settings().file.clear();  // a log that can't be opened must not hide the error that was to be logged
  if (!logger()) (void)make_logger();
  logger()->log(to_spdlog(level),
                settings().format == Format::kJson ? json_string(message) : printable(message));
}

}  // namespace jailrun::core::log
