// SPDX-License-Identifier: Apache-2.0
// What actions work on: the jail's root, the descriptors the runner was started with, the ledger, the stages.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

// Where values that become known only by performing are kept: appended to the ledger before the next action.
class SlotStore {
 public:
  virtual ~SlotStore() = default;
  virtual Result<void> set(const std::string& name, std::string_view value) = 0;
  // nullptr where it was never set; lent until the next set.
  virtual const std::string* find(const std::string& name) const = 0;
};

// How a `call` action reaches the stage that planned it.
class StageCalls {
 public:
  virtual ~StageCalls() = default;
  virtual Result<void> perform(const std::string& stage, std::string_view name, std::string_view payload) = 0;
  virtual Result<void> release(const std::string& stage, std::string_view name, std::string_view payload,
                               uint32_t why) = 0;
};

struct Site {
  JailName jail;
  std::array<uint8_t, 16> token = {};  // random; fixed once the ledger is written
  std::string ledger_text;             // the plan as the ledger begins with it; the claim publishes it
  bool is_new = false;                 // while planning: the jail's directory does not stand yet
  bool may_replace = false;            // while planning: --replace was given
  bool is_replaced = false;            // and: what a dead launch left is to be taken away first
  UniqueFd claim;         // the jail's directory, locked while a launch or a removal is under way
  UniqueFd ledger;        // open for appending, once claimed
  std::string root_path;  // host path of the jail's root, once known
  UniqueFd root;          // the jail's root, O_PATH, once it stands; in the host's mount namespace
  UniqueFd inner_root;    // the same in the jail's own, once it was asked for there
  // Directories in the jail that this launch has made: opened then, they need not be found again.
  struct MadeDirectory {
    std::string path;
    UniqueFd fd;
  };
  std::vector<MadeDirectory> made;
  // Devices whose filesystem has said that it can share no data: known, it need not be asked for each file.
  std::vector<dev_t> unshareable;
  std::vector<std::string> made_files;  // in a root that the launch has mounted
  bool may_see_root = true;  // false: an ordinary user, to whom a plan is shown, can not tell what is in it
  bool is_taken = false;     // while planning: a ledger stands there, and the claim decides
  bool is_root_mounted = false;  // this launch has mounted the root: what stands in it is an image's
  bool root_is_own = false;    // while releasing: the root is the launch's own, and removed with all it holds
  std::vector<int> inherited;  // descriptors the runner was started with
  pid_t program_pid = 0;       // the process that becomes the program, once it exists
  UniqueFd parent;             // pidfd of the supervisor, in a supervised launch
  uint64_t parent_cpu_us = 0;  // what the processes before the program's had used of the CPU, microseconds
  int cgroup = -1;             // a version 2 group that the program's process can be born in; lent
  bool is_born_in_cgroup = false;  // and was
  uint32_t release_reason = JR_RELEASE_ROLLBACK;
  StageCalls* stages = nullptr;  // lent
  SlotStore* slots = nullptr;    // lent
};

}  // namespace jailrun::core
