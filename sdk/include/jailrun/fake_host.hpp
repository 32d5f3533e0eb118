// SPDX-License-Identifier: Apache-2.0
//
// A fake runner that gives one stage the options and facts that a test chooses, and writes down what the
// stage plans. It changes nothing on the host. Tests of a stage include testing.hpp, which has an example.
#ifndef JAILRUN_FAKE_HOST_HPP
#define JAILRUN_FAKE_HOST_HPP

#include "plan_text.hpp"
#include "plugin.h"
#include "result.hpp"
#include "strings.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jailrun {

// Set it up, then call configure(), plan(), perform() or release() and compare what they return. Functions
// that set it up return the host, so that they can be chained:
//
//   host.reset().option("message", "hello").fact("jail.id", "web-1");
//   EXPECT_EQ(host.plan(), "write /motd  0444 0:0  \"web-1: hello\\n\"\n");
class FakeHost final : private PlanText {
 public:
  // `stage` is the id of one of the plugin's stages; empty: its first. Throws std::runtime_error
  // if it has no such stage.
  explicit FakeHost(const jr_plugin& plugin, std::string_view stage = "")
      : FakeHost(*stage_of(plugin, stage)) {}
  explicit FakeHost(const jr_stage_descriptor& stage)
      : stage_(plan_text::known(stage, stage.struct_size)),
        ops_(plan_text::known(*stage_.ops, stage_.ops->struct_size)),
        host_(host_table()),
        actions_(plan_text::actions()) {}
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() override { end(); }

  // ------------------------------------------------------------------------------ what the stage is given

  // One more value of an option, as on the command line. For a flag that is "yes".
  FakeHost& option(std::string name, std::string value) {
    given_[std::move(name)].push_back(std::move(value));
    return *this;
  }
  FakeHost& flag(std::string name) { return option(std::move(name), "yes"); }
  // One more of the program's own arguments.
  FakeHost& argument(std::string word) {
    arguments_.push_back(std::move(word));
    return *this;
  }
  // A fact that another stage has published. The stage under test must declare it under consumes.
  FakeHost& fact(std::string name, std::string value) { return set_fact(std::move(name), std::move(value)); }
  FakeHost& fact(std::string name, const char* value) {
    return set_fact(std::move(name), std::string(value));
  }
  FakeHost& fact(std::string name, uint64_t value) { return set_fact(std::move(name), value); }
  // Which cgroup version carries this controller: 1, 2, or 0 for none. It is 2 for those not named here.
  FakeHost& controller(std::string name, uint32_t version) {
    controllers_[std::move(name)] = version;
    return *this;
  }
  // An older runner, whose table of actions ends before this function: host.lacks(&jr_actions::call).
  template <class Function>
  FakeHost& lacks(Function jr_actions::*function) {
    const auto* const begin = reinterpret_cast<const char*>(&actions_);
    return table_size(static_cast<uint32_t>(reinterpret_cast<const char*>(&(actions_.*function)) - begin));
  }
  // The same by the size of that table in bytes.
  FakeHost& table_size(uint32_t bytes) {
    actions_.struct_size = bytes;
    return *this;
  }
  // Forgets everything, as if it had just been constructed.
  FakeHost& reset() {
    end();
    given_.clear();
    arguments_.clear();
    facts_.clear();
    controllers_.clear();
    slots_.clear();
    log_.clear();
    actions_ = plan_text::actions();
    return *this;
  }

  // ----------------------------------------------------------------------------------- what the stage does

  // Makes a stage and configures it. The result is "", or "refused: " and why.
  std::string configure() { return shown(configured()); }

  // Makes a stage, configures it and lets it plan. The result has a line for each action, as in
  // plan_text.hpp; or is "refused: " and why.
  std::string plan() {
    Result<void> result = configured();
    if (result) result = planned_again();
    const std::string refusal = shown(result);
    return result ? plan_ : refusal;
  }
  // Lets the same stage plan once more, as jailrun may.
  std::string plan_again() {
    const Result<void> result = planned_again();
    const std::string refusal = shown(result);
    return result ? plan_ : refusal;
  }

