// SPDX-License-Identifier: Apache-2.0
#include "core/actions/device_rules.hpp"

#include "core/actions/common.hpp"
#include "core/base/text.hpp"
#include "core/plan/state.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace jailrun::core {
namespace {

// By which a later process can tell the program of this launch from those of others: of the token as much as
// fits into a program's name.
std::string program_name(const Token& token) {
  constexpr size_t kLongest = 15;  // BPF_OBJ_NAME_LEN, without the NUL
  return ("jr" + hex(token.data(), token.size())).substr(0, kLongest);
}

std::string number(uint32_t value) { return value == sys::kAnyDevice ? "*" : std::to_string(value); }

// "c 10:232 rw", as everybody writes them since the first controller for devices.
std::string words(const sys::DeviceRule& rule) {
  std::string text = rule.type == sys::kAnyDevice ? "a" : rule.type == BPF_DEVCG_DEV_BLOCK ? "b" : "c";
  text += " " + number(rule.major) + ":" + number(rule.minor) + " ";
  if ((rule.access & BPF_DEVCG_ACC_READ) != 0) text += "r";
  if ((rule.access & BPF_DEVCG_ACC_WRITE) != 0) text += "w";
  if ((rule.access & BPF_DEVCG_ACC_MKNOD) != 0) text += "m";
  return text;
}

}  // namespace

std::unique_ptr<Action> DeviceRulesAction::restore(const Record& record) {
  return std::unique_ptr<Action>(new DeviceRulesAction(record.text("path")));
}

void DeviceRulesAction::allow(const sys::DeviceRule& rule) {
  for (sys::DeviceRule& one : rules_)
    if (one.type == rule.type && one.major == rule.major && one.minor == rule.minor) {
      one.access |= rule.access;
      return;
    }
  rules_.push_back(rule);
}

std::string DeviceRulesAction::object() const {
  std::string text = path_ + "  ";
  for (const sys::DeviceRule& rule : rules_) text += words(rule) + ", ";
  return text + (rules_.empty() ? "no device" : "no other device");
}

Record DeviceRulesAction::record() const {
  Record record;
  record.add("path", path_);
  for (const sys::DeviceRule& rule : rules_) record.add("allow", words(rule));
  return record;
}

Result<void> DeviceRulesAction::survey(Survey& survey) {
  JR_ASSIGN(const Existed found, look(survey, true, path_));
  set_existed(found);
  return {};
}

Result<void> DeviceRulesAction::perform(Launch& launch) {
  JR_ASSIGN(const UniqueFd program,
            sys::load_device_program(sys::device_program(rules_), program_name(launch.jail.token)));
  return sys::attach_device_program(group_->directory.get(), program.get());
}

Result<void> DeviceRulesAction::release(Release& release) {
  if (existed() == Existed::kNo) return {};
  const Result<UniqueFd> group = sys::open_host(path_, O_PATH | O_DIRECTORY);
  if (!group) return group.error().error_number == ENOENT ? Result<void>{} : group.error();
  struct statfs traits {};
  if (fstatfs(group.value().get(), &traits) != 0 || traits.f_type != CGROUP2_SUPER_MAGIC) return {};
  return sys::detach_device_programs(group.value().get(), program_name(release.jail.token));
}

}  // namespace jailrun::core
