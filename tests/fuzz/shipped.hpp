// SPDX-License-Identifier: Apache-2.0
// The stages and pipelines that ship, loaded once, and a directory in which inputs find what they name.
#pragma once

#include "core/pipeline/options.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun::tests::fuzz {

// By a pipeline's file name; nullptr: none that ships.
const core::Pipeline* shipped_pipeline(const std::string& name);

// Where their files are.
const core::SearchPath& shipped_files();

// By their ids.
const std::map<std::string_view, const core::StageDescription*>& shipped_stages();

std::vector<const core::StageDescription*> descriptions(const core::Pipeline& pipeline);

// What is loaded once.
void load_shipped();

// As long as it lives, the working directory has what inputs name, and the cgroup hierarchies are simulated:
//   vmm          a program                      link  leads to it
//   text         a file, not a program          fifo
//   base         an empty directory for jails
//   filled       another: a caller has filled the root of filled/vmm/web-1, filled/vmm/taken is a jail
// All inputs share it; so nothing in it may change.
class Workplace {
 public:
  Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();

  // What was made, removed or changed in it, made or removed in /usr, or done to the FIFO by opening it,
  // since this was last asked; empty: nothing.
  std::string changes() const;

 private:
  UniqueFd left_;
};

// The actions as their ledger has them, in the order of performing.
std::vector<std::string> lines(const core::Plan& plan);

}  // namespace jailrun::tests::fuzz
