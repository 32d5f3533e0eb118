// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/helper.hpp"

#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/plan/state.hpp"
#include "core/plugin/trust.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace jailrun::core {
namespace {

// As a slot's value; the process is there until it is told to go on.
Result<std::string> identity(pid_t pid) {
  JR_ASSIGN(const uint64_t start, sys::start_time(pid));
  JR_ASSIGN(const std::string boot, sys::boot_id());
  return encode(Record().add("pid", static_cast<uint64_t>(pid)).add("start", start).add("boot", boot));
}

std::optional<ProcessIdentity> process_of(const std::string& slot) {
  const Result<Record> record = decode(slot);
  if (slot.empty() || !record || record.value().text("boot").empty()) return std::nullopt;
  return ProcessIdentity{static_cast<pid_t>(record.value().number("pid")), record.value().number("start"),
                         record.value().text("boot"), 0};
}

}  // namespace

std::unique_ptr<Action> HelperAction::restore(const Record& record) {
  auto helper = std::make_shared<Helper>();
  helper->name = record.text("name");
  helper->path = record.text("path");
  return std::make_unique<HelperAction>(std::move(helper));
}

std::string HelperAction::object() const {
  std::string text = helper_->name + "  " + helper_->path;
  for (size_t i = 1; i < helper_->program.arguments.size(); ++i) text += " " + helper_->program.arguments[i];
  text +=
      "  " + std::to_string(helper_->program.owner.uid) + ":" + std::to_string(helper_->program.owner.gid);
  if (helper_->program.has_network) text += "  makes a network namespace";
  return text;
}

Record HelperAction::record() const {
  return Record()
      .add("name", helper_->name)
      .add("path", helper_->path)
      .add("uid", helper_->program.owner.uid)
      .add("gid", helper_->program.owner.gid);
}

uint64_t HelperAction::capabilities(bool /*is_roots*/) const {
  return capability_set(CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_KILL) |
         (helper_->program.has_network ? capability_set(CAP_SYS_PTRACE) : 0);
}

Result<void> HelperAction::perform(Launch& launch) {
  Result<void> started = start(launch);
  if (!started) helper_->keeper.end();
  if (!started) return std::move(started).error().within(helper_->path);
  return {};
}

Result<void> HelperAction::start(Launch& launch) {
  if (!sys::is_proc_mounted()) return sys::no_proc("a helper");
  // Judged and opened in one: what is executed is what was judged.
  Trust trust;
  JR_ASSIGN(helper_->program.file, trust.open_file(helper_->path));
  JR_ASSIGN(helper_->keeper, sys::Keeper::make(helper_->program));
  JR_ASSIGN(process_, identity(helper_->keeper.pid()));
  JR_TRY(launch.slots->set(helper_slot(helper_->name), process_));
  JR_ASSIGN(*helper_->network, helper_->keeper.make_namespaces(helper_->program));
  JR_TRY(helper_->keeper.start(helper_->start_ms));
  return {};
}

Result<void> HelperAction::release(Release& release) {
  helper_->keeper.let_go();
  const std::string* const slot = release.slots->find(helper_slot(helper_->name));
  if (slot == nullptr) return {};
  const std::optional<ProcessIdentity> process = process_of(*slot);
  if (!process || !is_alive(process)) return {};
  // Opened, and then asked again: from here on the number can't come to be another process's.
  const UniqueFd pidfd = sys::open_pidfd(process->pid);
  if (!pidfd && errno != ESRCH) return system_error(errno, "open process " + std::to_string(process->pid));
  if (!pidfd || !is_alive(process) || sys::end_keeper(pidfd.get())) return {};
  return input_error("process " + std::to_string(process->pid) + ", which keeps it, has not ended");
}

void HelperAction::take_slots(const std::map<std::string, std::string>& slots) {
  const auto found = slots.find(helper_slot(helper_->name));
  process_ = found == slots.end() ? "" : found->second;
}

std::string HelperAction::remains(const std::string& /*root*/) const {
  const std::optional<ProcessIdentity> process = process_of(process_);
  return process && is_alive(process) ? "alive, kept by pid " + std::to_string(process->pid) : "gone";
}

Result<void> FollowProgramAction::perform(Launch& launch) {
  // The launch itself becomes the program: that is what it follows from its start on.
  if (launch.processes.program != getpid()) JR_TRY(helper_->keeper.follow(launch.processes.program));
  helper_->keeper.let_go();
  return {};
}

}  // namespace jailrun::core
