// SPDX-License-Identifier: Apache-2.0
// Whole plans: of the pipeline that ships, and of pipelines that a site changed.
#include "tests/support/cgroup_host_double.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

TEST(DefaultPipeline, PlansTheTenStagesInTheirOrder) {
  Launch launch;
  launch.pipeline(default_pipeline())
      .set("chroot-base-dir", "/usr")
      .flag("daemonize")
      .arguments({"--config-file", "vm.json"});
  EXPECT_EQ(
      launch.plan(),
      "prepare validate-id: claim /usr/vmm/web-1\n"
      "prepare close-fds: close-fds all but 0 1 2\n"
      "prepare chroot-builder: root /usr/vmm/web-1/root  0700 1234:100\n"
      "prepare chroot-builder: directory /run  0700 1234:100\n"
      "prepare chroot-builder: copy /vmm  mode as source 1234:100 from TMP/vmm\n"
      "prepare devices: directory /dev  0700 1234:100\n"
      "prepare devices: directory /dev/net  0700 1234:100\n"
      "prepare devices: node /dev/net/tun  char 10:200 0600 1234:100\n"
      "prepare devices: node /dev/kvm  char 10:232 0600 1234:100\n"
      "prepare daemonize: open /dev/null\n"
      "prepare exec: pid-file /vmm.pid  0644 0:0\n"
      "enter chroot-builder: new-root /usr/vmm/web-1/root\n"
      "enter daemonize: session /dev/null /dev/null /dev/null\n"
      "enter drop-privs: credentials uid 1234, gid 100, no groups\n"
      "enter exec: exec /vmm  --id web-1 --start-time-us ? --start-time-cpu-us ? --parent-cpu-time-us ? "
      "--config-file vm.json\n");
}

TEST(DefaultPipeline, LeavesTheProcessAsItWas) {
  const CgroupHostDouble host({{"pids", {1, "/v1/pids"}}});
  Launch launch;
  launch.on(host)
      .strict()
      .flag("daemonize")
      .set("netns", "/proc/self/ns/net")
      .add("bind", "/usr:/usr")
      .add("cgroup", "pids.max=9");
  EXPECT_EQ(launch.plan().find("refused"), std::string::npos) << launch.plan();
}

TEST(Pipelines, AStageIsSwappedByNamingAnotherFile) {
  const TempDirectory directory;
  const std::string plugin = directory.file("other.so", read_file(JAILRUN_TEST_OWN_PLUGINS "/minimal.so"));
  Launch launch;
  launch.pipeline("[validate-id]\n[minimal]\nplugin = " + plugin +
                  "\n[drop-privs]\n[exec]\narguments = none\n");
  EXPECT_EQ(launch.plan(),
            "prepare validate-id: claim /usr/vmm/web-1\n"
            "prepare minimal: root /usr/root  0711 7:8\n"
            "prepare exec: pid-file /vmm.pid  0644 0:0\n"
            "enter minimal: new-root /usr/root\n"
            "enter drop-privs: credentials uid 1234, gid 100, no groups\n"
            "enter exec: exec /vmm\n");
}

TEST(Pipelines, AFileThatCarriesAnotherStageIsRefused) {
  Launch launch;
  launch.pipeline("[devices]\nplugin = " + plugin_directory() + "/netns.so\n[exec]\n");
  EXPECT_EQ(launch.plan(), "refused: test.conf:1: plugin " + plugin_directory() +
                               "/netns.so has no stage 'devices'; it has netns\n");
}

TEST(Pipelines, APluginsFileIsAnAbsolutePath) {
  EXPECT_EQ(Launch().pipeline("[devices]\nplugin = devices.so\n[exec]\n").plan(),
            "refused: test.conf:1: plugin = 'devices.so' is not an absolute path\n");
}

TEST(Pipelines, AnUnknownStageIsRefused) {
  EXPECT_EQ(Launch()
                .pipeline("[vallidate-id]\n")
                .plan()
                .find("refused: test.conf:1: there is no stage 'vallidate-id'"),
            0U);
}

TEST(Pipelines, AnImpossibleOrderIsRefused) {
  EXPECT_EQ(Launch().pipeline("[chroot-builder]\n[validate-id]\n[drop-privs]\n[exec]\n").plan(),
            "refused: test.conf:1: stage chroot-builder must come after validate-id\n");
}

TEST(Pipelines, AFilesRefusalNamesFileAndLine) {
  EXPECT_EQ(Launch()
                .pipeline("[validate-id]\n[drop-privs]\nuid = root\n[chroot-builder]\n[exec]\n")
                .without("uid")
                .plan()
                .find("refused: "),
            0U);
}

TEST(Pipelines, APluginsOwnRefusalNamesTheStage) {
  const TempDirectory directory;
  const std::string plugin = directory.file("minimal.so", read_file(JAILRUN_TEST_OWN_PLUGINS "/minimal.so"));
  EXPECT_EQ(Launch()
                .pipeline("[validate-id]\n[minimal]\nplugin = " + plugin +
                          "\nstand-in-base = refused\n[drop-privs]\n[exec]\n")
                .plan(),
            "refused: stage minimal: the base is refused\n");
}

}  // namespace
}  // namespace jailrun::tests
