// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// One more stage than a launch has by itself.
Launch launch() {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[aarch64-cpu]\n[drop-privs]\n[exec]\n");
}

// A sysfs that a host with two caches may have.
class Sysfs {
 public:
  Sysfs() {
    for (const char* folder : {"devices", "devices/system", "devices/system/cpu", "devices/system/cpu/cpu0",
                               "devices/system/cpu/cpu0/cache", "devices/system/cpu/cpu0/regs",
                               "devices/system/cpu/cpu0/regs/identification"})
      directory_.directory(folder);
    file("regs/identification/midr_el1", "0x00000000413fd0c1\n");
  }
  void cache(int index, const std::vector<std::string>& attributes) const {
    const std::string folder = "cache/index" + std::to_string(index);
    directory_.directory("devices/system/cpu/cpu0/" + folder);
    for (const std::string& one : attributes) file(folder + "/" + one, one + "\n");
  }
  void file(const std::string& name, const std::string& content) const {
    directory_.file("devices/system/cpu/cpu0/" + name, content);
  }
  std::string path(const std::string& name = "") const {
    return directory_.path() + (name.empty() ? "" : "/devices/system/cpu/cpu0/" + name);
  }
  std::string plan(const std::string& wanted = "yes") const {
    return launch().set("sysfs", path()).set("cpu-information", wanted).plan_of("aarch64-cpu");
  }

 private:
  TempDirectory directory_;
};

std::string folder(const std::string& path) { return "prepare directory " + path + "  0755 0:0\n"; }
std::string file(const std::string& path) { return "prepare write " + path + "  0644 1234:100\n"; }

const std::string kCpu = "/sys/devices/system/cpu/cpu0";
std::string folders_above_caches() {
  return folder("/sys") + folder("/sys/devices") + folder("/sys/devices/system") +
         folder("/sys/devices/system/cpu") + folder(kCpu) + folder(kCpu + "/cache");
}
std::string identification() {
  return folder(kCpu + "/regs") + folder(kCpu + "/regs/identification") +
         file(kCpu + "/regs/identification/midr_el1");
}

const std::vector<std::string> kAll = {
    "size", "level", "type", "shared_cpu_map", "coherency_line_size", "number_of_sets"};

TEST(Aarch64Cpu, IsShownWithItsCachesAndItsIdentification) {
  const Sysfs sysfs;
  sysfs.cache(0, kAll);
  sysfs.cache(1, {"size", "level"});
  std::string expected = folders_above_caches() + folder(kCpu + "/cache/index0");
  for (const std::string& one : kAll) expected += file(kCpu + "/cache/index0/" + one);
  expected += folder(kCpu + "/cache/index1") + file(kCpu + "/cache/index1/size") +
              file(kCpu + "/cache/index1/level") + identification();
  EXPECT_EQ(sysfs.plan(), expected);
}

TEST(Aarch64Cpu, IsShownWithNothingElseOfSysfs) {
  const Sysfs sysfs;
  sysfs.cache(0, {"size", "ways_of_associativity", "uevent"});
  sysfs.file("online", "1\n");
  sysfs.file("regs/identification/revidr_el1", "0x0\n");
  EXPECT_EQ(sysfs.plan(), folders_above_caches() + folder(kCpu + "/cache/index0") +
                              file(kCpu + "/cache/index0/size") + identification());
}

TEST(Aarch64Cpu, IsShownWithoutCachesWhereTheHostNamesNone) {
  EXPECT_EQ(Sysfs().plan(), folders_above_caches() + identification());
}

TEST(Aarch64Cpu, HasItsCachesInOneRowWithoutAGap) {
  const Sysfs sysfs;
  sysfs.cache(0, {"size"});
  sysfs.cache(2, {"size"});
  EXPECT_EQ(sysfs.plan().find("index2"), std::string::npos);
}

TEST(Aarch64Cpu, HasNoMoreThanEightCaches) {
  const Sysfs sysfs;
  for (int index = 0; index < 9; ++index) sysfs.cache(index, {"size"});
  EXPECT_NE(sysfs.plan().find("index7"), std::string::npos);
  EXPECT_EQ(sysfs.plan().find("index8"), std::string::npos);
}

TEST(Aarch64Cpu, IsNotShownWhereNobodyWantsIt) { EXPECT_EQ(Sysfs().plan("no"), ""); }

TEST(Aarch64Cpu, IsShownByItselfOnlyOnThatArchitecture) {
  const Sysfs sysfs;
#ifdef __aarch64__
  EXPECT_EQ(sysfs.plan("auto"), sysfs.plan("yes"));
#else
  EXPECT_EQ(sysfs.plan("auto"), "");
#endif
  EXPECT_EQ(launch().set("sysfs", sysfs.path()).plan_of("aarch64-cpu"), sysfs.plan("auto"));
}

TEST(Aarch64Cpu, WithoutIdentificationIsRefused) {
  const TempDirectory empty;
  EXPECT_EQ(launch().set("sysfs", empty.path()).set("cpu-information", "yes").plan_of("aarch64-cpu"),
            "refused: stage aarch64-cpu: --cpu-information: " + empty.path() +
                "/devices/system/cpu/cpu0/regs/identification/midr_el1: No such file or directory\n");
}

TEST(Aarch64Cpu, RefusesAnUnknownWord) {
  EXPECT_EQ(launch().set("cpu-information", "maybe").plan_of("aarch64-cpu"),
            "refused: stage aarch64-cpu: --cpu-information: 'maybe' is not one of auto, yes, no\n");
}

TEST(Aarch64Cpu, RefusesARelativeSysfs) {
  EXPECT_EQ(launch().set("sysfs", "sys").plan_of("aarch64-cpu"),
            "refused: stage aarch64-cpu: --sysfs: 'sys' is not an absolute path\n");
}

}  // namespace
}  // namespace jailrun::tests
