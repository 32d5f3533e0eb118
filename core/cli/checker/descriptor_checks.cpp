// SPDX-License-Identifier: Apache-2.0
#include "core/base/at_work.hpp"
#include "core/base/json.hpp"
#include "core/base/message.hpp"
#include "core/base/printable.hpp"
#include "core/base/unicode.hpp"
#include "core/cli/checker/checks.hpp"
#include "core/cli/checker/items.hpp"
#include "core/pipeline/builtin_options.hpp"
#include "core/pipeline/options.hpp"
#include "core/plugin/description.hpp"
#include "core/plugin/jail_facts.hpp"
#include "core/plugin/loader.hpp"
#include "core/stages/strict.hpp"
#include "jailrun/plan_text.hpp"
#include "jailrun/strings.hpp"

#include <set>

namespace jailrun::core::cli::checker {
namespace {

using plan_text::known;

// Collects the faults of one plugin's descriptors.
class DescriptorChecker {
 public:
  void fault(const std::string& sentence) { faults_.append(faults_.empty() ? "" : "; ").append(sentence); }
  Outcome outcome() const { return faults_.empty() ? ok() : failed(faults_); }

  // One line, which is shown to people.
  void text(jr_str given, const std::string& what, bool may_be_empty) {
    constexpr uint64_t kLongest = 4096;
    if (given.length == 0) return may_be_empty ? void() : fault(what + " is empty");
    if (given.data == nullptr) return fault(what + " has a length and no data");
    if (given.length > kLongest) return fault(what + " is longer than 4096 bytes");
    const std::string_view view = to_view(given);
    if (given.data[given.length] != '\0') return fault(what + " is not NUL-terminated");
    if (view.find('\0') != std::string_view::npos) return fault(what + " contains a NUL");
    if (!is_utf8(view)) return fault(what + " is not UTF-8");
    if (printable(view) != view) return fault(what + " contains a control character");
  }

  void option(const jr_option& one) {
    const std::string what = "option " + std::string(to_view(one.name));
    if (!names_.insert(what).second) return fault(what + " is declared twice");
    text(one.name, "the name of an option", false);
    text(one.help, "the help of " + what, false);
    text(one.value_name, "the value name of " + what, one.type == JR_OPTION_FLAG);
    text(one.default_value, "the default of " + what, true);
    if (is_builtin_option(to_view(one.name)))
      fault("--" + std::string(to_view(one.name)) + " is one of jailrun's own options");
    if (one.type == JR_OPTION_NUMBER && one.minimum > one.maximum)
      fault(what + " has a minimum that exceeds its maximum");
    if (one.default_value.length != 0) default_of(one, what);
  }

  void fact(const jr_fact& one, bool provided) {
    const std::string name(to_view(one.name));
    if (!names_.insert((provided ? "provides " : "consumes ") + name).second)
      fault("the fact " + name + " is declared twice");
    text(one.name, "the name of a fact", false);
    if (provided && is_foreign_jail_fact(name))
      fault("the fact " + name + " begins with jail., as jailrun's own do: give it another name, as site." +
            name.substr(5));
  }

  void order_list(jr_str_list list, const char* what, jr_str own) {
    for (uint64_t i = 0; i < list.count; ++i) {
      text(list.items[i], std::string("an id in '") + what + "'", false);
      if (to_view(list.items[i]) == to_view(own))
        fault(std::string("the stage names itself in '") + what + "'");
    }
  }

