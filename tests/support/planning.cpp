// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include "core/actions/mount.hpp"
#include "core/base/message.hpp"
#include "core/pipeline/command_line.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/stages/assembly.hpp"
#include "tests/support/cgroup_host_double.hpp"
#include "tests/support/temp_directory.hpp"

#include <algorithm>
#include <filesystem>

namespace jailrun::tests {
namespace {

// Loaded plugins are never unloaded, so all tests share one loader.
std::string copy_plugins(const char* from, const TempDirectory& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from))
    if (entry.path().extension() == ".so")
      to.file(entry.path().filename().string(), read_file(entry.path().string()));
  return to.path();
}

struct Installed {
  TempDirectory directory;
  core::Trust trust;
  core::Loader loader;

  Installed() : loader(trust, {copy_plugins(JAILRUN_TEST_PLUGINS, directory)}) {}
};

Installed& installed() {
  static Installed instance;
  return instance;
}

const TempDirectory& program_directory() {
  static const TempDirectory kDirectory;
  return kDirectory;
}

const char* phase_word(core::Phase phase) { return phase == core::Phase::kPrepare ? "prepare " : "enter "; }

std::string with_tmp(std::string text) {
  const std::string& path = program_directory().path();
  for (size_t at = 0; (at = text.find(path, at)) != std::string::npos;) text.replace(at, path.size(), "TMP");
  return text;
}

const CgroupHostDouble& without_cgroups() {
  static const CgroupHostDouble kHost;
  return kHost;
}

Result<std::vector<std::string>> plan_lines(const std::string& text, std::vector<std::string> words,
                                            const core::CgroupHost& host, bool strict) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const core::CommandLine split = core::split_command_line(static_cast<int>(argv.size()), argv.data());

  const TempDirectory directory;
  core::Trust trust;  // not the shared one: all that a Trust opened stays open as long as it lives
  std::vector<core::Finding> findings;
  const std::unique_ptr<core::Pipeline> pipeline =
      core::load_pipeline(directory.file("test.conf", text), {}, trust, installed().loader, findings);
  if (!findings.empty()) return input_error(findings.front().text());

  std::vector<const core::StageDescription*> stages;
  for (const core::PipelineStage& stage : pipeline->stages) stages.push_back(stage.description);
  JR_ASSIGN(core::Parsed parsed, core::parse(split, core::runner_options(), stages, false));
  core::Timings timings;
  core::Survey survey;
  core::Assembly assembly(*pipeline, std::move(parsed.values), split.arguments, host);
  if (strict) assembly.be_strict();
  JR_TRY(assembly.configure(timings));
  JR_ASSIGN(const std::unique_ptr<core::Plan> plan, assembly.plan(survey, timings));
  std::vector<std::string> lines;
  plan->each([&](const core::Action& action) {
    // Whether there can be a template depends on the host's mounts.
    if (dynamic_cast<const core::OpenTemplateAction*>(&action) != nullptr) return;
    lines.push_back(phase_word(action.phase()) + action.stage() + ": " + std::string(action.verb()) + " " +
                    action.object() + alternative_of(action));
  });
  return lines;
}

}  // namespace

const std::string& program() {
  static const std::string kPath = program_directory().file("vmm", "", 0755);
  return kPath;
}

const std::string& plugin_directory() { return installed().directory.path(); }

std::string default_pipeline() { return read_file(JAILRUN_TEST_PIPELINES "/default.conf"); }

Launch::Launch()
    : text_(
          "[validate-id]\n[close-fds]\n[chroot-builder]\nchroot-base-dir = "
          "/usr\n[bind]\n[cgroup-v1]\n[numa]\n"
          "[devices]\n[netns]\n[daemonize]\n[drop-privs]\n[exec]\n"),
      options_{{"id", "web-1"}, {"exec-file", program()}, {"uid", "1234"}, {"gid", "100"}},
      host_(&without_cgroups()) {}

Launch& Launch::set(const std::string& option, const std::string& value) {
  return without(option).add(option, value);
}

Launch& Launch::add(const std::string& option, const std::string& value) {
  options_.emplace_back(option, value);
  return *this;
}

Launch& Launch::flag(const std::string& option) {
  flags_.push_back("--" + option);
  return *this;
}

Launch& Launch::without(const std::string& option) {
  options_.erase(
      std::remove_if(options_.begin(), options_.end(), [&](const auto& one) { return one.first == option; }),
      options_.end());
  return *this;
}

Launch& Launch::arguments(std::vector<std::string> words) {
  arguments_ = std::move(words);
  return *this;
}

Launch& Launch::strict() {
  strict_ = true;
  return *this;
}

Launch& Launch::on(const core::CgroupHost& host) {
  host_ = &host;
  return *this;
}

Launch& Launch::pipeline(std::string text) {
  text_ = std::move(text);
  return *this;
}

std::vector<std::string> Launch::lines() const {
  std::vector<std::string> words = {"jailrun"};
  for (const auto& [name, value] : options_) {
    words.push_back("--" + name);
    words.push_back(value);
  }
  words.insert(words.end(), flags_.begin(), flags_.end());
  words.emplace_back("--");
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  Result<std::vector<std::string>> planned = plan_lines(text_, std::move(words), *host_, strict_);
  if (!planned) return {with_tmp("refused: " + core::message(planned.error()))};
  for (std::string& line : planned.value()) line = with_tmp(std::move(line));
  return std::move(planned).value();
}

std::string Launch::plan() const {
  std::string text;
  for (const std::string& line : lines()) text += line + "\n";
  return text;
}

std::string Launch::plan_of(const std::string& stage) const {
  std::string text;
  for (const std::string& line : lines()) {
    const std::string mark = " " + stage + ": ";
    const size_t at = line.find(mark);
    if (line.compare(0, 8, "refused:") == 0)
      text += line + "\n";
    else if (at == line.find(' '))
      text += line.substr(0, at) + " " + line.substr(at + mark.size()) + "\n";
  }
  return text;
}

}  // namespace jailrun::tests
