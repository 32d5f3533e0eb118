// SPDX-License-Identifier: Apache-2.0
// The runner's log. It is created when the first line is written, so that a quiet launch pays nothing for it.
// It is synchronous, on stderr or in a file, never on stdout.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <string_view>

namespace jailrun::core::log {

enum class Format { kText, kJson };

// Messages below `level` (JR_LOG_...) are dropped; an empty file means stderr.
void configure(uint32_t level, Format format, std::string file);

// "debug", "info", "warning", "error".
Result<uint32_t> parse_level(const std::string& word);
Result<Format> parse_format(const std::string& word);

void write(uint32_t level, const std::string& message);
inline void debug(const std::string& message) { write(JR_LOG_DEBUG, message); }
inline void info(const std::string& message) { write(JR_LOG_INFO, message); }
inline void warning(const std::string& message) { write(JR_LOG_WARNING, message); }
inline void error(const std::string& message) { write(JR_LOG_ERROR, message); }

// What makes the process fail: logged, and, where the log is a file, on stderr too, so that a caller who sees
// the exit status sees why.
void failure(const std::string& message);

// False where a message of this level is dropped: for what costs something to put together.
bool is_on(uint32_t level);
Format format();

// From here on a log in JSON names the jail.
void set_jail(const std::string& id);

// What is being done, for a log in JSON: whose work, and which of its functions or which action.
class Scope {
 public:
  Scope(std::string_view stage, std::string_view call);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();
  // It has failed: an error that is logged after it is of this stage and call.
  void fail() const;

 private:
  std::string_view outer_stage_;
  std::string_view outer_call_;
};

// Opens the file that `configure` named, if any; an error names it. If this is
// not called, the first line opens it.
Result<void> open();

}  // namespace jailrun::core::log
