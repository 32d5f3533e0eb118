// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/expect.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace jailrun::tests::fuzz {
namespace {

// Bytes as people read them, so that a report on a control character can be read too.
std::string quoted(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 300)) {
    char byte[8];
    const bool plain = c >= ' ' && c < 0x7f && c != '\\';
    std::snprintf(byte, sizeof byte, plain ? "%c" : "\\x%02x", static_cast<unsigned char>(c));
    shown += byte;
  }
  return shown;
}

// ASCII's control characters, and those that UTF-8 writes as C2 80 to C2 9F: U+009B begins what ESC [ begins.
bool holds_control_character(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if ((byte < ' ' && byte != '\n') || byte == 0x7f || (byte == 0xC2 && next >= 0x80 && next <= 0x9F))
      return true;
  }
  return false;
}

// The log's file, opened as --log-file does, so that the line is written by the real code.
int log_file() {
  static const int kFile = [] {
    const int fd = memfd_create("log", MFD_CLOEXEC);
    core::log::configure(JR_LOG_DEBUG, core::log::Format::kText, "/proc/self/fd/" + std::to_string(fd));
    if (fd < 0 || !core::log::open()) throw std::runtime_error("can't keep the log in memory");
    return fd;
  }();
  return kFile;
}

}  // namespace

Result<void> expect_lines(std::string_view text, size_t lines) {
  JR_TRY(expect(!holds_control_character(text), "no control character reaches the terminal", quoted(text)));
  JR_TRY(expect(lines == 0 || text.back() == '\n', "the last line has its end", quoted(text)));
  return expect(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) == lines,
                "there are as many lines as there are things to say", quoted(text));
}

std::string take_log() {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0;
       (size = pread(log_file(), buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer, static_cast<size_t>(size));
  if (!text.empty() && ftruncate(log_file(), 0) != 0) throw std::runtime_error("can't empty the log");
  return text;
}

Result<void> expect_refusal(const Error& error) {
  const std::string sentence = core::message(error);
  take_log();
  core::log::error(sentence);
  const std::string logged = take_log();
  JR_TRY(expect(!error.sentence.empty(), "a refusal says what is refused"));
  JR_TRY(expect_lines(logged, 1));
  return expect(error.status != JR_ERROR_INTERNAL, "what is refused is the user's doing", quoted(sentence));
}

Result<void> expect_finding(const core::Finding& finding) {
  JR_TRY(expect(!finding.where.empty() && !finding.sentence.empty(), "a finding has its place and sentence",
                quoted(finding.text())));
  return expect_lines(finding.text() + "\n", 1);
}

}  // namespace jailrun::tests::fuzz
