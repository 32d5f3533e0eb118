// SPDX-License-Identifier: Apache-2.0
// jr_actions of plugin.h: the functions of core/stages/planning.hpp as a table of C functions.
#include "core/stages/arguments.hpp"
#include "core/stages/planning.hpp"

namespace jailrun::core {
namespace {

constexpr jr_actions kActions = {
    sizeof(jr_actions),
    JR_ABI_MINOR,
    kFunction<planning::claim>,
    kFunction<planning::close_inherited>,
    kStructFunction<"root", planning::root>,
    kStructFunction<"directory", planning::directory>,
    kStructFunction<"write", planning::write>,
    kStructFunction<"copy", planning::copy>,
    kStructFunction<"node", planning::node>,
    kFunction<planning::pid_file>,
    kStructFunction<"cgroup", planning::cgroup>,
    kFunction<planning::new_root>,
    kStructFunction<"bind", planning::bind>,
    kStructFunction<"mount", planning::mount>,
    kStructFunction<"join", planning::join>,
    kStructFunction<"numa", planning::numa>,
    kStructFunction<"session", planning::session>,
    kStructFunction<"credentials", planning::credentials>,
    kStructFunction<"limit", planning::limit>,
    kStructFunction<"exec", planning::exec>,
    kStructFunction<"call", planning::call>,
    kFunction<planning::alias>,
    kFunction<planning::pid_namespace>,
    kStructFunction<"link", planning::link>,
    kStructFunction<"overlay_root", planning::overlay_root>,
    kFunction<planning::first_of>,
    kFunction<planning::alternative>,
    kFunction<planning::end_first_of>,
    kStructFunction<"filter", planning::filter>,
    kStructFunction<"landlock", planning::landlock>,
    kStructFunction<"capabilities", planning::capabilities>,
    kStructFunction<"new_namespace", planning::new_namespace>,
    kStructFunction<"user_namespace", planning::user_namespace>,
    kStructFunction<"attribute", planning::attribute>,
    kStructFunction<"symlink", planning::symlink>,
    kFunction<planning::read_only_root>,
    kStructFunction<"time_limit", planning::time_limit>,
    kFunction<planning::init>,
    kStructFunction<"device_rules", planning::device_rules>,
    kStructFunction<"label", planning::label>,
    kStructFunction<"helper", planning::helper>,
};

}  // namespace

const jr_actions* action_functions() { return &kActions; }

}  // namespace jailrun::core
