// SPDX-License-Identifier: Apache-2.0
// The releases of the jails that one removal is about.
#pragma once

#include "core/jails/removal.hpp"
#include "core/jails/time_limit.hpp"
#include "core/ledger/read.hpp"
#include "core/plan/jail.hpp"
#include "core/sys/fd.hpp"

#include <deque>
#include <vector>

namespace jailrun::core {

// A jail that is being removed: locked until this goes out of scope.
struct Doomed {
  Jail held;
  UniqueFd ledger_lock;
  Ledger ledger;
};

// One that takes long, as its plugins do, or a tree with a hundred thousand files, does not hold up those behind
// it.
class Releases {
 public:
  // The answers go to `results`.
  Releases(const Removal& removal, std::vector<Result<void>>& results)
      : removal_(removal), results_(results) {}

  // Releases that jail, whose answer has that number. If it takes long, that is finished later.
  void add(Doomed doomed, size_t number);
  void finish();

 private:
  struct Slow {
    Doomed doomed;  // keeps its locks
    size_t number;
    int limit_ms;  // -1: none
    uint64_t since_us;
    WorkInChild work;
  };
  void finish_first();

  const Removal& removal_;
  std::vector<Result<void>>& results_;
  std::deque<Slow> slow_;
};

}  // namespace jailrun::core
