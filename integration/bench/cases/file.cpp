// SPDX-License-Identifier: Apache-2.0
// What it costs to have files put into the jail, and libraries.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/bench/timed_launch.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <filesystem>

namespace jailrun::integration::bench {
namespace {

// default.conf with these sections too.
std::string pipeline_of(const std::string& file, const std::string& sections) {
  std::string text = read_file(pipeline("default.conf"));
  text.insert(text.find("\n[drop-privs]") + 1, sections);
  write_file(file, text);
  return file;
}

CaseResult measure_files(const Settings& settings) {
  CaseResult result = {"files", "the default pipeline with the stage files, ten files beside the base"};
  const Testbed testbed(settings.sub("files"));
  std::filesystem::create_directories(settings.sub("files-sources"));
  std::string by_link = "[files]\n";
  std::string by_first = "[files]\n";
  for (int i = 0; i < 10; ++i) {
    const std::string source = settings.sub("files-sources/") + std::to_string(i);
    write_file(source, "a file\n");
    by_link += "file = " + source + ",way=link\n";
    by_first += "file = " + source + "\n";
  }
  result.series = interleave(
      {testbed.jailrun("without the stage"),
       testbed.jailrun("no file", {}, pipeline_of(settings.sub("files-none.conf"), "[files]\n")),
       testbed.jailrun("ten hard links", {}, pipeline_of(settings.sub("files-link.conf"), by_link)),
       testbed.jailrun("ten by the first method that works", {},
                       pipeline_of(settings.sub("files-first.conf"), by_first)),
       testbed.jailrun(
           "the libraries of /bin/ls", {},
           pipeline_of(settings.sub("files-libraries.conf"), "[library-closure]\nlibrary = /bin/ls\n"))},
      settings.rounds);
  const double without = result.median_of("without the stage");
  result.expect("ten hard links, over a launch without", result.median_of("ten hard links") - without, 300,
                "us");
  result.expect("ten by the first method, over a launch without",
                result.median_of("ten by the first method that works") - without, 300, "us");
  return result;
}

}  // namespace

std::vector<Case> file_cases() { return {{"files", false, measure_files}}; }

}  // namespace jailrun::integration::bench
