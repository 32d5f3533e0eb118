// SPDX-License-Identifier: Apache-2.0
// The default pipeline, against the least that its work can cost; and pipelines against each other.
#include "integration/bench/cases/cases.hpp"
#include "integration/bench/template_namespace.hpp"
#include "integration/bench/testbed.hpp"
#include "integration/bench/timed_launch.hpp"
#include "integration/support/files.hpp"
#include "integration/support/shipped_plugin.hpp"
#include "integration/support/stage.hpp"

#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <sys/mount.h>

namespace jailrun::integration::bench {
namespace {

// A launch into it is refused by its first action, which is to make a directory.
void make_read_only(const std::string& base) {
  if (mount(base.c_str(), base.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, base.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
    throw std::runtime_error("can't make " + base + " read-only: " + std::strerror(errno));
}

// Start-up is everything up to the first action: the time that a launch takes which that action refuses. That
// includes saying why and exiting, so it is a little more than start-up, for jailrun and for floor.
Outcome run_whole(const Strings& words) {
  Outcome outcome = run(words);
  if (!outcome.succeeded()) throw std::runtime_error(outcome.text());
  return outcome;
}

// What `--timings` reports for performing: the last of the columns, without the exec itself.
double performing_us(const Strings& words) {
  double sum = 0;
  for (const std::string& line : run_whole(words).err_lines()) {
    std::istringstream row(line);
    std::string stage;
    double configure = 0;
    double plan = 0;
    double perform = 0;
    if (row >> stage >> configure >> plan >> perform) sum += perform;
  }
  return sum;
}

CaseResult measure_default(const Settings& settings) {
  CaseResult result = {
      "default",
      "the default pipeline without cgroup values, from the fork to the program's first instruction"};
  const Testbed testbed(settings.sub("default"));
  const Testbed refusing(settings.sub("refusing"));
  make_read_only(refusing.base());
  const TemplateNamespace around;
  const Strings levers = {"--template", around.path(), "--reflink"};
  const Strings refused = refusing.jailrun_words("bench", {});
  const Strings floor_refused = refusing.floor_words("bench", {});
  Contender actions = testbed.jailrun("the actions alone, jailrun");
  actions.measure = [words = testbed.jailrun_words("bench", {"--timings"})] { return performing_us(words); };
  const auto floor_actions = [&testbed](const std::string& name, Strings flags) {
    flags.emplace_back("--timings");
    Contender contender = testbed.floor(name);
    contender.measure = [words = testbed.floor_words("bench", flags)] {
      return std::stod(run_whole(words).err);
    };
    return contender;
  };
  result.series =
      interleave({testbed.jailrun("jailrun"),
                  testbed.floor("floor"),
                  testbed.floor("floor with the same levers", levers),
                  alone("the program alone"),
                  {"jailrun refused by its first action", [&] { return time_to_exit(refused); }},
                  {"floor refused by its first action", [&] { return time_to_exit(floor_refused); }},
                  actions,
                  floor_actions("the actions alone, floor", {}),
                  floor_actions("the actions alone, floor with the same levers", levers)},
                 settings.rounds);
  umount2(refusing.base().c_str(), MNT_DETACH);

  result.expect_ratio("jailrun", "floor", 1.5);
  result.expect("start-up above that of floor, a static program",
                result.median_of("jailrun refused by its first action") -
                    result.median_of("floor refused by its first action"),
                1000, "us");
  result.expect_ratio("the actions alone, jailrun", "the actions alone, floor with the same levers", 1.15);
  return result;
}

// default.conf, each stage from a file of its own.
std::string write_pipeline_apart(const Settings& settings) {
  std::string text;
  for (const std::string& line : split_lines(read_file(pipeline("default.conf")))) {
    text += line + "\n";
    if (line.compare(0, 1, "[") == 0)
      text += "plugin = " + shipped_plugin(line.substr(1, line.find(']') - 1)) + "\n";
  }
  write_file(settings.sub("apart.conf"), text);
  return settings.sub("apart.conf");
}

// default.conf with one stage from a file, as a site's own is.
std::string write_pipeline_with_one(const Settings& settings) {
  std::string text = read_file(pipeline("default.conf"));
  const std::string section = "[netns]\n";
  text.insert(text.find(section) + section.size(), "plugin = " + shipped_plugin("netns") + "\n");
  write_file(settings.sub("one.conf"), text);
  return settings.sub("one.conf");
}

CaseResult measure_apart(const Settings& settings) {
  CaseResult result = {"stages-apart",
                       "the ten stages of default.conf linked in, and loaded from their files"};
  const Testbed testbed(settings.sub("apart"));
  result.series = interleave(
      {testbed.jailrun("all linked in"), testbed.jailrun("one loaded", {}, write_pipeline_with_one(settings)),
       testbed.jailrun("ten loaded", {}, write_pipeline_apart(settings))},
      settings.rounds);
  const double linked = result.median_of("all linked in");
  result.expect("one loaded, above all linked in", result.median_of("one loaded") - linked, 500, "us");
  result.expect("ten loaded, above all linked in", result.median_of("ten loaded") - linked, 1500, "us");
  return result;
}

CaseResult measure_firecracker(const Settings& settings) {
  CaseResult result = {"firecracker", "firecracker.conf and default.conf, with two cpuset values"};
  if (!can_set_cpuset(result)) return result;
  const Testbed testbed(settings.sub("firecracker"));
  result.series =
      interleave({testbed.jailrun("firecracker.conf", cgroup_options(), pipeline("firecracker.conf")),
                  testbed.jailrun("default.conf", cgroup_options())},
                 settings.rounds, LastJoin::kJustNow);
  result.expect_ratio("firecracker.conf", "default.conf", 1.05);
  return result;
}

CaseResult measure_hardened(const Settings& settings) {
  CaseResult result = {"hardened", "hardened.conf and default.conf, without devices"};
  const Testbed testbed(settings.sub("hardened"));
  const std::string some = "hardened.conf without a network namespace";
  // What its pipeline says already tells the testbed that the program runs in the background.
  const Strings options = {"--new-pid-ns"};
  const Strings fewer = {"--new-pid-ns", "--namespaces", "ipc,uts,cgroup"};
  result.series =
      interleave({testbed.jailrun("default.conf", {"--device", "none"}),
                  testbed.jailrun("firecracker.conf --new-pid-ns",
                                  {"--new-pid-ns", "--device", "none", "--device-if-present", "none"},
                                  pipeline("firecracker.conf")),
                  testbed.jailrun(some, fewer, pipeline("hardened.conf")),
                  testbed.jailrun("hardened.conf", options, pipeline("hardened.conf"))},
                 settings.rounds);
  const double least = result.median_of("default.conf");
  result.expect(some + ", above default.conf", result.median_of(some) - least, 1300, "us");
  return result;
}

}  // namespace

std::vector<Case> launch_cases() {
  return {{"default", true, measure_default},
          {"stages-apart", false, measure_apart},
          {"firecracker", false, measure_firecracker},
          {"hardened", false, measure_hardened}};
}

}  // namespace jailrun::integration::bench
