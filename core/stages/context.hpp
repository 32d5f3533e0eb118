// SPDX-License-Identifier: Apache-2.0
// What a stage holds as jr_ctx during a call: whose call it is, what it may ask, what went wrong.
#pragma once

#include "core/base/at_work.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/stage_calls.hpp"
#include "core/plugin/description.hpp"
#include "jailrun/plugin.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::core {
class CgroupHost;
class CgroupRequests;
class CredentialsAction;
class DeviceRulesAction;
class Facts;
class OptionValues;
struct OwnTerminal;
struct UserNamespace;

// The functions that a stage is given (core/stages/host_functions.cpp) and those with which
// it plans (core/stages/action_functions.cpp).
const jr_host* host_functions();
const jr_actions* action_functions();

// The host that jailrun runs on: core/stages/cgroup_host.hpp.
const CgroupHost& this_host();

// What the stages of one launch plan into. Each stage fills a part of its own; the assembly puts
// the parts together.
struct Draft {
  Plan* part = nullptr;
  CgroupRequests* cgroups = nullptr;
  // Held back until the credentials are planned: without privileges no limit can be raised.
  std::vector<std::unique_ptr<Action>> raises;
  // Held back until the credentials are planned, or the exec, too: raising priorities needs privileges, and
  // joining a group may reset the affinity.
  std::vector<std::unique_ptr<Action>> attributes;
  // Of what is planned once: its name, and the stage that has planned it.
  std::vector<std::pair<std::string, std::string>> attribute_names;
  std::optional<uint32_t> umask;
  std::shared_ptr<OwnTerminal> own_terminal;  // to be given the owner that the credentials plan
  // Held back until the exec is planned, and before what follows here: the death signal, which is for the
  // process that the launch has made, and init, which has none of the program's limits.
  std::vector<std::unique_ptr<Action>> before_limits;
  // Held back until then, too: of the program's process, not of init, and before a limit on open files.
  std::vector<std::unique_ptr<Action>> labels;
  // Held back until the exec is planned: a small limit on open or written files must not hit the launch
  // itself, one on processes not the change of credentials.
  std::vector<std::unique_ptr<Action>> before_exec;
  // Held back until then too, as nothing else can be done without them; one at most. `credentials` is the
  // action that changes the uid before, borrowed.
  std::vector<std::unique_ptr<Action>> capabilities;
  CredentialsAction* credentials = nullptr;
  // For the credentials to enter, and whose it is.
  std::shared_ptr<UserNamespace> user_namespace;
  std::string user_namespace_stage;
  // Held back until then too: nothing but the exec can be done under a filter.
  std::vector<std::unique_ptr<Action>> filters;
  // Without root: whom all files belong to, and all processes.
  std::optional<jr_owner> sole_owner;
  std::vector<std::string> helpers;  // their names
  std::string jail_id;
  bool claimed = false;
  std::string root;  // host path of the jail's root, once planned
  // What is planned in the jail, and which filesystems are mounted there in enter: none may hide what another
  // stage has put there.
  struct InJail {
    std::string path;
    std::string stage;
    bool is_prepared = false;  // of a filesystem: it is filled before it is mounted
  };
  std::vector<InJail> paths;
  std::vector<InJail> filesystems;
  // Held back until the credentials are planned, so after all other mounts.
  std::vector<std::unique_ptr<Action>> root_seal;
  // The same: they would keep the launch from mounting a filesystem that is on a device. One at most,
  // borrowed.
  std::vector<std::unique_ptr<Action>> device_rules;
  DeviceRulesAction* device_rules_planned = nullptr;
  bool is_root_sealed = false;
  bool is_root_mounted = false;
  bool is_root_filled = false;  // something is planned in it
  bool enters_root = false;
  bool has_exec = false;
  bool has_pid_namespace = false;
  bool has_init = false;
  bool has_time_limit = false;
  uint64_t choices = 0;            // how many have begun
  std::shared_ptr<Choice> choice;  // the one that is being planned
  // The user namespace, from the first bind on whose owners it maps: it may be planned after that.
  std::shared_ptr<UserNamespace> mapping_namespace;
};

}  // namespace jailrun::core

struct jr_ctx {
  const jailrun::core::StageDescription* stage = nullptr;
  const jailrun::core::OptionValues* options = nullptr;
  const std::vector<jr_str>* arguments = nullptr;
  jailrun::core::Facts* facts = nullptr;
  const jailrun::core::CgroupHost* cgroup_host = &jailrun::core::this_host();
  const jailrun::core::Token* token = nullptr;  // while planning (still zero), performing and releasing
  jailrun::core::SlotStore* slots = nullptr;    // while performing and releasing
  jailrun::core::Draft* draft = nullptr;        // while planning
  std::optional<jailrun::Error> failure;

  bool is_configuring() const { return token == nullptr; }
  void enter(const jailrun::core::CallContext& context) {
    token = &context.token;
    slots = context.slots;
  }

  // Records the first failure of the call under way.
  jr_status fail(jailrun::Error error) {
    const jr_status status = error.status == JR_OK ? JR_ERROR_INTERNAL : error.status;
    if (!failure) failure = std::move(error);
    return status;
  }
  // Makes one call into the plugin: its failure becomes an error that names the stage, in whatever
  // form it came. `doing`: for a plugin that ends the process.
  template <class Call>
  jailrun::Result<void> guarded(const char* doing, Call call) {
    failure.reset();
    const jailrun::core::AtWork at_work("stage", stage->id, doing);
    jr_status status = JR_ERROR_INTERNAL;
    try {
      status = call();
    } catch (...) {  // the plugin's own guard should have caught it
      fail(jailrun::internal_error("an exception came out of the plugin"));
    }
    if (status != JR_OK && !failure) fail({status, 0, "failed without saying why"});
    // A failure that the stage ignored counts as well: what it did after that is not what it meant to do.
    if (failure) return std::move(*failure).within("stage " + std::string(stage->id));
    return {};
  }
  jr_status settle(jailrun::Result<void> result) { return result ? JR_OK : fail(std::move(result).error()); }
};
