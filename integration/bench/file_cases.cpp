// SPDX-License-Identifier: Apache-2.0
// What it costs to have files put into the jail, and libraries.
#include "integration/bench/cases.hpp"
#include "integration/bench/place.hpp"
#include "integration/bench/shot.hpp"
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

Findings measure_files(const Setting& setting) {
  Findings found = {"files", "the default pipeline with the stage files, ten files beside the base"};
  const Place place(setting.sub("files"));
  std::filesystem::create_directories(setting.sub("files-sources"));
  std::string by_link = "[files]\n";
  std::string by_first = "[files]\n";
  for (int i = 0; i < 10; ++i) {
    const std::string source = setting.sub("files-sources/") + std::to_string(i);
    write_file(source, "a file\n");
    by_link += "file = " + source + ",way=link\n";
    by_first += "file = " + source + "\n";
  }
  found.series = interleave(
      {place.jailrun("without the stage"),
       place.jailrun("no file", {}, pipeline_of(setting.sub("files-none.conf"), "[files]\n")),
       place.jailrun("ten hard links", {}, pipeline_of(setting.sub("files-link.conf"), by_link)),
       place.jailrun("ten by the first way that works", {},
                     pipeline_of(setting.sub("files-first.conf"), by_first)),
       place.jailrun(
           "the libraries of /bin/ls", {},
           pipeline_of(setting.sub("files-libraries.conf"), "[library-closure]\nlibrary = /bin/ls\n"))},
      setting.rounds);
  const double without = found.median_of("without the stage");
  found.expect("ten hard links, over a launch without", found.median_of("ten hard links") - without, 300,
               "us");
  found.expect("ten by the first way, over a launch without",
               found.median_of("ten by the first way that works") - without, 300, "us");
  return found;
}

}  // namespace

std::vector<Case> file_cases() { return {{"files", false, measure_files}}; }

}  // namespace jailrun::integration::bench
