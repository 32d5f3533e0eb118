// SPDX-License-Identifier: Apache-2.0
// A network namespace of the program's own, which pasta connects to the host's network.
#include "../common/option_values.hpp"
#include "ports.hpp"

#include <jailrun/stage.hpp>

#include <cerrno>
#include <vector>

#include <arpa/inet.h>
#include <linux/capability.h>
#include <sys/stat.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
namespace ports = jailrun_stages::ports;

constexpr Option kOptions[] = {
    Option::text("pasta", "PATH", "the program that connects the jail to the network")
        .defaults_to("/usr/bin/pasta"),
    Option::number("pasta-uid", "UID", "the user that it runs as, which no jail should have", 1, 4294967294)
        .defaults_to("65534"),
    Option::number("pasta-gid", "GID", "its group", 1, 4294967294).defaults_to("65534"),
    Option::text(
        "forward", "PROTOCOL:[ADDRESS/]PORT:PORT",
        "what reaches the first port on the host, at this address of the host or at all, reaches the second "
        "one in the jail; tcp or udp")
        .repeatable(),
    Option::text("dns", "ADDRESS",
                 "in the jail, DNS queries to this address go to the host's first name server; by UDP"),
    Option::text(
        "address", "ADDRESS[/BITS]",
        "the jail's IPv4 or IPv6 address; if not given, the host's own, which the jail then can't reach")
        .repeatable()};

constexpr Fact kFacts[] = {Fact::number("jail.uid").optional()};

struct Address {
  std::string text;
  std::string bits;  // of its network; empty: not given
  int family = AF_UNSPEC;
};

Result<Address> parse_address(const std::string& text, bool has_bits) {
  Address address;
  const size_t slash = has_bits ? text.find('/') : std::string::npos;
  address.text = text.substr(0, slash);
  unsigned char bytes[sizeof(in6_addr)];
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, address.text.c_str(), bytes) == 1) address.family = family;
  if (address.family == AF_UNSPEC)
    return jailrun::input_error("'" + address.text + "' is not an IPv4 or IPv6 address");
  if (slash == std::string::npos) return address;
  address.bits = text.substr(slash + 1);
  if (address.family != AF_INET)
    return jailrun::input_error("'" + text + "': only the network of an IPv4 address can be given");
  const uint32_t bits = ports::number(address.bits);
  if (bits == 0 || bits > 32)
    return jailrun::input_error("'" + text + "' has no number of bits from 1 to 32");
  return address;
}

class UserNet final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    pasta_ = context.option("pasta");
    owner_ = {static_cast<uint32_t>(context.option_number("pasta-uid")),
              static_cast<uint32_t>(context.option_number("pasta-gid"))};
    const auto within = [&](jailrun::Error error) {
      return std::move(error).within(context.origin("pasta"));
    };
    struct stat found {};
    if (stat(pasta_.c_str(), &found) != 0) {
      const int reason = errno;
      return within(jailrun::system_error(
          reason, pasta_ + (reason == ENOENT ? ", which is in Debian's package passt" : "")));
    }
    JR_TRY(
        jailrun_stages::each_value(context, "forward", [&](const std::string& one, uint64_t) -> Result<void> {
          JR_ASSIGN(const ports::Forward forward, ports::parse(one));
          forwards_.push_back(forward);
          return {};
        }));
    JR_TRY(
        jailrun_stages::each_value(context, "address", [&](const std::string& one, uint64_t) -> Result<void> {
          JR_ASSIGN(const Address address, parse_address(one, true));
          for (const Address& other : addresses_)
            if (other.family == address.family)
              return jailrun::input_error("'" + one + "' is a second address of the same kind as " +
                                          other.text);
          addresses_.push_back(address);
          return {};
        }));
    if (context.has_option("dns")) {
      Result<Address> dns = parse_address(context.option("dns"), false);
      if (!dns) return std::move(dns).error().within(context.origin("dns"));
      dns_ = dns.value().text;
    }
    return check_tun();
  }

  // Before anything is made: udev gives it to all, but not every host has udev.
  Result<void> check_tun() const {
    // What takes its place need not need it.
    if (pasta_.substr(pasta_.rfind('/') + 1) != "pasta") return {};
    struct stat found {};
    if (stat("/dev/net/tun", &found) != 0)
      return jailrun::system_error(errno, "/dev/net/tun, which pasta needs");
    const bool is_own = found.st_uid == owner_.uid;
    const uint32_t needed = is_own                       ? S_IRUSR | S_IWUSR
                            : found.st_gid == owner_.gid ? S_IRGRP | S_IWGRP
                                                         : S_IROTH | S_IWOTH;
    if ((found.st_mode & needed) == needed) return {};
    return jailrun::input_error(
        "uid " + std::to_string(owner_.uid) +
        " can't open /dev/net/tun, which pasta needs: chmod 0666 /dev/net/tun, as udev does");
  }

  Result<void> plan(Plan& plan) override {
    if (plan.has_fact("jail.uid") && plan.number_fact("jail.uid") == owner_.uid)
      return jailrun::input_error(
          "pasta can't have the jail's uid " + std::to_string(owner_.uid) +
          ", as the program could end it or take its place: give it another --pasta-uid");
    jailrun::HelperProgram helper;
    helper.name = "pasta";
    helper.path = pasta_;
    helper.owner = owner_;
    helper.flags = JR_HELPER_NETWORK | JR_HELPER_BACKGROUND;
    helper.start_ms = kStartMs;
    helper.arguments = arguments();
    plan.helper(helper);
    return {};
  }

  std::vector<std::string> arguments() const {
    // No port of the host's loopback interface is reached by the gateway's address, and none is forwarded
    // unless it was named: pasta's own defaults are to forward all.
    std::vector<std::string> all = {"--quiet", "--config-net", "--no-map-gw", "--no-netns-quit",
                                    "-T",      "none",         "-U",          "none"};
    for (const auto& [protocol, option] : {std::pair("tcp", "-t"), std::pair("udp", "-u")}) {
      bool is_any = false;
      for (const ports::Forward& one : forwards_) {
        if (one.protocol != protocol) continue;
        all.insert(all.end(), {option, ports::specification(one)});
        is_any = true;
      }
      if (!is_any) all.insert(all.end(), {option, "none"});
    }
    for (const Address& one : addresses_) {
      all.insert(all.end(), {"-a", one.text});
      if (!one.bits.empty()) all.insert(all.end(), {"-n", one.bits});
    }
    if (!dns_.empty()) all.insert(all.end(), {"--dns-forward", dns_});
    all.insert(all.end(), {"--userns", "{user-namespace}", "--netns", "{network-namespace}"});
    return all;
  }

  static constexpr uint64_t kStartMs = 10000;
  std::string pasta_;
  jr_owner owner_ = {0, 0};
  std::vector<ports::Forward> forwards_;
  std::vector<Address> addresses_;
  std::string dns_;
};

}  // namespace

JAILRUN_STAGE(UserNet,
              jailrun::Descriptor("user-net", "1.0.0", "gives the program a network of its own, by pasta")
                  .options(kOptions)
                  .consumes(kFacts)
                  .capability(CAP_SYS_ADMIN)
                  .capability(CAP_SETUID)
                  .capability(CAP_SETGID)
                  .capability(CAP_KILL)
                  .capability(CAP_SYS_PTRACE))
