// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/footprint.hpp"

#include "integration/bench/statistics.hpp"
#include "integration/support/files.hpp"
#include "integration/support/stage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

struct Range {
  uint64_t begin;
  uint64_t end;
  bool holds(uint64_t address) const { return address >= begin && address < end; }
};

// strace -i -y: "1234 [00007f0a5b1e2d47] mmap(NULL, 64, PROT_READ, MAP_PRIVATE, 3</libc.so.6>, 0) = 0x7f..."
struct Line {
  pid_t thread = 0;
  uint64_t from = 0;  // the address that the call was made from
  std::string call;
};

bool begins(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

bool ends(const std::string& text, const std::string& with) {
  return text.size() >= with.size() && text.compare(text.size() - with.size(), with.size(), with) == 0;
}

// Opened to see that the exec is over, which fails where the program has exited by then: chance.
bool closes_what_the_exec_shows(const std::string& call) {
  return begins(call, "close(") && call.find("/auxv>") != std::string::npos;
}

// The lines on which a call begins. One that the exec cut short is left out: whether the thread that guards
// the launch gets as far as its last wait before that is chance.
std::vector<Line> read_lines(const std::string& trace) {
  std::vector<Line> lines;
  for (const std::string& text : split_lines(read_file(trace))) {
    const size_t bracket = text.find('[');
    const size_t close = text.find("] ", bracket);
    if (bracket == std::string::npos || close == std::string::npos) continue;
    Line line = {std::stoi(text), std::strtoull(text.c_str() + bracket + 1, nullptr, 16),
                 text.substr(close + 2)};
    if (begins(line.call, "+++") || begins(line.call, "---") || closes_what_the_exec_shows(line.call))
      continue;
    if (ends(line.call, " = ?") && !begins(line.call, "exit")) {
      const auto same = [&](const Line& one) { return one.thread == line.thread; };
      const auto last = std::find_if(lines.rbegin(), lines.rend(), same);
      if (begins(line.call, "<...") && last != lines.rend()) lines.erase(std::next(last).base());
      continue;
    }
    if (!begins(line.call, "<...")) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Range> mapped_files(const std::vector<Line>& lines) {
  std::vector<Range> ranges;
  for (const Line& line : lines) {
    const size_t equals = line.call.rfind(" = 0x");
    if (!begins(line.call, "mmap(") || line.call.find('<') == std::string::npos ||
        equals == std::string::npos)
      continue;
    const uint64_t begin = std::strtoull(line.call.c_str() + equals + 3, nullptr, 16);
    ranges.push_back(
        {begin, begin + std::strtoull(line.call.c_str() + line.call.find(", ") + 2, nullptr, 10)});
  }
  return ranges;
}

// The loader is what makes the first call of a program that has one. It is mapped by the kernel, above all
// that the trace shows being mapped.
class Loader {
 public:
  explicit Loader(const std::vector<Line>& lines) : files_(mapped_files(lines)) {
    constexpr uint64_t kLargest = 1U << 20;
    constexpr uint64_t kLibraries = uint64_t{0x7} << 44;
    const uint64_t first = lines.at(1).from;  // after the execve itself
    if (first >= kLibraries) around_ = {first - kLargest, first + kLargest};
  }
  bool made(const Line& line) const {
    const auto holds = [&](const Range& range) { return range.holds(line.from); };
    return around_.holds(line.from) && std::none_of(files_.begin(), files_.end(), holds);
  }

 private:
  std::vector<Range> files_;
  Range around_ = {0, 0};
};

void must(const Outcome& outcome) {
  if (!outcome.succeeded()) throw std::runtime_error(outcome.text());
}

}  // namespace

CallCount count_calls(const Strings& launch, const std::string& trace) {
  Strings words = {"strace", "-f", "-i", "-y", "-a", "1", "-s", "64", "-e", "signal=none", "-o", trace};
  words.insert(words.end(), launch.begin(), launch.end());
  Command command(words);
  // What was inherited would be closed, one call each.
  command.in_child = [] { close_range(3, ~0U, 0); };
  must(run(command));
  const std::vector<Line> lines = read_lines(trace);
  const Loader loader(lines);
  CallCount count;
  pid_t program = 0;
  size_t programs = 0;
  for (const Line& line : lines) {
    if (line.thread == program) continue;
    if (begins(line.call, "execve(") && ++programs == 2) program = line.thread;
    ++count.total;
    if (count.total > 1 && loader.made(line)) ++count.loader;
  }
  if (programs != 2) throw std::runtime_error("the trace " + trace + " does not show one launch");
  return count;
}

size_t peak_kib(const Strings& launch) {
  Strings words = {test_file("peak")};
  words.insert(words.end(), launch.begin(), launch.end());
  const Outcome outcome = run(words);
  must(outcome);
  return std::stoul(outcome.out.substr(sizeof(timespec)));  // after what the program has written
}

namespace {

// The stage, the jails and the program at fixed places on a filesystem that every host has, because each
// component of a path is looked at.
class FixedTestbed {
 public:
  FixedTestbed() {
    std::filesystem::create_directories(kDirectory);
    must_mount(mount("tmpfs", kDirectory, "tmpfs", MS_NOSUID, "mode=0755"));
    // Whatever the host's are.
    must_mount(mount(nullptr, kDirectory, nullptr, MS_SHARED, nullptr));
    for (const char* one : {"/stage", "/jails", "/shared"})
      std::filesystem::create_directory(kDirectory + std::string(one));
    must_mount(mount(stage().c_str(), in("/stage").c_str(), nullptr, MS_BIND, nullptr));
    std::filesystem::copy_file(test_file("first"), in("/first"));
  }
  FixedTestbed(const FixedTestbed&) = delete;
  FixedTestbed& operator=(const FixedTestbed&) = delete;
  ~FixedTestbed() {
    run({runner(), "rm", "--host", "--reports"});
    umount2(in("/stage").c_str(), MNT_DETACH);
    umount2(kDirectory, MNT_DETACH);
    rmdir(kDirectory);
  }

  CallCount count(const std::string& pipeline_file, const Strings& options, const std::string& trace) const {
    const Strings launch = prepared(pipeline_file, options, in("/first"));
    const CallCount counted = count_calls(launch, trace);
    remove();
    return counted;
  }

  // With a program of 768 KiB. The medians of some launches: two in a row may differ by a page or two.
  Touched touched(const std::string& pipeline_file) const {
    std::filesystem::create_directory(in("/large"));
    write_file(in("/large/first"), read_file(in("/first")).append(768 * 1024, '\1').substr(0, 768 * 1024));
    std::filesystem::permissions(in("/large/first"), std::filesystem::perms(0755));
    const Strings launch = prepared(pipeline_file, {}, in("/large/first"));
    std::vector<double> faults;
    std::vector<double> kib;
    for (int i = 0; i < 15; ++i) {
      const Touched one = touched_before_exec(launch);
      faults.push_back(static_cast<double>(one.faults));
      kib.push_back(static_cast<double>(one.peak_kib));
      remove();
    }
    return {static_cast<size_t>(median(faults)), static_cast<size_t>(median(kib))};
  }

 private:
  static constexpr const char* kDirectory = "/run/bench";
  static std::string in(const std::string& path) { return kDirectory + path; }
  static void must_mount(int result) {
    if (result != 0) throw std::runtime_error(std::string("can't mount below /run: ") + std::strerror(errno));
  }
  static void remove() {
    // A program in the background has come to this process.
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    must(run({runner(), "rm", "--chroot-base-dir", in("/jails"), "first/bench"}));
  }

  // The one that ships; or, of one with a setting that asks the host for more or less calls, a copy without
  // it.
  static std::string pipeline_of(const std::string& name) {
    const std::string file = in("/stage/share/jailrun/pipelines/") + name;
    const std::string setting = "\ncore-scheduling = yes";
    std::string text = read_file(file);
    const size_t at = text.find(setting);
    if (at == std::string::npos) return file;
    const std::string copy = in("/" + name);
    write_file(copy, text.erase(at, setting.size()));
    return copy;
  }

  // That launch, after a first one that makes what a host gets once per boot.
  static Strings prepared(const std::string& pipeline_file, const Strings& options,
                          const std::string& program) {
    Strings launch = {in("/stage/bin/jailrun"),
                      "--pipeline",
                      pipeline_of(pipeline_file),
                      "--id",
                      "bench",
                      "--exec-file",
                      program,
                      "--uid",
                      "1234",
                      "--gid",
                      "4321",
                      "--chroot-base-dir",
                      in("/jails")};
    launch.insert(launch.end(), options.begin(), options.end());
    launch.emplace_back("--");
    must(run(launch));
    remove();
    return launch;
  }
};

}  // namespace

std::vector<Count> count_everything(const std::string& directory) {
  std::vector<Count> counts;
  const FixedTestbed testbed;
  // What depends on the host is left out: a device that its kernel may lack, and files of QEMU's.
  const std::pair<const char*, Strings> launches[] = {
      {"default.conf", {}},
      {"firecracker.conf", {"--device-if-present", "none"}},
      {"hardened.conf", {}},
      {"firecracker-hardened.conf", {"--device-if-present", "none"}},
      {"qemu.conf", {"--device", "none", "--bind", "/run/bench/shared:/shared:ro"}},
      {"qemu-hardened.conf", {"--bind", "/run/bench/shared:/lib:ro"}}};
  for (const auto& [pipeline_file, options] : launches) {
    const CallCount calls = testbed.count(pipeline_file, options, directory + "/trace");
    const std::string name = std::string("calls ") + pipeline_file;
    counts.push_back({name + " by the loader", calls.loader});
    counts.push_back({name + " by jailrun", calls.own()});
  }
  const Touched touched = testbed.touched("default.conf");
  counts.push_back({"page faults default.conf", touched.faults});
  counts.push_back({"peak memory default.conf, in KiB,", touched.peak_kib});
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(stage() + "/lib/jailrun/plugins"))
    files.push_back("plugins/" + entry.path().filename().string());
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    const LoadCost cost = load_cost(stage() + "/lib/jailrun/" + file);
    counts.push_back({file + " relative relocations", cost.relative});
    counts.push_back({file + " symbolic relocations", cost.symbolic});
    counts.push_back({file + " bytes loaded", cost.bytes});
    counts.push_back({file + " pages mapped", cost.pages});
  }
  return counts;
}

