// SPDX-License-Identifier: Apache-2.0
// The default pipeline, against the least that its work can cost; and pipelines against each other.
#include "integration/bench/cases.hpp"
#include "integration/bench/place.hpp"
#include "integration/bench/shot.hpp"
#include "integration/bench/template_namespace.hpp"
#include "integration/support/files.hpp"
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

// Start-up is everything up to the first action: the time that a launch takes which that action refuses.
// Saying why and ending the process are in it, so it is a little more than start-up, for jailrun and for
// floor.
Outcome run_whole(const Words& words) {
  Outcome outcome = run(words);
  if (!outcome.succeeded()) throw std::runtime_error(outcome.text());
  return outcome;
}

// What `--timings` says of performing: the last of the columns, without the exec itself.
double performing_us(const Words& words) {
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

Findings measure_default(const Setting& setting) {
  Findings found = {
      "default",
      "the default pipeline without cgroup values, from the fork to the program's first instruction"};
  const Place place(setting.sub("default"));
  const Place refusing(setting.sub("refusing"));
  make_read_only(refusing.base());
  const TemplateNamespace around(place.base());
  const Words levers = {"--template", around.path(), "--reflink"};
  const Words refused = refusing.jailrun_words("bench", {});
  const Words floor_refused = refusing.floor_words("bench", {});
  Contender actions = place.jailrun("the actions alone, jailrun");
  actions.measure = [words = place.jailrun_words("bench", {"--timings"})] { return performing_us(words); };
  const auto floor_actions = [&place](const std::string& name, Words flags) {
    flags.emplace_back("--timings");
    Contender contender = place.floor(name);
    contender.measure = [words = place.floor_words("bench", flags)] {
      return std::stod(run_whole(words).err);
    };
    return contender;
  };
  found.series =
      interleave({place.jailrun("jailrun"),
                  place.floor("floor"),
                  place.floor("floor with the same levers", levers),
                  alone("the program alone"),
                  {"jailrun refused by its first action", [&] { return time_to_exit(refused); }},
                  {"floor refused by its first action", [&] { return time_to_exit(floor_refused); }},
                  actions,
                  floor_actions("the actions alone, floor", {}),
                  floor_actions("the actions alone, floor with the same levers", levers)},
                 setting.rounds);
  umount2(refusing.base().c_str(), MNT_DETACH);

  found.expect_ratio("jailrun", "floor", 1.9);
  found.expect("start-up above that of floor, a static program",
               found.median_of("jailrun refused by its first action") -
                   found.median_of("floor refused by its first action"),
               1000, "us");
  found.expect_ratio("the actions alone, jailrun", "the actions alone, floor with the same levers", 1.15);
  return found;
}

// default.conf, each stage from a file of its own.
std::string write_pipeline_apart(const Setting& setting) {
  std::string text;
  for (const std::string& line : split_lines(read_file(pipeline("default.conf")))) {
    text += line + "\n";
    if (line.compare(0, 1, "[") == 0)
      text +=
          "plugin = " + stage() + "/lib/jailrun/stages-apart/" + line.substr(1, line.find(']') - 1) + ".so\n";
  }
  write_file(setting.sub("apart.conf"), text);
  return setting.sub("apart.conf");
}

// All stages that ship are in one shared object, which every launch loads: it stands for stages that are
// linked in.
Findings measure_apart(const Setting& setting) {
  Findings found = {"stages-apart", "the ten stages of default.conf as shared objects of their own"};
  const Place place(setting.sub("apart"));
  found.series = interleave({place.jailrun("all in one shared object"),
                             place.jailrun("ten shared objects", {}, write_pipeline_apart(setting))},
                            setting.rounds);
  const double one = found.median_of("all in one shared object");
  const double ten = found.median_of("ten shared objects");
  found.expect("ten above one", ten - one, 400, "us");
  found.expect("ten above one, in percent", (ten / one - 1) * 100, 35, "%");
  return found;
}

Findings measure_firecracker(const Setting& setting) {
  Findings found = {"firecracker", "firecracker.conf and default.conf, with two cpuset values"};
  if (!can_set_cpuset(found)) return found;
  const Place place(setting.sub("firecracker"));
  found.series =
      interleave({place.jailrun("firecracker.conf", cgroup_options(), pipeline("firecracker.conf")),
                  place.jailrun("default.conf", cgroup_options())},
                 setting.rounds, Joined::kJustNow);
  found.expect_ratio("firecracker.conf", "default.conf", 1.05);
  return found;
}

}  // namespace

std::vector<Case> launch_cases() {
  return {{"default", true, measure_default},
          {"stages-apart", false, measure_apart},
          {"firecracker", false, measure_firecracker}};
}

}  // namespace jailrun::integration::bench
