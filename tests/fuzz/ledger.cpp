// SPDX-License-Identifier: Apache-2.0
// A ledger's text, as another process reads it after a crash; nothing is released.
#include "core/actions/restore.hpp"
#include "core/cli/show_plan.hpp"
#include "core/ledger/status.hpp"
#include "core/ledger/write.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/shipped.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/fuzz/written_ledger.hpp"

namespace jailrun::tests::fuzz {
namespace {

const core::JailName kJail = {"/srv/jailer", "vmm", "web-1"};

// A line survives any number of processes that read it and write it.
Result<void> expect_record(const core::Record& record) {
  const std::string line = core::encode(record);
  const Result<core::Record> again = core::decode(line);
  JR_TRY(expect(static_cast<bool>(again), "what is encoded can be decoded", line));
  JR_TRY(expect(core::encode(again.value()) == line, "a line is the same after a round trip", line));
  for (const core::Field& field : record.fields())
    JR_TRY(
        expect(again.value().text(field.key) == record.text(field.key), "no byte of a value is lost", line));
  return {};
}

// An action that was restored from a ledger can be written and restored again, and is the same.
Result<void> expect_restored(const core::Plan& plan, const core::Ledger& ledger) {
  const std::vector<std::string> actions = lines(plan);
  if (!actions.empty()) count_plan();
  JR_TRY(expect(actions.size() <= ledger.actions.size(), "no action is restored that was not written down"));
  std::vector<std::string> again;
  core::RestoredChoices choices(ledger.slots);
  for (const std::string& line : actions) {
    JR_ASSIGN(const core::Record record, core::decode(line));
    JR_ASSIGN(const std::unique_ptr<core::Action> action, core::from_record(record));
    JR_TRY(expect(action != nullptr, "what was restored can be restored again", line));
    choices.join(record, *action);
    again.push_back(core::encode(core::to_record(*action)));
  }
  JR_TRY(expect(again == actions, "restoring twice changes nothing"));
  return expect_lines(core::cli::plan_table(plan, kJail, ledger.pipeline), actions.size() + 2);
}

}  // namespace

Result<void> ledger(std::string_view input) {
  const Result<core::Ledger> read_back = read_written(input, kJail);
  if (!read_back) return expect_refusal(read_back.error());
  const core::Ledger& ledger = read_back.value();
  JR_TRY(expect(input.compare(0, 25, "jailrun-ledger version=1\n") == 0, "only version 1 is read"));
  JR_TRY(expect(ledger.jail.directory() == kJail.directory(), "where a ledger is found is what counts"));
  for (const core::Record& action : ledger.actions) JR_TRY(expect_record(action));

  // A line that a crash cut off is not read.
  JR_ASSIGN(const core::Ledger cut, read_written(input.substr(0, input.rfind('\n') + 1), kJail));
  JR_TRY(expect(cut.actions.size() == ledger.actions.size() && cut.slots == ledger.slots,
                "a line without its end is not read"));

  const core::JailStatus now = core::jail_status(ledger);
  JR_TRY(expect((now.state == core::State::kAlive) == (now.pid > 0), "what is alive has a pid",
                std::to_string(now.pid)));
  const Result<std::unique_ptr<core::Plan>> plan = core::restore_plan(ledger);
  return plan ? expect_restored(*plan.value(), ledger) : expect_refusal(plan.error());
}

}  // namespace jailrun::tests::fuzz
