// SPDX-License-Identifier: Apache-2.0
#include "plugins/user-net/ports.hpp"
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

namespace ports = jailrun_stages::ports;

// /bin/true stands for pasta, which not every machine has.
std::string refused(const std::string& settings, const std::string& pasta = "/bin/true") {
  const std::string text =
      Launch()
          .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[user-net]\npasta = " + pasta +
                    "\n" + settings + "[drop-privs]\n[exec]\n")
          .plan_of("user-net");
  EXPECT_EQ(text.find("refused: stage user-net: test.conf:"), 0U) << text;
  const size_t option = text.find(": ", text.find("test.conf:"));  // "test.conf:5: forward: "
  const size_t sentence = option == std::string::npos ? option : text.find(": ", option + 2);
  return sentence == std::string::npos ? text : text.substr(sentence + 2);
}

std::string parsed(const std::string& text) {
  const auto forward = ports::parse(text);
  return forward ? forward.value().protocol + " " + ports::specification(forward.value())
                 : forward.error().sentence;
}

TEST(UserNet, ReadsForwards) {
  EXPECT_EQ(parsed("tcp:8080:80"), "tcp 8080:80");
  EXPECT_EQ(parsed("udp:192.0.2.1/5353:53"), "udp 192.0.2.1/5353:53");
  EXPECT_EQ(parsed("tcp:2001:db8::1/8080:80"), "tcp 2001:db8::1/8080:80");
}

TEST(UserNet, RefusesWhatIsNoForward) {
  EXPECT_EQ(parsed("8080"), "'8080' is not of the form PROTOCOL:[ADDRESS/]PORT:PORT");
  EXPECT_EQ(parsed("tcp:80"), "'tcp:80' is not of the form PROTOCOL:[ADDRESS/]PORT:PORT");
  EXPECT_EQ(parsed("sctp:1:2"), "'sctp:1:2' begins with neither tcp nor udp");
  EXPECT_EQ(parsed("tcp:here/1:2"), "'tcp:here/1:2' names 'here', which is not an IPv4 or IPv6 address");
  for (const char* one :
       {"tcp:0:1", "tcp:1:65536", "tcp:1,2:3", "tcp::1", "tcp:1:", "tcp:all:80", "tcp:1-9:80"})
    EXPECT_EQ(parsed(one), "'" + std::string(one) + "' has a port that is not a number from 1 to 65535");
}

TEST(UserNet, StartsPastaWithNothingForwardedUnlessItIsNamed) {
  const auto plan = [](const std::string& settings) {
    return Launch()
        .pipeline(
            "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[user-net]\npasta = /usr/bin/env\n" +
            settings + "[drop-privs]\n[exec]\n")
        .plan_of("user-net");
  };
  const std::string begin =
      "prepare helper pasta  /usr/bin/env --quiet --config-net --no-map-gw --no-netns-quit -T none -U none ";
  const std::string end =
      " --userns {user-namespace} --netns {network-namespace}  65534:65534  makes a network namespace\n"
      "prepare follow-program pasta  ends with the program\n"
      "enter join-namespace the network of helper pasta\n";
  EXPECT_EQ(plan(""), begin + "-t none -u none" + end);
  EXPECT_EQ(plan("forward = tcp:8080:80\nforward = tcp:8443:443\naddress = 10.0.2.15/24\ndns = 10.0.2.3\n"),
            begin + "-t 8080:80 -t 8443:443 -u none -a 10.0.2.15 -n 24 --dns-forward 10.0.2.3" + end);
}

TEST(UserNet, SaysWhereAWrongForwardStands) {
  EXPECT_EQ(refused("forward = tcp:80:80\nforward = tcp:80\n"),
            "'tcp:80' is not of the form PROTOCOL:[ADDRESS/]PORT:PORT\n");
}

TEST(UserNet, RefusesWhatIsNoAddress) {
  EXPECT_EQ(refused("address = here\n"), "'here' is not an IPv4 or IPv6 address\n");
  EXPECT_EQ(refused("address = 192.0.2.1/33\n"), "'192.0.2.1/33' has no number of bits from 1 to 32\n");
  EXPECT_EQ(refused("address = 2001:db8::1/64\n"),
            "'2001:db8::1/64': only the network of an IPv4 address can be given\n");
  EXPECT_EQ(refused("address = 192.0.2.1\naddress = 192.0.2.2\n"),
            "'192.0.2.2' is a second address of the same kind as 192.0.2.1\n");
  EXPECT_EQ(refused("dns = 192.0.2.1/24\n"), "'192.0.2.1/24' is not an IPv4 or IPv6 address\n");
}

TEST(UserNet, RefusesAPastaThatIsNotThere) {
  EXPECT_EQ(refused("", "/nowhere/pasta"),
            "/nowhere/pasta, which is in Debian's package passt: No such file or directory\n");
}

}  // namespace
}  // namespace jailrun::tests
