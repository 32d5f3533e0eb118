// SPDX-License-Identifier: Apache-2.0
// Run by the build: writes the man pages and completions of the stages that ship, from their descriptors.
//
//   jailrun-pages SOURCES OUTPUT PLUGIN.SO...
//
// SOURCES contains the pages with marks in them. This program loads what the build has just made, whoever
// owns it, which jailrun itself would not do as root.
#include "core/base/message.hpp"
#include "core/base/version.hpp"
#include "core/cli/help/completion.hpp"
#include "core/cli/help/roff.hpp"
#include "core/cli/marks.hpp"
#include "core/pipeline/builtin_options.hpp"
#include "core/plugin/description.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <dlfcn.h>

namespace jailrun::core {
namespace {

namespace fs = std::filesystem;

std::vector<StageDescription> stages_in(const std::string& file) {
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const plugin = library == nullptr ? nullptr : dlsym(library, JR_PLUGIN_SYMBOL);
  if (plugin == nullptr) throw std::runtime_error(dlerror());
  Result<std::vector<StageDescription>> stages = describe_plugin(*static_cast<const jr_plugin*>(plugin));
  if (!stages) throw std::runtime_error(message(stages.error()));
  return std::move(stages).value();
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  if (!(std::ofstream(file) << text)) throw std::runtime_error("can't write " + file.string());
}

void make_pages(const fs::path& sources, const fs::path& output, std::vector<std::string> plugins) {
  std::sort(plugins.begin(), plugins.end());  // as jailrun lists them
  std::vector<StageDescription> all;
  for (const std::string& plugin : plugins)
    for (StageDescription& stage : stages_in(plugin)) all.push_back(std::move(stage));
  std::vector<const StageDescription*> stages;
  for (const StageDescription& stage : all) stages.push_back(&stage);
  const cli::Marks marks = {
      {"@VERSION@", kVersion},
      {"@COMMANDS@\n", cli::commands_in_roff()},
      {"@RUNNER_OPTIONS@\n", cli::options_in_roff(runner_options().options)},
      {"@RUNNER_SETTINGS@\n", cli::options_in_roff(runner_settings().options)},
      {"@JAIL_OPTIONS@\n", cli::options_in_roff(jail_options().options)},
      {"@NEW_STAGE_OPTIONS@\n", cli::options_in_roff(new_stage_options().options)},
      {"@CHECK_PLUGIN_OPTIONS@\n", cli::options_in_roff(check_plugin_options().options)},
      {"@DOCTOR_OPTIONS@\n", cli::options_in_roff(doctor_options().options)},
      {"@STAGES@\n", cli::stages_in_roff(stages)}};
  for (const auto& page : fs::directory_iterator(sources)) {
    std::ifstream file(page.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    write(output / ("man" + page.path().extension().string().substr(1)) / page.path().filename(),
          cli::replace_marks(text, marks));
  }
  write(output / "completions/jailrun", cli::bash_completion(stages));
  write(output / "completions/_jailrun", cli::zsh_completion(stages));
}

}  // namespace
}  // namespace jailrun::core

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    jailrun::core::make_pages(argv[1], argv[2], {argv + 3, argv + argc});
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "jailrun-pages: %s\n", exception.what());
  }
  return 1;
}
