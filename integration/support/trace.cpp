// SPDX-License-Identifier: Apache-2.0
#include "integration/support/trace.hpp"

#include "integration/support/files.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace jailrun::integration {
namespace {

// Parts at commas that are in no string and in no bracket.
Strings split_arguments(const std::string& text) {
  Strings arguments;
  std::string one;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      one.append(1, c).append(1, text.at(++i));
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && std::string("([{<").find(c) != std::string::npos) ++depth;
    // "->" is an arrow and no bracket: it comes in what a descriptor names.
    if (!quoted && std::string(")]}>").find(c) != std::string::npos &&
        !(c == '>' && i > 0 && text[i - 1] == '-'))
      --depth;
    if (!quoted && depth == 0 && c == ',') {
      arguments.push_back(one);
      one.clear();
      if (i + 1 < text.size() && text[i + 1] == ' ') ++i;
      continue;
    }
    one += c;
  }
  if (!one.empty()) arguments.push_back(one);
  return arguments;
}

// "mkdirat(3</srv>, "a", 0755) = 0"
SystemCall parse_call(pid_t thread, const std::string& line) {
  const size_t open = line.find('(');
  const size_t equals = line.rfind(" = ");
  const size_t close = line.rfind(')', equals);
  if (open == std::string::npos || equals == std::string::npos || close == std::string::npos)
    throw std::runtime_error("this line of a trace is not understood: " + line);
  return {thread, line.substr(0, open), split_arguments(line.substr(open + 1, close - open - 1)),
          line.substr(equals + 3)};
}

}  // namespace

std::string SystemCall::text() const {
  std::string line = std::to_string(thread) + " " + name + "(";
  for (const std::string& argument : arguments)
    line += (&argument == &arguments.front() ? "" : ", ") + argument;
  return line + ") = " + result;
}

Command traced(Command command, const std::string& file, const std::string& calls) {
  const Strings strace = {"strace",         "-f", "-y",         "-s", "4096", "-a", "1", "-o", file, "-e",
                          "trace=" + calls, "-e", "signal=none"};
  command.argv.insert(command.argv.begin(), strace.begin(), strace.end());
  return command;
}

std::vector<SystemCall> read_trace(const std::string& file) {
  constexpr const char* kCut = " <unfinished ...>";
  std::vector<SystemCall> calls;
  std::map<pid_t, std::string> begun;
  for (const std::string& line : split_lines(read_file(file))) {
    const pid_t thread = std::stoi(line);
    std::string call = line.substr(line.find_first_not_of("0123456789 "));
    if (call.compare(0, 3, "+++") == 0 || call.compare(0, 3, "---") == 0) continue;
    if (call.size() > std::string(kCut).size() &&
        call.compare(call.size() - std::string(kCut).size(), std::string::npos, kCut) == 0) {
      begun[thread] = call.substr(0, call.size() - std::string(kCut).size());
      continue;
    }
    if (call.compare(0, 5, "<... ") == 0) {
      call = begun[thread] + call.substr(call.find(" resumed>") + 9);
      begun.erase(thread);
    }
    // An execve that is resumed by the thread that leads the process, another than the one that called it.
    if (call.find('(') == std::string::npos || call.find(" = ") == std::string::npos) continue;
    calls.push_back(parse_call(thread, call));
  }
  return calls;
}

std::vector<SystemCall> until_exec(std::vector<SystemCall> calls) {
  const auto is_hand_over = [](const SystemCall& call) {
    return call.name == "execve" &&
           call.arguments.at(0).find("/lib/jailrun/jailrun-dynamic\"") != std::string::npos;
  };
  calls.erase(std::remove_if(calls.begin(), calls.end(), is_hand_over), calls.end());
  bool first = true;
  for (auto call = calls.begin(); call != calls.end(); ++call) {
    if (call->name != "execve" || !call->succeeded()) continue;
    if (first) {
      first = false;
      continue;
    }
    // What other threads and processes of the runner did afterwards counts; the program's own does not.
    const pid_t program = call->thread;
    calls.erase(std::remove_if(std::next(call), calls.end(),
                               [&](const SystemCall& one) { return one.thread == program; }),
                calls.end());
    return calls;
  }
  throw std::runtime_error("the trace shows no execve of a program");
}

}  // namespace jailrun::integration
