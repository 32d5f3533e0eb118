// SPDX-License-Identifier: Apache-2.0
// The network namespace that the program runs in.
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"

#include <filesystem>

#include <unistd.h>

namespace jailrun::integration {
namespace {

using NetnsTest = JailTest;

TEST_F(NetnsTest, TheProgramIsInTheNamespaceNamed) {
  const NetworkNamespace network(scratch("network"));
  const Jailed jailed = start({"--netns", network.path()});
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), network.name());
}

TEST_F(NetnsTest, ADaemonIsInTheNamespaceNamed) {
  const NetworkNamespace network(scratch("network"));
  const Jailed jailed = start_daemon({"--netns", network.path()});
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), network.name());
}

TEST_F(NetnsTest, WithoutOneTheProgramStaysInTheCallers) {
  const Jailed jailed = start({});
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), namespace_of(getpid(), "net"));
}

TEST_F(NetnsTest, ALinkToANamespaceIsFollowed) {
  const NetworkNamespace network(scratch("network"));
  std::filesystem::create_symlink(network.path(), scratch("link"));
  const Jailed jailed = start({"--netns", scratch("link")});
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), network.name());
}

TEST_F(NetnsTest, ARelativePathIsTheCallers) {
  const NetworkNamespace network(scratch("network"));
  const std::string directory = scratch("");
  const Jailed jailed = start({"--netns", "network"}, {}, [directory] { (void)!chdir(directory.c_str()); });
  EXPECT_EQ(namespace_of(jailed.pid(), "net"), network.name());
}

TEST_F(NetnsTest, AProcesssNamespaceCanBeNamed) {
  const NetworkNamespace network(scratch("network"));
  const Jailed first = start({"--netns", network.path()});
  const Jailed second =
      start({"--id", "second", "--netns", "/proc/" + std::to_string(first.pid()) + "/ns/net"});
  EXPECT_EQ(namespace_of(second.pid(), "net"), network.name());
}

TEST_F(NetnsTest, AllButMountAndNetworkStaysTheCallers) {
  const NetworkNamespace network(scratch("network"));
  const Jailed jailed = start({"--netns", network.path()});
  for (const char* kind : {"pid", "ipc", "uts", "user", "cgroup", "time"})
    EXPECT_EQ(namespace_of(jailed.pid(), kind), namespace_of(getpid(), kind)) << kind;
}

}  // namespace
}  // namespace jailrun::integration