  void stage(const jr_stage_descriptor& given) {
    const jr_stage_descriptor one = known(given, given.struct_size);
    names_.clear();
    const std::string id(to_view(one.id));
    if (!ids_.insert(id).second) fault("it has the stage " + id + " twice");
    text(one.id, "an id", false);
    text(one.version, "the version of stage " + id, false);
    text(one.summary, "the summary of stage " + id, false);
    for (const jr_option& option : items(one.options, one.option_count, one.option_stride))
      this->option(option);
    for (const jr_fact& fact : items(one.consumes, one.consume_count, one.consume_stride))
      this->fact(fact, false);
    for (const jr_fact& fact : items(one.provides, one.provide_count, one.provide_stride))
      this->fact(fact, true);
    order_list(one.after, "after", one.id);
    order_list(one.before, "before", one.id);
    order_list(one.conflicts, "conflicts", one.id);
    constexpr unsigned kCapabilities = 41;  // as many as Linux 6.1 has
    if (one.capabilities >> kCapabilities != 0)
      fault("stage " + id + " needs a capability that does not exist");
  }

 private:
  void default_of(const jr_option& one, const std::string& what) {
    OptionDescription option;
    option.type = one.type;
    option.minimum = one.minimum;
    option.maximum = one.maximum;
    const std::string wrong = value_error(option, std::string(to_view(one.default_value)));
    if (one.type == JR_OPTION_FLAG)
      fault(what + " is a flag, but has a default");
    else if (!wrong.empty())
      fault("the default of " + what + ": " + wrong);
    if ((one.flags & JR_OPTION_REQUIRED) != 0) fault(what + " is required, but has a default");
  }

  std::string faults_;
  std::set<std::string> names_;
  std::set<std::string> ids_;
};

Outcome loads(const Subject& subject) {
  watch_plugins();  // jailrun's own handlers are not the plugin's
  const ProcessState before = ProcessState::now();
  const Result<const jr_plugin*> plugin = load_object(subject.fd, subject.path);
  if (!plugin) return failed(message(plugin.error()));
  const std::string changed = before.difference(ProcessState::now());
  return changed.empty() ? ok() : failed("loading it changes " + changed);
}

Outcome descriptors(const Subject& subject) {
  const Result<const jr_plugin*> plugin = load_object(subject.fd, subject.path);
  if (!plugin) return failed(message(plugin.error()));
  const Result<std::vector<StageDescription>> described = describe_plugin(*plugin.value());
  if (!described) return failed(message(described.error()));
  DescriptorChecker checker;
  const jr_plugin& raw = *plugin.value();
  checker.text(raw.name, "the plugin's name", false);
  checker.text(raw.version, "the plugin's version", false);
  for (uint64_t i = 0; i < raw.stage_count; ++i) checker.stage(*raw.stages[i]);
  return checker.outcome();
}

}  // namespace

std::vector<Check> descriptor_checks(const Subject& subject) {
  return {
      {"", "loads", "loading it changes nothing about the process",
       [=](const Reporter&) { return loads(subject); }},
      {"", "descriptors", "its sizes, strings, ids, options and facts are what the interface requires",
       [=](const Reporter&) { return descriptors(subject); }},
  };
}

Outcome list_contents(const Subject& subject) {
  const Result<const jr_plugin*> plugin = load_object(subject.fd, subject.path);
  if (!plugin) return failed(message(plugin.error()));
  Outcome list;
  for (uint64_t i = 0; i < plugin.value()->stage_count; ++i) {
    const jr_stage_descriptor& stage = *plugin.value()->stages[i];
    list.reason.append("stage ").append(to_view(stage.id)).append("\n");
    for (const std::string& name : option_names(stage))
      list.reason.append("option ").append(name).append("\n");
  }
  return list;
}

Result<const jr_stage_descriptor*> load_stage(const Subject& subject, const std::string& id) {
  JR_ASSIGN(const jr_plugin* const plugin, load_object(subject.fd, subject.path));
  for (uint64_t i = 0; i < plugin->stage_count; ++i)
    if (to_view(plugin->stages[i]->id) == id) return plugin->stages[i];
  return internal_error("there is no stage " + id);
}

std::vector<std::string> option_names(const jr_stage_descriptor& stage) {
  std::vector<std::string> names;
  for (const jr_option& one : items(stage.options, stage.option_count, stage.option_stride))
    names.emplace_back(to_view(one.name));
  return names;
}

}  // namespace jailrun::core::cli::checker
