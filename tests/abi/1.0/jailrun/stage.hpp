// SPDX-License-Identifier: Apache-2.0
//
// The C++17 face of plugin.h: header only, no shared libstdc++ needed. A stage is a class and one line:
//
//   class Motd final : public jailrun::Stage {
//     jailrun::Result<void> plan(jailrun::Plan& plan) override {
//       plan.write("/motd", "this is a jail\n", 0444);
//       return {};
//     }
//   };
//   JAILRUN_STAGE(Motd, jailrun::Descriptor("motd", "1.0.0", "puts a message into the jail"))
//
// plugin.h says what each call means, when it may be made and who owns what; this file only makes it
// pleasant. Whatever a stage throws is turned into an error at the door (see guarded() below).
#ifndef JAILRUN_STAGE_HPP
#define JAILRUN_STAGE_HPP

#include "plugin.h"
#include "result.hpp"
#include "strings.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun {

// A host path; a plain string is a path in the jail.
struct Host {
  std::string path;
};
inline Host on_host(std::string path) { return {std::move(path)}; }

// -------------------------------------------------------------------------------------------------- the
// descriptor

// One option, built up in a constant: Option::text("device", "PATH", "makes this node").repeatable().
struct Option : jr_option {
  static constexpr Option text(std::string_view name, std::string_view value_name, std::string_view help) {
    return Option(name, value_name, help, JR_OPTION_TEXT);
  }
  static constexpr Option number(std::string_view name, std::string_view value_name, std::string_view help,
                                 uint64_t minimum, uint64_t maximum) {
    Option option(name, value_name, help, JR_OPTION_NUMBER);
    option.minimum = minimum;
    option.maximum = maximum;
    return option;
  }
  static constexpr Option flag(std::string_view name, std::string_view help) {
    return Option(name, "", help, JR_OPTION_FLAG);
  }
  constexpr Option required() const { return with(JR_OPTION_REQUIRED); }
  constexpr Option repeatable() const { return with(JR_OPTION_REPEATABLE); }
  constexpr Option defaults_to(std::string_view value) const {
    Option option = *this;
    option.default_value = to_str(value);
    return option;
  }

 private:
  constexpr Option(std::string_view own_name, std::string_view own_value_name, std::string_view own_help,
                   uint32_t own_type)
      : jr_option{to_str(own_name), to_str(own_value_name), to_str(own_help), to_str(""), own_type, 0, 0, 0} {
  }
  constexpr Option with(uint32_t bit) const {
    Option option = *this;
    option.flags |= bit;
    return option;
  }
};

// One fact that a stage reads or publishes: Fact::text("jail.root").
struct Fact : jr_fact {
  static constexpr Fact text(std::string_view name) { return Fact(name, JR_FACT_TEXT, 0); }
  static constexpr Fact number(std::string_view name) { return Fact(name, JR_FACT_NUMBER, 0); }
  constexpr Fact optional() const { return Fact({name.data, name.length}, type, flags | JR_FACT_OPTIONAL); }
  constexpr Fact while_configuring() const {
    return Fact({name.data, name.length}, type, flags | JR_FACT_CONFIGURED);
  }

 private:
  constexpr Fact(std::string_view own_name, uint32_t own_type, uint32_t own_flags)
      : jr_fact{to_str(own_name), own_type, own_flags} {}
};