std::string record_text(const std::vector<Count>& counts) {
  std::string text =
      "# What a launch of each shipped pipeline asks of the kernel, the memory that it touches before it "
      "becomes "
      "its program,\n"
      "# and what the files that carry stages cost the loader: counts that come out the same each time, or "
      "nearly, "
      "for g++ on\n"
      "# x86-64. footprint_test.cpp compares them; whoever lets one grow changes it here in the same commit, "
      "by: "
      "sudo ./dev\n"
      "# bench record\n";
  for (const Count& one : counts) text += one.name + " " + std::to_string(one.value) + "\n";
  return text;
}

std::vector<Count> read_record(const std::string& text) {
  std::vector<Count> counts;
  for (const std::string& line : split_lines(text)) {
    const size_t blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string::npos) continue;
    counts.push_back({line.substr(0, blank), std::stoul(line.substr(blank + 1))});
  }
  return counts;
}

bool is_unchanged(const Count& recorded, size_t now) {
  if (begins(recorded.name, "calls ")) return now == recorded.value;
  const bool is_touched = begins(recorded.name, "page faults ") || begins(recorded.name, "peak memory ");
  const size_t leeway = std::max<size_t>(2, recorded.value / (is_touched ? 8 : 20));
  return now + leeway >= recorded.value && now <= recorded.value + leeway;
}

}  // namespace jailrun::integration::bench
