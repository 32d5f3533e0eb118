// SPDX-License-Identifier: Apache-2.0
// lib/jailrun/jailrun-dynamic: a launch with a stage that must be loaded from its file. bin/jailrun becomes
// it.
#include "core/entry.hpp"
#include "core/launch.hpp"
#include "core/plugin/twin.hpp"
#include "core/sys/process.hpp"

#include <malloc.h>

int main(int argc, char** argv) {
  using namespace jailrun::core;
  jailrun::sys::start_times();
  mallopt(M_TOP_PAD, 512 * 1024);  // see main.cpp
  link_twins(kShippedTwins);
  return run_program(argc, argv, launch);
}