  // Performs a call that was planned, by the stage that planned it. The result is "", or "refused: " and why.
  std::string perform(std::string_view call) {
    const PlannedCall* const planned = find_call(call);
    if (planned == nullptr) return "refused: no call '" + std::string(call) + "' was planned";
    if (ops_.perform == nullptr) return "refused: the stage has no perform function";
    return shown(guarded(During::kPerform, [&] {
      return ops_.perform(instance_, ctx(), to_str(planned->name), bytes(planned->payload));
    }));
  }

  // Releases a call as another process would, by a new stage that is not configured. `why` is JR_RELEASE_...
  // . A test should also release what was never performed, and release twice. With a payload it need not be
  // planned: for those of an earlier version of the stage.
  std::string release(std::string_view call, uint32_t why = JR_RELEASE_REMOVE) {
    const PlannedCall* const planned = find_call(call);
    return release(call, planned == nullptr ? std::string() : planned->payload, why);
  }
  std::string release(std::string_view call, const std::string& payload, uint32_t why) {
    if (ops_.release == nullptr) return "";
    jr_stage* const other = ops_.create(&host_);
    if (other == nullptr) return "refused: the stage could not be created";
    const std::string name(call);
    const Result<void> result = guarded(
        During::kRelease, [&] { return ops_.release(other, ctx(), to_str(name), bytes(payload), why); });
    if (ops_.destroy != nullptr) ops_.destroy(other);
    return shown(result);
  }

  // ------------------------------------------------------------------------------------- what it has done

  // The calls that were planned last.
  const std::vector<PlannedCall>& calls() const { return calls_; }
  // The facts that the stage has published, sorted by name: "name = value", a line each.
  std::string published() const {
    std::string text;
    for (const auto& [name, value] : facts_)
      if (own_.count(name) != 0) text += name + " = " + fact_text(value) + "\n";
    return text;
  }
  // The value of a slot that perform has set; empty if it was not.
  std::string slot(const std::string& name) const {
    const auto found = slots_.find(name);
    return found == slots_.end() ? std::string() : found->second;
  }
  // The status of the last refusal, JR_OK if there was none, and its errno.
  jr_status status() const { return refusal_.status; }
  int error_number() const { return refusal_.error_number; }
  // What the stage has logged, a line for each: "warning: ...".
  const std::string& log() const { return log_; }

 private:
  using Fact = std::variant<std::string, uint64_t>;
  enum class During { kNothing, kConfigure, kPlan, kPerform, kRelease };

  // --------------------------------------------------------------------------------------------- the calls

  Result<void> configured() {
    end();
    JR_TRY(validate_options());
    instance_ = ops_.create == nullptr ? nullptr : ops_.create(&host_);
    if (instance_ == nullptr) return internal_error("the stage could not be created");
    if (ops_.configure == nullptr) return {};
    return guarded(During::kConfigure, [&] { return ops_.configure(instance_, ctx()); });
  }

  Result<void> planned_again() {
    if (instance_ == nullptr) return internal_error("the stage was not configured");
    plan_.clear();
    calls_.clear();
    forget_facts(false);
    alternatives = {};
    JR_TRY(guarded(During::kPlan, [&] { return ops_.plan(instance_, ctx(), &actions_); }));
    if (alternatives.has_begun) return internal_error("first_of has no end_first_of");
    return {};
  }

  // A failure counts in whatever way the stage reported it, and whatever the stage did after it.
  template <class Call>
  Result<void> guarded(During during, Call call) {
    failure_.reset();
    during_ = during;
    jr_status status = JR_ERROR_INTERNAL;
    try {
      status = call();
    } catch (...) {
      fail(internal_error("an exception came out of the stage"));
    }
    during_ = During::kNothing;
    if (status != JR_OK && !failure_) fail({status, 0, "failed without saying why"});
    if (failure_) return *std::move(failure_);
    return {};
  }

  void end() {
    if (instance_ != nullptr && ops_.destroy != nullptr) ops_.destroy(instance_);
    instance_ = nullptr;
    plan_.clear();
    calls_.clear();
    forget_facts(true);
  }

