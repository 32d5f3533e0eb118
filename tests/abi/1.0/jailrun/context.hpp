// SPDX-License-Identifier: Apache-2.0
//
// What a stage may ask of the runner: its options, facts, slots, and the log. Included by stage.hpp.
#ifndef JAILRUN_CONTEXT_HPP
#define JAILRUN_CONTEXT_HPP

#include "plugin.h"
#include "strings.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun {

// The runner's side of the function under way. The tags in brackets name the functions of Stage in which a
// method may be called, as in plugin.h.
//
// If the runner refuses a request, because an option or a fact is undeclared for example, the method returns
// an empty value and the refusal is remembered: the function under way then fails with the runner's sentence.
// So no result need be checked.
class Context {
 public:
  Context(const jr_host* host, jr_ctx* ctx) : host_(host), ctx_(ctx) {}

  // [configure plan perform] The option's value: the last one if there are several, empty if there is none.
  std::string option(std::string_view name) {
    return option_count(name) == 0 ? std::string() : std::string(value_at(name, option_count(name) - 1));
  }

  // [configure plan perform] All values of a repeatable option, in the order given.
  std::vector<std::string> options(std::string_view name) {
    std::vector<std::string> values;
    const uint64_t count = option_count(name);
    for (uint64_t i = 0; i < count; ++i) values.emplace_back(value_at(name, i));
    return values;
  }

  // [configure plan perform] True if the option has a value, be it its default; for a flag, if it is on.
  bool has_option(std::string_view name) { return option_count(name) > 0; }

  // [configure plan perform] The value of an Option::number, which the runner has already
  // validated; 0 if it has none.
  uint64_t option_number(std::string_view name) { return to_number(option(name)); }

  // [configure plan perform] Where a value came from, to begin an error's sentence with: "--netns" or
  // "default.conf:12: netns". `index` counts the values of a repeatable option from 0.
  //
  //   return jailrun::input_error(context.origin("message") + ": a message has at most 200 bytes");
  std::string origin(std::string_view name, uint64_t index = 0) {
    return std::string(to_view(host_->option_origin(ctx_, to_str(name), index)));
  }

  // [configure plan perform] The words after `--` on the command line: the program's own arguments.
  std::vector<std::string> arguments() {
    const jr_str_list list = host_->arguments(ctx_);
    std::vector<std::string> values;
    for (uint64_t i = 0; i < list.count; ++i) values.emplace_back(to_view(list.items[i]));
    return values;
  }

  // [configure plan] Publishes a fact that the descriptor provides: in configure() those that are marked
  // while_configuring(), in plan() the others. Each once.
  //
  //   plan.publish("site.tap", "tap7");
  void publish(std::string_view fact, std::string_view value) {
    note(host_->publish_text(ctx_, to_str(fact), to_str(value)));
  }
  void publish(std::string_view fact, const char* value) { publish(fact, std::string_view(value)); }
  void publish(std::string_view fact, uint64_t value) {
    note(host_->publish_number(ctx_, to_str(fact), value));
  }

  // [plan perform] True if a fact that the descriptor consumes has been published. For optional ones.
  bool has_fact(std::string_view name) { return host_->has_fact(ctx_, to_str(name)) != 0; }

  // [plan perform] The value of a text fact that the descriptor consumes.
  std::string text_fact(std::string_view name) {
    jr_str value = to_str("");
    note(host_->read_text(ctx_, to_str(name), &value));
    return std::string(to_view(value));
  }

  // [plan perform] The value of a number fact that the descriptor consumes.
  uint64_t number_fact(std::string_view name) {
    uint64_t value = 0;
    note(host_->read_number(ctx_, to_str(name), &value));
    return value;
  }

  // [plan perform] The jail's user and group: the facts jail.uid and jail.gid, which the descriptor consumes.
  jr_owner user() {
    return {static_cast<uint32_t>(number_fact("jail.uid")), static_cast<uint32_t>(number_fact("jail.gid"))};
  }

  // [configure plan perform release command] Which cgroup version carries this controller ("cpuset") on this
  // host: 1, 2, or 0 for none.
  uint32_t cgroup_version(std::string_view controller) {
    return host_->cgroup_version(ctx_, to_str(controller));
  }

  // [configure plan perform release command] Writes one line to the runner's log, with the stage's name.
  // `level` is JR_LOG_DEBUG, _INFO, _WARNING or _ERROR.
  void log(uint32_t level, std::string_view message) { host_->log(ctx_, level, to_str(message)); }

  // [perform release command] The launch's random token as 32 hexadecimal digits. Put it into the name of
  // what perform() makes, where the kernel lets you, and release() can find that by it.
  std::string token() {
    uint8_t raw[16] = {};
    note(host_->token(ctx_, raw));
    std::string hex;
    for (const uint8_t byte : raw) {
      hex += "0123456789abcdef"[byte >> 4];
      hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
  }

  // [perform] Keeps a value in the ledger, where release() finds it, also in another process after a crash.
  // It is in the ledger before the next action; with durable = yes, on the disk.
  void set_slot(std::string_view name, std::string_view value) {
    note(host_->set_slot(ctx_, to_str(name), to_str(value)));
  }

  // [perform release command] Reads such a value. False if it was never set, which release() must expect;
  // `value` is then left as it is.
  //
  //   std::string device;
  //   if (!context.slot("device", device)) return {};  // perform made nothing
  bool slot(std::string_view name, std::string& value) {
    jr_str raw = to_str("");
    if (host_->slot(ctx_, to_str(name), &raw) != JR_OK) return false;
    value = std::string(to_view(raw));
    return true;
  }

  // The status of the first request that the runner refused, JR_OK if there is none. stage.hpp returns it to
  // the runner even if the stage went on; a stage need not call this.
  jr_status refusal() const { return refusal_; }

 protected:
  void note(jr_status status) {
    if (refusal_ == JR_OK) refusal_ = status;
  }
  jr_ctx* ctx() { return ctx_; }

 private:
  uint64_t option_count(std::string_view name) { return host_->option_count(ctx_, to_str(name)); }
  std::string_view value_at(std::string_view name, uint64_t index) {
    jr_str value = to_str("");
    note(host_->option(ctx_, to_str(name), index, &value));
    return to_view(value);
  }
  static uint64_t to_number(std::string_view digits) {
    uint64_t number = 0;
    for (const char digit : digits) number = number * 10 + static_cast<uint64_t>(digit - '0');
    return number;
  }

  const jr_host* host_;
  jr_ctx* ctx_;
  jr_status refusal_ = JR_OK;
};

}  // namespace jailrun

#endif
