// SPDX-License-Identifier: Apache-2.0
// jailrun-bench: what a launch costs, against the least it could cost and against others. Run by ./dev bench.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/footprint.hpp"
#include "integration/bench/mount_environment.hpp"
#include "integration/support/command.hpp"
#include "integration/support/files.hpp"
#include "integration/support/isolation.hpp"
#include "integration/support/stage.hpp"
#include "integration/support/workplace.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace jailrun::integration;

constexpr const char* kUsage =
    "usage: jailrun-bench [quick] [--case NAME]... [--rounds N] [--tmpfs] [--pictures DIR] [--json FILE] "
    "[--list]\n"
    "  quick           the main cases, fewer rounds\n"
    "  --case NAME     only that case, again for more\n"
    "  --rounds N      measurements of each contender; a case that has to wait makes fewer\n"
    "  --tmpfs         the jails on a tmpfs instead of a disk\n"
    "  --pictures DIR  draws the curves into that directory\n"
    "  --json FILE     writes the figures there too\n"
    "  --record FILE   measures nothing, but counts, and writes the record that the tests compare with\n"
    "  --list          names the cases\n";

struct Options {
  bench::Settings settings;
  bool quick = false;
  bool list = false;
  bool tmpfs = false;
  std::string json;
  std::string record;
  Strings cases;
};

std::vector<bench::Case> all_cases() {
  std::vector<bench::Case> all;
  for (const auto& some : {bench::footprint_cases(), bench::launch_cases(), bench::cgroup_cases(),
                           bench::mount_cases(), bench::peer_cases(), bench::jailer_cases(),
                           bench::many_jails_cases(), bench::option_cases(), bench::file_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

// Paths are made absolute: stepping into a mount namespace leaves the working directory.
bool parse_arguments(int argc, char** argv, Options& options) {
  int rounds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "quick") {
      options.quick = true;
    } else if (word == "--tmpfs") {
      options.tmpfs = true;
    } else if (word == "--list") {
      options.list = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (word == "--case") {
      options.cases.emplace_back(argv[++i]);
    } else if (word == "--rounds") {
      rounds = std::atoi(argv[++i]);
      if (rounds < 1) return false;
    } else if (word == "--pictures") {
      options.settings.pictures = std::filesystem::absolute(argv[++i]);
    } else if (word == "--record") {
      options.record = std::filesystem::absolute(argv[++i]);
    } else if (word == "--json") {
      options.json = std::filesystem::absolute(argv[++i]);
    } else {
      return false;
    }
  }
  bench::Settings& settings = options.settings;
  settings.is_quick = options.quick;
  if (options.quick) settings.rounds = 60, settings.cold_rounds = 20;
  if (rounds > 0) settings.rounds = rounds, settings.cold_rounds = std::max(1, rounds / 3);
  return true;
}

void make_directory(const Options& options) {
  const std::string& directory = options.settings.directory;
  mkdir(directory.c_str(), 0755);
  if (options.tmpfs && mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID, "mode=0755") != 0)
    throw std::runtime_error("can't mount a tmpfs at " + directory);
}

void count(const Options& options) {
  const std::string text = bench::record_text(bench::count_everything(options.settings.directory));
  std::fputs(text.c_str(), stdout);
  write_file(options.record, text);
}

int measure(Options options, const std::vector<bench::Case>& cases) {
  try {
    bench::share_mounts();
    bench::raise_priority();
    options.settings.directory = workplace() + "/bench";
    make_directory(options);
    if (!options.record.empty()) return count(options), 0;
    std::printf("%s, jails on %s, load %s\n", bench::machine().c_str(), options.tmpfs ? "a tmpfs" : "disk",
                bench::load().c_str());
    std::vector<bench::CaseResult> all;
    for (const bench::Case& one : cases) {
      sync();  // the disk has nothing left to do for the case before
      all.push_back(one.measure(options.settings));
      bench::print(all.back());
    }
    bench::print_summary(all);
    std::printf("load %s\n", bench::load().c_str());
    if (!options.json.empty()) bench::write_json(options.json, all);
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "jailrun-bench: %s\n", exception.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_arguments(argc, argv, options)) return std::fputs(kUsage, stderr), 1;
  std::vector<bench::Case> cases;
  for (const bench::Case& one : all_cases()) {
    const bool named = std::find(options.cases.begin(), options.cases.end(), one.name) != options.cases.end();
    if (options.list) std::puts(one.name.c_str());
    if (named || (options.cases.empty() && (one.is_quick || !options.quick))) cases.push_back(one);
  }
  if (options.list) return 0;
  if (cases.empty()) return std::fputs("jailrun-bench: no such case; --list names them\n", stderr), 1;
  if (geteuid() != 0 || access(runner().c_str(), X_OK) != 0)
    return std::fputs("jailrun-bench: needs root and a staged tree: sudo ./dev bench\n", stderr), 1;
  return run_isolated([&] { return measure(options, cases); });
}