// The descriptor, built up in a constant. Arrays that it is given must have static storage.
class Descriptor {
 public:
  constexpr Descriptor(std::string_view id, std::string_view version, std::string_view summary) : raw_() {
    raw_.struct_size = sizeof(jr_stage_descriptor);
    raw_.id = to_str(id);
    raw_.version = to_str(version);
    raw_.summary = to_str(summary);
  }
  template <std::size_t N>
  constexpr Descriptor options(const Option (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.options = items;
    next.raw_.option_count = N;
    next.raw_.option_stride = sizeof(Option);
    return next;
  }
  template <std::size_t N>
  constexpr Descriptor consumes(const Fact (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.consumes = items;
    next.raw_.consume_count = N;
    next.raw_.consume_stride = sizeof(Fact);
    return next;
  }
  template <std::size_t N>
  constexpr Descriptor provides(const Fact (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.provides = items;
    next.raw_.provide_count = N;
    next.raw_.provide_stride = sizeof(Fact);
    return next;
  }
  template <std::size_t N>
  constexpr Descriptor after(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.after = {ids, N};
    return next;
  }
  template <std::size_t N>
  constexpr Descriptor before(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.before = {ids, N};
    return next;
  }
  template <std::size_t N>
  constexpr Descriptor conflicts(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.conflicts = {ids, N};
    return next;
  }
  constexpr Descriptor traits(uint32_t bits) const {
    Descriptor next = *this;
    next.raw_.traits |= bits;
    return next;
  }
  // Needs this capability, by its number in linux/capability.h.
  constexpr Descriptor capability(unsigned number) const {
    Descriptor next = *this;
    next.raw_.capabilities |= uint64_t{1} << number;
    return next;
  }
  constexpr jr_stage_descriptor with_ops(const jr_stage_ops* ops) const {
    jr_stage_descriptor raw = raw_;
    raw.ops = ops;
    return raw;
  }

 private:
  jr_stage_descriptor raw_;
};

// ---------------------------------------------------------------------------------------------- what a stage
// is given

// The runner's side of the call under way: options, facts, the log.
class Context {
 public:
  Context(const jr_host* host, jr_ctx* ctx) : host_(host), ctx_(ctx) {}

  // An option's value; empty where it has none.
  std::string option(std::string_view name) {
    return option_count(name) == 0 ? std::string() : std::string(value_at(name, option_count(name) - 1));
  }
  std::vector<std::string> options(std::string_view name) {
    std::vector<std::string> values;
    const uint64_t count = option_count(name);
    for (uint64_t i = 0; i < count; ++i) values.emplace_back(value_at(name, i));
    return values;
  }
  bool has_option(std::string_view name) { return option_count(name) > 0; }

  // A number option's value, which the runner has already judged; 0 where it has none.
  uint64_t option_number(std::string_view name) { return to_number(option(name)); }

  // Where a value came from, to begin an error's sentence with: "--netns" or "default.conf:12: netns".
  std::string origin(std::string_view name, uint64_t index = 0) {
    return std::string(to_view(host_->option_origin(ctx_, to_str(name), index)));
  }

  // What stood after `--`.
  std::vector<std::string> arguments() {
    const jr_str_list list = host_->arguments(ctx_);
    std::vector<std::string> values;
    for (uint64_t i = 0; i < list.count; ++i) values.emplace_back(to_view(list.items[i]));
    return values;
  }

  void publish(std::string_view fact, std::string_view value) {
    note(host_->publish_text(ctx_, to_str(fact), to_str(value)));
  }
  void publish(std::string_view fact, const char* value) { publish(fact, std::string_view(value)); }
  void publish(std::string_view fact, uint64_t value) {
    note(host_->publish_number(ctx_, to_str(fact), value));
  }

  bool has_fact(std::string_view name) { return host_->has_fact(ctx_, to_str(name)) != 0; }
  std::string text_fact(std::string_view name) {
    jr_str value = to_str("");
    note(host_->read_text(ctx_, to_str(name), &value));
    return std::string(to_view(value));
  }
  uint64_t number_fact(std::string_view name) {
    uint64_t value = 0;
    note(host_->read_number(ctx_, to_str(name), &value));
    return value;
  }
  // The jail's user and group: the facts jail.uid and jail.gid.
  jr_owner user() {
    return {static_cast<uint32_t>(number_fact("jail.uid")), static_cast<uint32_t>(number_fact("jail.gid"))};
  }

  uint32_t cgroup_version(std::string_view controller) {
    return host_->cgroup_version(ctx_, to_str(controller));
  }

  void log(uint32_t level, std::string_view message) { host_->log(ctx_, level, to_str(message)); }

  // In perform and release of a `call`.
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
  void set_slot(std::string_view name, std::string_view value) {
    note(host_->set_slot(ctx_, to_str(name), to_str(value)));
  }
  bool slot(std::string_view name, std::string& value) {
    jr_str raw = to_str("");
    if (host_->slot(ctx_, to_str(name), &raw) != JR_OK) return false;
    value = std::string(to_view(raw));
    return true;
  }

  // The first refusal by the runner since this context was made; the door returns it even if the stage went
  // on.
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

// A context to which actions can be appended. What the runner refuses need not be checked for at each line:
// it is remembered, and the launch is refused once plan returns. Paths are in the jail unless said otherwise.
class Plan : public Context {
 public:
  Plan(const jr_host* host, jr_ctx* ctx, const jr_actions* actions)
      : Context(host, ctx), host_(host), actions_(actions) {}

  void claim(std::string_view base, std::string_view name, std::string_view id) {
    append(&jr_actions::claim, "claim", to_str(base), to_str(name), to_str(id));
  }
  void alias(std::string_view name) { append(&jr_actions::alias, "alias", to_str(name)); }
  void close_inherited(const std::vector<uint32_t>& keep = {}) {
    append(&jr_actions::close_inherited, "close_inherited", keep.data(), static_cast<uint64_t>(keep.size()));
  }
  void root(const Host& at, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, host_path(at), owner};
    append(&jr_actions::root, "root", &raw);
  }
  void directory(std::string_view path, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, jail_path(path), owner};
    append(&jr_actions::directory, "directory", &raw);
  }
  void directory(const Host& at, uint32_t mode, jr_owner owner) {
    const jr_directory raw{sizeof raw, mode, host_path(at), owner};
    append(&jr_actions::directory, "directory", &raw);
  }
  void write(std::string_view path, std::string_view content, uint32_t mode, jr_owner owner = {0, 0}) {
    const jr_write raw{sizeof raw, mode, jail_path(path), owner, {content.data(), content.size()}};
    append(&jr_actions::write, "write", &raw);
  }
  void copy(const Host& source, std::string_view path, jr_owner owner, uint32_t mode = JR_MODE_OF_SOURCE,
            uint32_t flags = 0) {
    const jr_copy raw{sizeof raw, mode, jail_path(path), owner, to_str(source.path), flags, 0};
    append(&jr_actions::copy, "copy", &raw);
  }
  void link(const Host& source, std::string_view path) {
    const jr_link raw{sizeof raw, 0, jail_path(path), to_str(source.path)};
    append(&jr_actions::link, "link", &raw);
  }
  // Alternatives: the first that this host can do is taken. Each is a name and a function that plans it:
  //
  //   plan.first_of("link", [&] { plan.link(source, "/disk"); },
  //                 "copy", [&] { plan.copy(source, "/disk", plan.user()); });
  template <class... NamesAndParts>
  void first_of(NamesAndParts&&... names_and_parts) {
    begin_first_of();
    alternatives(names_and_parts...);
    end_first_of();
  }
  // The same for alternatives of which some are left out: what is planned after alternative() is one, until
  // the next or the end.
  void begin_first_of() { append(&jr_actions::first_of, "first_of"); }
  void alternative(std::string_view name) { append(&jr_actions::alternative, "alternative", to_str(name)); }
  void end_first_of() { append(&jr_actions::end_first_of, "end_first_of"); }
  void node(std::string_view path, uint32_t type, uint32_t major, uint32_t minor, uint32_t mode,
            jr_owner owner, uint32_t flags = 0) {
    const jr_node raw{sizeof raw, mode, jail_path(path), owner, type, major, minor, flags};
    append(&jr_actions::node, "node", &raw);
  }
  void pid_file(std::string_view path, uint32_t mode, jr_owner owner) {
    append(&jr_actions::pid_file, "pid_file", jail_path(path), mode, owner);
  }
  void cgroup(uint32_t version, std::string_view group, std::string_view file, std::string_view value,
              uint32_t flags = 0) {
    const jr_cgroup raw{sizeof raw, flags, to_str(group), to_str(file), to_str(value), version, 0};
    append(&jr_actions::cgroup, "cgroup", &raw);
  }
  // The jail is in this version 2 group, where it exists.
  void join_cgroup(std::string_view group) {
    const jr_cgroup raw{sizeof raw, JR_CGROUP_JOIN, to_str(group), to_str(""), to_str(""), 2, 0};
    append(&jr_actions::cgroup, "cgroup", &raw);
  }
  void new_root() { append(&jr_actions::new_root, "new_root"); }
  void bind(const Host& source, std::string_view path, uint32_t flags) {
    const jr_bind raw{sizeof raw, flags, to_str(source.path), jail_path(path)};
    append(&jr_actions::bind, "bind", &raw);
  }
  void mount(std::string_view type, std::string_view path, uint32_t flags, std::string_view data = "") {
    const jr_mount raw{sizeof raw, flags, to_str(type), to_str(""), jail_path(path), to_str(data)};
    append(&jr_actions::mount, "mount", &raw);
  }
  // The jail's root, before anything is planned in it.
  void mount_root(std::string_view type, uint32_t flags, std::string_view data = "") {
    mount(type, "/", flags | JR_MOUNT_PREPARE, data);
  }
  void overlay_root(const Host& lower, uint32_t mode, jr_owner owner, uint32_t flags) {
    const jr_overlay raw{sizeof raw, flags, to_str(lower.path), owner, mode, 0};
    append(&jr_actions::overlay_root, "overlay_root", &raw);
  }
  // `type` is a CLONE_NEW... flag of sched.h.
  void join(const Host& path, uint32_t type) {
    const jr_join raw{sizeof raw, type, to_str(path.path)};
    append(&jr_actions::join, "join", &raw);
  }
  void numa(uint32_t node, std::string_view cpus) {
    const jr_numa raw{sizeof raw, node, to_str(cpus)};
    append(&jr_actions::numa, "numa", &raw);
  }
  // One standard stream: JR_STREAM_..., and a host path for JR_STREAM_FILE.
  struct Stream {
    uint32_t kind = JR_STREAM_NULL;
    std::string file = {};
  };
  void session(const Stream& in, const Stream& out, const Stream& err) {
    const jr_session raw{
        sizeof raw, {in.kind, out.kind, err.kind}, {to_str(in.file), to_str(out.file), to_str(err.file)}};
    append(&jr_actions::session, "session", &raw);
  }
  void pid_namespace() { append(&jr_actions::pid_namespace, "pid_namespace"); }
  void credentials(jr_owner owner, const std::vector<uint32_t>& groups = {}) {
    const jr_credentials raw{sizeof raw, static_cast<uint32_t>(groups.size()), owner, groups.data()};
    append(&jr_actions::credentials, "credentials", &raw);
  }
  void limit(uint32_t resource, uint64_t soft, uint64_t hard) {
    const jr_limit raw{sizeof raw, resource, soft, hard};
    append(&jr_actions::limit, "limit", &raw);
  }
  void exec(std::string_view path, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment, uint32_t flags) {
    const std::vector<jr_str> argv = to_list(arguments);
    const std::vector<jr_str> envp = to_list(environment);
    const jr_exec raw{
        sizeof raw, flags, jail_path(path), {argv.data(), argv.size()}, {envp.data(), envp.size()}};
    append(&jr_actions::exec, "exec", &raw);
  }
  void call(uint32_t phase, std::string_view name, std::string_view line, std::string_view payload,
            uint32_t payload_version) {
    const jr_call raw{sizeof raw,      phase, to_str(name), to_str(line), {payload.data(), payload.size()},
                      payload_version, 0};
    append(&jr_actions::call, "call", &raw);
  }

 private:
  // Calls one function of the table, if this runner's table reaches as far and has it.
  template <class... Parameters, class... Arguments>
  void append(jr_status (*jr_actions::*member)(jr_ctx*, Parameters...), const char* name,
              Arguments... arguments) {
    if (reaches(member) && actions_->*member != nullptr)
      return note((actions_->*member)(ctx(), arguments...));
    const std::string sentence =
        std::string("this jailrun has no action '") + name + "': a later one is needed";
    note(host_->fail(ctx(), JR_ERROR_UNSUPPORTED, 0, to_str(sentence)));
  }
  void alternatives() {}
  template <class Part, class... Rest>
  void alternatives(std::string_view name, Part&& part, Rest&&... rest) {
    alternative(name);
    part();
    alternatives(rest...);
  }
  template <class Member>
  bool reaches(Member member) const {
    const auto* begin = reinterpret_cast<const char*>(actions_);
    const auto* field = reinterpret_cast<const char*>(&(actions_->*member));
    return static_cast<std::size_t>(field - begin) + sizeof(actions_->*member) <= actions_->struct_size;
  }
  static jr_path jail_path(std::string_view path) { return {JR_IN_JAIL, 0, to_str(path)}; }
  static jr_path host_path(const Host& at) { return {JR_ON_HOST, 0, to_str(at.path)}; }
  static std::vector<jr_str> to_list(const std::vector<std::string>& strings) {
    std::vector<jr_str> list;
    for (const std::string& string : strings) list.push_back(to_str(string));
    return list;
  }

  const jr_host* host_;
  const jr_actions* actions_;
};

enum class Why : uint32_t {
  kRollback = JR_RELEASE_ROLLBACK,
  kRemove = JR_RELEASE_REMOVE,
  kRecovery = JR_RELEASE_RECOVERY
};

// What a plugin author derives from. Only plan() must be written.
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  virtual Result<void> configure(Context&) { return {}; }
  virtual Result<void> plan(Plan& plan) = 0;
  virtual Result<void> perform(Context&, std::string_view name, std::string_view /*payload*/) {
    return internal_error("call '" + std::string(name) + "' was planned but perform() is not written");
  }
  virtual Result<void> release(Context&, std::string_view /*name*/, std::string_view /*payload*/, Why) {
    return {};
  }
  // What `jailrun tell ID STAGE VERB WORDS...` asks. True: this call was meant, and it is done. False:
  // another call of the stage is meant.
  virtual Result<bool> command(Context&, std::string_view /*verb*/, const std::vector<std::string>& /*words*/,
                               std::string_view /*name*/, std::string_view /*payload*/) {
    return false;
  }
};

// ---------------------------------------------------------------------------------------------------------
// the door

namespace detail {

// One stage as the runner holds it.
struct Held {
  const jr_host* host;
  Stage* stage;
};

inline jr_status report(const jr_host* host, jr_ctx* ctx, const Error& error) {
  return host->fail(ctx, error.status, error.error_number, to_str(error.sentence));
}

// Runs `work` on a context and turns an error, a refusal that the stage did not look at, or an exception into
// a status.
template <class Given, class Work>
jr_status guarded(const jr_host* host, jr_ctx* ctx, Given given, Work work) noexcept {
  try {
    const Result<void> result = work(given);
    if (given.refusal() != JR_OK) return given.refusal();
    return result ? JR_OK : report(host, ctx, result.error());
  } catch (const std::exception& exception) {
    return host->fail(ctx, JR_ERROR_INTERNAL, 0, to_str(exception.what()));
  } catch (...) {
    return host->fail(ctx, JR_ERROR_INTERNAL, 0,
                      to_str("the stage threw something that is no std::exception"));
  }
}

inline Held* held(jr_stage* stage) { return reinterpret_cast<Held*>(stage); }

template <class T>
jr_stage* create(const jr_host* host) noexcept {
  try {
    return reinterpret_cast<jr_stage*>(new Held{host, new T});
  } catch (...) {
    return nullptr;
  }
}
inline void destroy(jr_stage* stage) noexcept {
  delete held(stage)->stage;
  delete held(stage);
}
inline jr_status configure(jr_stage* stage, jr_ctx* ctx) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx),
                 [&](Context& context) { return held(stage)->stage->configure(context); });
}
inline jr_status plan(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Plan(host, ctx, actions),
                 [&](Plan& plan) { return held(stage)->stage->plan(plan); });
}
inline jr_status perform(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx), [&](Context& context) {
    return held(stage)->stage->perform(context, to_view(name), to_view(payload));
  });
}
inline jr_status release(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why) noexcept {
  const jr_host* host = held(stage)->host;
  return guarded(host, ctx, Context(host, ctx), [&](Context& context) {
    return held(stage)->stage->release(context, to_view(name), to_view(payload), static_cast<Why>(why));
  });
}
inline jr_status command(jr_stage* stage, jr_ctx* ctx, jr_str verb, jr_str_list words, jr_str name,
                         jr_bytes payload) noexcept {
  const jr_host* host = held(stage)->host;
  bool is_mine = false;
  const jr_status status = guarded(host, ctx, Context(host, ctx), [&](Context& context) -> Result<void> {
    std::vector<std::string> list;
    for (uint64_t i = 0; i < words.count; ++i) list.emplace_back(to_view(words.items[i]));
    JR_ASSIGN(is_mine,
              held(stage)->stage->command(context, to_view(verb), list, to_view(name), to_view(payload)));
    return {};
  });
  return status == JR_OK && !is_mine ? JR_NOT_MINE : status;
}

