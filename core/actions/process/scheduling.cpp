// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/scheduling.hpp"

#include "core/plan/capabilities.hpp"
#include "core/plan/state.hpp"
#include "core/sys/numa.hpp"
#include "core/sys/scheduling.hpp"

#include <cerrno>
#include <utility>

#include <linux/ioprio.h>

namespace jailrun::core {
namespace {

std::string policy_name(int policy) {
  switch (policy) {
    case SCHED_OTHER: return "other";
    case SCHED_FIFO: return "fifo";
    case SCHED_RR: return "rr";
    case SCHED_BATCH: return "batch";
    default: return "idle";
  }
}

std::string io_class_name(int io_class) {
  switch (io_class) {
    case IOPRIO_CLASS_RT: return "real-time";
    case IOPRIO_CLASS_BE: return "best-effort";
    default: return "idle";
  }
}

// At most once: a rollback may be called again.
void call_once(std::function<void()>& put_back) {
  if (const std::function<void()> call = std::exchange(put_back, nullptr)) call();
}

}  // namespace

SchedulingAction::SchedulingAction(const jr_attribute& wanted, std::string cpus, bool raises)
    : Action(Phase::kEnter),
      kind_(wanted.kind),
      value_(static_cast<int>(wanted.value)),
      second_(static_cast<int>(wanted.second)),
      cpus_(std::move(cpus)),
      raises_(raises) {}

std::string_view SchedulingAction::verb() const {
  switch (kind_) {
    case JR_ATTRIBUTE_NICE: return "nice";
    case JR_ATTRIBUTE_POLICY: return "policy";
    case JR_ATTRIBUTE_IO_PRIORITY: return "io-priority";
    default: return "affinity";
  }
}

std::string SchedulingAction::object() const {
  switch (kind_) {
    case JR_ATTRIBUTE_NICE: return std::to_string(value_);
    case JR_ATTRIBUTE_POLICY:
      return policy_name(value_) + (second_ == 0 ? "" : " " + std::to_string(second_));
    case JR_ATTRIBUTE_IO_PRIORITY:
      return io_class_name(value_) + (value_ == IOPRIO_CLASS_IDLE ? "" : " " + std::to_string(second_));
    default: return "CPUs " + cpus_;
  }
}

Record SchedulingAction::record() const {
  if (is_affinity()) return Record().add("cpus", cpus_);
  Record record;
  record.add("value", std::to_string(value_));
  if (kind_ != JR_ATTRIBUTE_NICE) record.add("priority", std::to_string(second_));
  return record;
}

uint64_t SchedulingAction::capabilities(bool /*is_roots*/) const {
  return raises_ ? capability_set(CAP_SYS_NICE) : 0;
}

Result<void> SchedulingAction::perform(Launch&) {
  if (kind_ == JR_ATTRIBUTE_NICE) {
    JR_ASSIGN(const int previous, sys::set_nice_value(value_));
    put_back_ = [previous] { (void)sys::set_nice_value(previous); };
  } else if (kind_ == JR_ATTRIBUTE_POLICY) {
    JR_ASSIGN(const sys::Policy previous, sys::set_policy({value_, second_}));
    put_back_ = [previous] { (void)sys::set_policy(previous); };
  } else if (kind_ == JR_ATTRIBUTE_IO_PRIORITY) {
    JR_ASSIGN(const int previous, sys::set_io_priority(sys::io_priority(value_, second_)));
    put_back_ = [previous] { (void)sys::set_io_priority(previous); };
  } else {
    cpu_set_t cpus;
    if (!sys::parse_cpus(cpus_, cpus)) return system_error(EINVAL, "");
    JR_ASSIGN(const cpu_set_t previous, sys::set_cpus(cpus));
    put_back_ = [previous] { (void)sys::set_cpus(previous); };
  }
  return {};
}

// They end with the process, so that a rollback goes on whatever comes of it. Where a guard rolls back, whose
// own they never were, it sets what it has.
Result<void> SchedulingAction::release(Release&) {
  call_once(put_back_);
  return {};
}

uint64_t OomScoreAction::capabilities(bool /*is_roots*/) const {
  return lowers_ ? capability_set(CAP_SYS_RESOURCE) : 0;
}

Result<void> OomScoreAction::perform(Launch&) {
  JR_ASSIGN(const int previous, sys::set_oom_score(proc_->get(), score_));
  put_back_ = [this, previous] { (void)sys::set_oom_score(proc_->get(), previous); };
  return {};
}

// Where memory is short, a rollback must not be what is killed first.
Result<void> OomScoreAction::release(Release&) {
  call_once(put_back_);
  return {};
}

}  // namespace jailrun::core
