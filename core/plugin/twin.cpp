// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/twin.hpp"

namespace jailrun::core {
namespace {

std::span<const Twin> linked;

}  // namespace

std::span<const Twin> linked_twins() { return linked; }
void link_twins(std::span<const Twin> twins) { linked = twins; }

}  // namespace jailrun::core