  // Forgets the facts that the stage has published while planning, or all that it has published.
  void forget_facts(bool all) {
    for (auto own = own_.begin(); own != own_.end();) {
      const bool kept = !all && own->second == During::kConfigure;
      if (!kept) facts_.erase(own->first);
      own = kept ? std::next(own) : own_.erase(own);
    }
  }

  std::string shown(const Result<void>& result) {
    refusal_ = result ? Error{JR_OK, 0, ""} : result.error();
    if (result) return "";
    return "refused: " + refusal_.sentence +
           (refusal_.error_number == 0 ? "" : std::string(": ") + std::strerror(refusal_.error_number));
  }

  const PlannedCall* find_call(std::string_view name) const {
    for (const PlannedCall& call : calls_)
      if (call.name == name) return &call;
    return nullptr;
  }

  // ---------------------------------------------------------------------------------------- the descriptor

  static const jr_stage_descriptor* stage_of(const jr_plugin& plugin, std::string_view id) {
    for (uint64_t i = 0; i < plugin.stage_count; ++i)
      if (id.empty() || to_view(plugin.stages[i]->id) == id) return plugin.stages[i];
    throw std::runtime_error("the plugin has no stage '" + std::string(id) + "'");
  }

  template <class T>
  static std::vector<T> items(const T* first, uint32_t count, uint32_t stride) {
    std::vector<T> all;
    for (uint32_t i = 0; i < count; ++i)
      all.push_back(plan_text::known(
          *reinterpret_cast<const T*>(reinterpret_cast<const char*>(first) + std::size_t{stride} * i),
          stride));
    return all;
  }
  std::vector<jr_option> options() const {
    return items(stage_.options, stage_.option_count, stage_.option_stride);
  }
  std::optional<jr_fact> declared(std::string_view name, bool provides, bool consumes) const {
    if (consumes)
      for (const jr_fact& one : items(stage_.consumes, stage_.consume_count, stage_.consume_stride))
        if (to_view(one.name) == name) return one;
    if (provides)
      for (const jr_fact& one : items(stage_.provides, stage_.provide_count, stage_.provide_stride))
        if (to_view(one.name) == name) return one;
    return std::nullopt;
  }
  bool declares_option(std::string_view name) const {
    for (const jr_option& one : options())
      if (to_view(one.name) == name) return true;
    return false;
  }

