// SPDX-License-Identifier: Apache-2.0
// The smallest guests that say something. They run where a stock kernel does not: a /dev/kvm that is itself
// emulated.
#pragma once

#include <string>

namespace jailrun::integration {

constexpr const char* kTinyGreeting = "hello from a tiny guest";

// What it does once it has greeted, by its first serial port.
enum class Then { kReset, kHalt };
// An uncompressed kernel as Firecracker loads one: ELF, entered in 64-bit mode.
std::string tiny_kernel(Then then);

// Firmware for QEMU's machine microvm, in 16-bit mode. It ends QEMU, by its device isa-debug-exit at 0xf4,
// with the status kFirmwareStatus: a QEMU that fails has another.
std::string tiny_firmware();
constexpr int kFirmwareStatus = 7;

// Whether the /dev/kvm of this host runs a guest, outside of a jail.
bool kvm_runs_guests();

}  // namespace jailrun::integration
