// SPDX-License-Identifier: Apache-2.0
//
// What a stage says about itself, built up in constants: its options, its facts, its place in a pipeline.
// Included by stage.hpp.
//
//   constexpr Option kOptions[] = {Option::text("message", "TEXT", "the text of
//   /motd").defaults_to("hello")}; constexpr Fact kConsumes[] = {Fact::text("jail.id"),
//   Fact::text("jail.root")}; JAILRUN_STAGE(Motd, jailrun::Descriptor("motd", "1.0.0", "puts a message into
//   the jail")
//                           .options(kOptions)
//                           .consumes(kConsumes))
#ifndef JAILRUN_DESCRIPTOR_HPP
#define JAILRUN_DESCRIPTOR_HPP

#include "plugin.h"
#include "strings.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jailrun {

// One option: `--name VALUE` on the command line, `name = VALUE` in the stage's section of a pipeline file.
// Its texts must have static storage: literals do.
struct Option : jr_option {
  // Any text. `value_name` is how help calls the value: Option::text("device", "PATH", "makes this node").
  static constexpr Option text(std::string_view name, std::string_view value_name, std::string_view help) {
    return Option(name, value_name, help, JR_OPTION_TEXT);
  }
  // A decimal number from `minimum` to `maximum`, both allowed. The runner refuses any other value before
  // configure() is called.
  static constexpr Option number(std::string_view name, std::string_view value_name, std::string_view help,
                                 uint64_t minimum, uint64_t maximum) {
    Option option(name, value_name, help, JR_OPTION_NUMBER);
    option.minimum = minimum;
    option.maximum = maximum;
    return option;
  }
  // On or off: `--name` on the command line, `name = yes` or `no` in a file. Ask with Context::has_option.
  static constexpr Option flag(std::string_view name, std::string_view help) {
    return Option(name, "", help, JR_OPTION_FLAG);
  }

  // The launch is refused if it is not given.
  constexpr Option required() const { return with(JR_OPTION_REQUIRED); }

  // It may be given more than once; Context::options returns all values. Otherwise a
  // second value is an error.
  constexpr Option repeatable() const { return with(JR_OPTION_REPEATABLE); }

  // Its value if none is given.
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

// One fact that a stage reads (Descriptor::consumes) or publishes (Descriptor::provides). plugin.h lists
// those that begin with "jail."; a site's own begin with another word.
struct Fact : jr_fact {
  static constexpr Fact text(std::string_view name) { return Fact(name, JR_FACT_TEXT, 0); }
  static constexpr Fact number(std::string_view name) { return Fact(name, JR_FACT_NUMBER, 0); }

  // A reader works without it, and asks with Context::has_fact; a publisher may leave it unpublished.
  constexpr Fact optional() const { return Fact({name.data, name.length}, type, flags | JR_FACT_OPTIONAL); }

  // For a publisher: published in configure(), so that every stage can plan with it,
  // wherever it is in the pipeline.
  constexpr Fact while_configuring() const {
    return Fact({name.data, name.length}, type, flags | JR_FACT_CONFIGURED);
  }

 private:
  constexpr Fact(std::string_view own_name, uint32_t own_type, uint32_t own_flags)
      : jr_fact{to_str(own_name), own_type, own_flags} {}
};

// The descriptor. Each function returns a copy with one thing added. Arrays and texts that it is given must
// have static storage: the descriptor keeps their addresses.
class Descriptor {
 public:
  // `id` is the stage's name in pipelines: lower-case letters, digits and hyphens. `version` is its own.
  // `summary` is one line, for `jailrun stages`.
  constexpr Descriptor(std::string_view id, std::string_view version, std::string_view summary) : raw_() {
    raw_.struct_size = sizeof(jr_stage_descriptor);
    raw_.id = to_str(id);
    raw_.version = to_str(version);
    raw_.summary = to_str(summary);
  }

  // The options that the stage takes. It can ask for no others.
  template <std::size_t N>
  constexpr Descriptor options(const Option (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.options = items;
    next.raw_.option_count = N;
    next.raw_.option_stride = sizeof(Option);
    return next;
  }

  // The facts that plan() reads. A fact that is published while planning also fixes the order: its publisher
  // must come before.
  template <std::size_t N>
  constexpr Descriptor consumes(const Fact (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.consumes = items;
    next.raw_.consume_count = N;
    next.raw_.consume_stride = sizeof(Fact);
    return next;
  }

  // The facts that configure() or plan() publishes.
  template <std::size_t N>
  constexpr Descriptor provides(const Fact (&items)[N]) const {
    Descriptor next = *this;
    next.raw_.provides = items;
    next.raw_.provide_count = N;
    next.raw_.provide_stride = sizeof(Fact);
    return next;
  }

  // Stages that must come before this one, if the pipeline has them:
  //
  //   constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};
  template <std::size_t N>
  constexpr Descriptor after(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.after = {ids, N};
    return next;
  }

  // Stages that must come after this one, if the pipeline has them.
  template <std::size_t N>
  constexpr Descriptor before(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.before = {ids, N};
    return next;
  }

  // Stages that can't be in the same pipeline.
  template <std::size_t N>
  constexpr Descriptor conflicts(const jr_str (&ids)[N]) const {
    Descriptor next = *this;
    next.raw_.conflicts = {ids, N};
    return next;
  }

  // JR_TRAIT_... bits; called again, it adds to those there are.
  constexpr Descriptor traits(uint32_t bits) const {
    Descriptor next = *this;
    next.raw_.traits |= bits;
    return next;
  }

  // A capability that the stage's actions need, by its number in linux/capability.h: .capability(CAP_MKNOD).
  // `jailrun check` refuses a pipeline in which an earlier stage drops privileges.
  constexpr Descriptor capability(unsigned number) const {
    Descriptor next = *this;
    next.raw_.capabilities |= uint64_t{1} << number;
    return next;
  }

  // The descriptor as plugin.h has it. JAILRUN_STAGE calls it with the functions of the class.
  constexpr jr_stage_descriptor with_ops(const jr_stage_ops* ops) const {
    jr_stage_descriptor raw = raw_;
    raw.ops = ops;
    return raw;
  }

 private:
  jr_stage_descriptor raw_;
};

}  // namespace jailrun

#endif