  // As jailrun does before it calls configure.
  Result<void> validate_options() {
    values_.clear();
    for (const auto& [name, values] : given_)
      if (!declares_option(name)) return input_error("the stage has no option '" + name + "'");
    for (const jr_option& one : options()) {
      const std::string name(to_view(one.name));
      std::vector<std::string> values = given_.count(name) == 0 ? std::vector<std::string>() : given_[name];
      if (values.empty() && one.default_value.length != 0) values.emplace_back(to_view(one.default_value));
      if (values.empty() && (one.flags & JR_OPTION_REQUIRED) != 0)
        return input_error("--" + name + " is required");
      if (values.size() > 1 && (one.flags & JR_OPTION_REPEATABLE) == 0)
        return input_error("--" + name + " is given twice");
      for (const std::string& value : values)
        if (one.type == JR_OPTION_NUMBER && !is_number(value, one.minimum, one.maximum))
          return input_error("--" + name + ": '" + value + "' is not a number from " +
                             std::to_string(one.minimum) + " to " + std::to_string(one.maximum));
      if (one.type == JR_OPTION_FLAG && values == std::vector<std::string>{"no"}) values.clear();
      values_[name] = std::move(values);
    }
    return {};
  }
  static bool is_number(const std::string& text, uint64_t minimum, uint64_t maximum) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return false;
    errno = 0;
    const uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
    return errno == 0 && number >= minimum && number <= maximum;
  }

  // ---------------------------------------------------------------------------------------------- PlanText

  void planned(std::string line) override { plan_ += line + "\n"; }
  void planned_call(PlannedCall call) override { calls_.push_back(std::move(call)); }
  jr_status misused(std::string sentence) override { return fail(internal_error(std::move(sentence))); }
  jr_status refused(Error error) override { return fail(std::move(error)); }
  uint32_t traits() const override { return stage_.traits; }

  // ------------------------------------------------------------------------------ the functions of jr_host

  jr_status fail(Error error) {
    const jr_status status = error.status == JR_OK ? JR_ERROR_INTERNAL : error.status;
    if (!failure_) failure_ = std::move(error);
    return status;
  }
  jr_status misuse(std::string_view name, const char* what) {
    return fail(internal_error("the fact " + std::string(name) + " " + what));
  }

  FakeHost& set_fact(std::string name, Fact value) {
    facts_[std::move(name)] = std::move(value);
    return *this;
  }
  static std::string fact_text(const Fact& value) {
    const auto* const text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : std::to_string(std::get<uint64_t>(value));
  }
  jr_status publish(std::string_view name, Fact value) {
    const std::optional<jr_fact> fact = declared(name, true, false);
    if (during_ > During::kPlan)
      return misuse(name, "is published after planning, when nobody can read it: set a slot");
    if (!fact) return misuse(name, "is published but not declared under provides");
    if (fact->type != value.index()) return misuse(name, "is published as another type than declared");
    if (!own_.emplace(name, during_).second) return misuse(name, "is published twice");
    facts_[std::string(name)] = std::move(value);
    return JR_OK;
  }
  // nullptr if it was refused.
  const Fact* read(std::string_view name, uint32_t type) {
    const std::optional<jr_fact> fact = declared(name, true, true);
    const auto found = facts_.find(std::string(name));
    if (during_ == During::kConfigure) return misuse(name, "is read while configuring"), nullptr;
    if (!fact) return misuse(name, "is read but not declared under consumes"), nullptr;
    if (fact->type != type) return misuse(name, "is read as another type than declared"), nullptr;
    if (found == facts_.end()) return misuse(name, "is read before it is published"), nullptr;
    if (found->second.index() != type)
      return misuse(name, "has another type in this test than the stage declares"), nullptr;
    return &found->second;
  }
  const std::string* value_at(std::string_view name, uint64_t index) const {
    const auto found = values_.find(std::string(name));
    return found == values_.end() || index >= found->second.size() ? nullptr : &found->second[index];
  }

  jr_ctx* ctx() { return reinterpret_cast<jr_ctx*>(static_cast<PlanText*>(this)); }
  static FakeHost& of(jr_ctx* ctx) { return static_cast<FakeHost&>(*reinterpret_cast<PlanText*>(ctx)); }
  static jr_bytes bytes(const std::string& text) { return {text.data(), text.size()}; }

  static jr_host host_table() {
    jr_host table = {};
    table.struct_size = sizeof table;
    table.abi_minor = JR_ABI_MINOR;
    table.fail = [](jr_ctx* ctx, jr_status status, int32_t error_number, jr_str sentence) {
      return of(ctx).fail({status, error_number, std::string(to_view(sentence))});
    };
    table.log = [](jr_ctx* ctx, uint32_t level, jr_str message) {
      constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
      of(ctx).log_ += (level <= JR_LOG_ERROR ? kLevels[level] : "?") + std::string(": ") +
                      std::string(to_view(message)) + "\n";
    };
    table.option_count = [](jr_ctx* ctx, jr_str name) {
      const auto found = of(ctx).values_.find(std::string(to_view(name)));
      return found == of(ctx).values_.end() ? uint64_t{0} : uint64_t{found->second.size()};
    };
    table.option = [](jr_ctx* ctx, jr_str name, uint64_t index, jr_str* value) {
      const std::string* const found = of(ctx).value_at(to_view(name), index);
      if (found == nullptr)
        return of(ctx).fail(internal_error("the option " + std::string(to_view(name)) +
                                           " is undeclared or has no such value"));
      *value = to_str(*found);
      return jr_status{JR_OK};
    };
    table.option_origin = [](jr_ctx* ctx, jr_str name, uint64_t) {
      return to_str(*of(ctx).origins_.insert("--" + std::string(to_view(name))).first);
    };
    table.arguments = [](jr_ctx* ctx) {
      of(ctx).argument_list_.assign(of(ctx).arguments_.size(), jr_str{});
      for (std::size_t i = 0; i < of(ctx).arguments_.size(); ++i)
        of(ctx).argument_list_[i] = to_str(of(ctx).arguments_[i]);
      return jr_str_list{of(ctx).argument_list_.data(), of(ctx).argument_list_.size()};
    };
    table.publish_text = [](jr_ctx* ctx, jr_str name, jr_str value) {
      return of(ctx).publish(to_view(name), std::string(to_view(value)));
    };
    table.publish_number = [](jr_ctx* ctx, jr_str name, uint64_t value) {
      return of(ctx).publish(to_view(name), value);
    };
    table.read_text = [](jr_ctx* ctx, jr_str name, jr_str* value) {
      const Fact* const found = of(ctx).read(to_view(name), JR_FACT_TEXT);
      if (found == nullptr) return jr_status{JR_ERROR_INTERNAL};
      *value = to_str(std::get<std::string>(*found));
      return jr_status{JR_OK};
    };
    table.read_number = [](jr_ctx* ctx, jr_str name, uint64_t* value) {
      const Fact* const found = of(ctx).read(to_view(name), JR_FACT_NUMBER);
      if (found == nullptr) return jr_status{JR_ERROR_INTERNAL};
      *value = std::get<uint64_t>(*found);
      return jr_status{JR_OK};
    };
    table.has_fact = [](jr_ctx* ctx, jr_str name) {
      const bool known = of(ctx).declared(to_view(name), true, true).has_value();
      return known && of(ctx).facts_.count(std::string(to_view(name))) != 0 ? 1U : 0U;
    };
    table.cgroup_version = [](jr_ctx* ctx, jr_str controller) {
      const auto found = of(ctx).controllers_.find(std::string(to_view(controller)));
      return found == of(ctx).controllers_.end() ? 2U : found->second;
    };
    table.token = [](jr_ctx* ctx, uint8_t token[16]) {
      if (of(ctx).during_ < During::kPerform)
        return of(ctx).fail(internal_error("the token is known in perform and release only"));
      for (uint8_t i = 0; i < 16; ++i) token[i] = static_cast<uint8_t>(0x11 * i);
      return jr_status{JR_OK};
    };
    table.set_slot = [](jr_ctx* ctx, jr_str name, jr_str value) {
      if (of(ctx).during_ != During::kPerform)
        return of(ctx).fail(internal_error("a slot can be set in perform only"));
      of(ctx).slots_[std::string(to_view(name))] = std::string(to_view(value));
      return jr_status{JR_OK};
    };
    table.slot = [](jr_ctx* ctx, jr_str name, jr_str* value) {
      const auto found = of(ctx).slots_.find(std::string(to_view(name)));
      if (of(ctx).during_ < During::kPerform || found == of(ctx).slots_.end())
        return jr_status{JR_ERROR_INPUT};
      *value = to_str(found->second);
      return jr_status{JR_OK};
    };
    return table;
  }

  jr_stage_descriptor stage_;
  jr_stage_ops ops_;
  jr_host host_;
  jr_actions actions_;
  jr_stage* instance_ = nullptr;
  During during_ = During::kNothing;
  std::optional<Error> failure_;  // of the call under way
  Error refusal_{JR_OK, 0, ""};

  std::map<std::string, std::vector<std::string>> given_;
  std::map<std::string, std::vector<std::string>> values_;  // validated, with defaults
  std::set<std::string> origins_;
  std::vector<std::string> arguments_;
  std::vector<jr_str> argument_list_;
  std::map<std::string, Fact> facts_;
  std::map<std::string, During> own_;  // facts that the stage has published, and when
  std::map<std::string, uint32_t> controllers_;
  std::map<std::string, std::string> slots_;
  std::string plan_;
  std::vector<PlannedCall> calls_;
  std::string log_;
};

}  // namespace jailrun

#endif
