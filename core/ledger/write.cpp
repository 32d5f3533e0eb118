// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/write.hpp"

#include "core/base/text.hpp"
#include "core/base/version.hpp"
#include "core/sys/files.hpp"
#include "core/sys/process.hpp"

#include <ctime>
#include <set>

#include <unistd.h>

namespace jailrun::core {

std::string ledger_text(const Plan& plan, const Jail& jail, const Pipeline& pipeline) {
  std::string text;
  text.reserve(4096);
  text = "jailrun-ledger version=1\n";
  uint64_t count = 0;
  plan.each([&](const Action&) { ++count; });
  const auto line = [&](const char* kind, const Record& record) {
    text += kind + (" " + encode(record)) + "\n";
  };
  line("jail", Record().add("base", jail.name.base).add("name", jail.name.name).add("id", jail.name.id));
  line("launch", Record()
                     .add("token", hex(jail.token.data(), jail.token.size()))
                     .add("pipeline", pipeline.path)
                     .add("jailrun", kVersion)
                     .add("time", static_cast<uint64_t>(time(nullptr)))
                     .add("actions", count));
  std::set<std::string> callers;  // stages whose own work only their plugin can release
  plan.each([&](const Action& action) {
    if (action.has(kPerformedByStage)) callers.insert(action.stage());
  });
  for (const PipelineStage& stage : pipeline.stages)
    if (const std::string id(stage.description->id); callers.count(id) > 0)
      line("plugin", Record()
                         .add("stage", id)
                         .add("path", stage.plugin_path)
                         .add("version", std::string(stage.description->version)));
  plan.each([&](const Action& action) { line("action", to_record(action)); });
  return text;
}

Result<void> LedgerWriter::append(const char* kind, const Record& record) const {
  const std::string line = std::string(kind) + " " + encode(record) + "\n";
  Result<void> written = sys::write_all(launch_.ledger.get(), line);
  if (!written) return std::move(written).error().within("the ledger of jail " + launch_.jail.name.id);
  return {};
}

Result<void> LedgerWriter::set(const std::string& name, std::string_view value) {
  JR_TRY(append("slot", Record().add("name", name).add("value", std::string(value))));
  // What a slot says can't be found out again: that something existed before the launch, for example.
  if (launch_.is_durable)
    JR_TRY(sys::sync_data(launch_.ledger.get(), "the ledger of jail " + launch_.jail.name.id));
  slots_[name] = value;
  return {};
}

const std::string* LedgerWriter::find(const std::string& name) const {
  const auto found = slots_.find(name);
  return found == slots_.end() ? nullptr : &found->second;
}

namespace {

// Without /proc neither start time nor boot can be had. What can: by when it had been started.
Record inexact_identity(pid_t pid) {
  return Record()
      .add("pid", static_cast<uint64_t>(pid))
      .add("start", "unknown")
      .add("noted", sys::ticks_now());
}

Result<Record> identity(pid_t pid) {
  const Result<uint64_t> start = sys::start_time(pid);
  if (!start && !sys::is_proc_mounted()) return inexact_identity(pid);
  if (!start) return start.error();
  JR_ASSIGN(const std::string boot, sys::boot_id());
  return Record().add("pid", static_cast<uint64_t>(pid)).add("start", start.value()).add("boot", boot);
}

}  // namespace

Result<void> LedgerWriter::name_process(pid_t pid, std::string& text) {
  JR_ASSIGN(const Record record, identity(pid));
  text += "process " + encode(record) + "\n";
  return {};
}

Result<void> LedgerWriter::note_process(pid_t pid) const {
  JR_ASSIGN(const Record record, identity(pid));
  return append("process", record);
}

Result<void> LedgerWriter::note_supervisor(int noted_calls) const {
  JR_ASSIGN(Record record, identity(getpid()));
  if (noted_calls >= 0) record.add("noted-calls", static_cast<uint64_t>(noted_calls));
  return append("supervisor", record);
}

}  // namespace jailrun::core