template <class T>
inline constexpr jr_stage_ops kOps = {
    sizeof(jr_stage_ops), 0, create<T>, destroy, configure, plan, perform, release, command};

template <class T, std::size_t N>
constexpr uint64_t count_of(const T (&)[N]) {
  return N;
}

}  // namespace detail
}  // namespace jailrun

#define JAILRUN_EXPORT extern "C" __attribute__((visibility("default")))

// Exports a plugin that carries one stage. Once in a shared object, outside every namespace.
//
// A plugin that carries several: each stage's source is compiled with JAILRUN_STAGE_SYMBOL defined as a name
// of its own, under which its descriptor is then found; one more source declares them and has JAILRUN_PLUGIN.
#ifdef JAILRUN_STAGE_SYMBOL
#define JAILRUN_STAGE(Class, descriptor_expression)                                           \
  static constexpr jr_stage_descriptor jailrun_descriptor_ =                                  \
      ::jailrun::Descriptor(descriptor_expression).with_ops(&::jailrun::detail::kOps<Class>); \
  extern const jr_stage_descriptor JAILRUN_STAGE_SYMBOL;                                      \
  const jr_stage_descriptor JAILRUN_STAGE_SYMBOL = jailrun_descriptor_;
#else
#define JAILRUN_STAGE(Class, descriptor_expression)                                           \
  static constexpr jr_stage_descriptor jailrun_descriptor_ =                                  \
      ::jailrun::Descriptor(descriptor_expression).with_ops(&::jailrun::detail::kOps<Class>); \
  JAILRUN_PLUGIN(jailrun_descriptor_.id, jailrun_descriptor_.version, &jailrun_descriptor_)
#endif

// Exports a plugin with these stages, given by the addresses of their descriptors.
#define JAILRUN_PLUGIN(name, version, ...)                                       \
  static constexpr const jr_stage_descriptor* jailrun_stages_[] = {__VA_ARGS__}; \
  JAILRUN_EXPORT const jr_plugin jailrun_plugin_v1;                              \
  const jr_plugin jailrun_plugin_v1 = {                                          \
      sizeof(jr_plugin), JR_ABI_MINOR,    name,                                  \
      version,           jailrun_stages_, ::jailrun::detail::count_of(jailrun_stages_)};

#endif
