// SPDX-License-Identifier: Apache-2.0
// The smallest virtual machine monitor that proves a jail's /dev/kvm works: one page of memory, one
// virtual CPU, a guest that writes a line through an I/O port, one byte an exit, and halts.
//
// Linked statically and without iostream, so that an otherwise empty root is enough to run it.

#include "fail.hpp"
#include "jail_view.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t kGuestPage = 0x1000;
constexpr std::size_t kPageSize = 4096;
constexpr std::uint16_t kPort = 0x3f8;  // where a PC has its first serial port
constexpr unsigned kPatienceSeconds = 5;

// 16-bit real mode, loaded at kGuestPage; the text follows the code and ends with a zero byte.
constexpr std::uint8_t kCode[] = {
    0xbe, 0x0f, 0x10,  //       mov  si, 0x100f: the byte after this code
    0xba, 0xf8, 0x03,  //       mov  dx, kPort
    0xac,              // next: lodsb
    0x84, 0xc0,        //       test al, al
    0x74, 0x03,        //       jz   done
    0xee,              //       out  dx, al
    0xeb, 0xf8,        //       jmp  next
    0xf4,              // done: hlt
};
static_assert(sizeof kCode == 0x0f, "the code names the address of the text");

template <typename... Argument>
int control(int fd, const char* name, unsigned long request, Argument... argument) {
  const int result = ioctl(fd, request, argument...);
  if (result < 0) fail(name);
  return result;
}

std::uint8_t* map(std::size_t size, int flags, int fd, const char* what) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED) fail(what);
  return static_cast<std::uint8_t*>(memory);
}

void enter_real_mode(int vcpu) {
  kvm_sregs segments{};
  control(vcpu, "KVM_GET_SREGS", KVM_GET_SREGS, &segments);
  segments.cs.base = 0;  // at reset it is just below 4 GiB
  segments.cs.selector = 0;
  control(vcpu, "KVM_SET_SREGS", KVM_SET_SREGS, &segments);
  kvm_regs registers{};
  registers.rip = kGuestPage;
  registers.rflags = 2;  // the bit that is always one: without it the entry fails
  control(vcpu, "KVM_SET_REGS", KVM_SET_REGS, &registers);
}

void run_until_halt(int vcpu, const std::uint8_t* shared) {
  const auto* state = reinterpret_cast<const kvm_run*>(shared);
  for (;;) {
    control(vcpu, "KVM_RUN", KVM_RUN, 0);
    if (state->exit_reason == KVM_EXIT_HLT) return;
    if (state->exit_reason != KVM_EXIT_IO || state->io.direction != KVM_EXIT_IO_OUT ||
        state->io.port != kPort) {
      refuse("the guest left for an unforeseen reason: KVM exit ",
             std::to_string(state->exit_reason).c_str());
    }
    std::fwrite(shared + state->io.data_offset, state->io.size, state->io.count, stdout);
  }
}

void boot(const std::string& text) {
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) fail("open /dev/kvm");
  const int version = control(kvm, "KVM_GET_API_VERSION", KVM_GET_API_VERSION, 0);
  if (version != KVM_API_VERSION)
    refuse("this kernel speaks another KVM API: ", std::to_string(version).c_str());
  const int machine = control(kvm, "KVM_CREATE_VM", KVM_CREATE_VM, 0);
  // Intel CPUs without unrestricted guests emulate real mode and want three pages for it.
  control(machine, "KVM_SET_TSS_ADDR", KVM_SET_TSS_ADDR, 0xfffbd000UL);

  if (sizeof kCode + text.size() + 1 > kPageSize) refuse("the id does not fit in the guest's page", "");
  std::uint8_t* memory = map(kPageSize, MAP_SHARED | MAP_ANONYMOUS, -1, "mmap of the guest's page");
  std::memcpy(memory, kCode, sizeof kCode);
  std::memcpy(memory + sizeof kCode, text.c_str(), text.size() + 1);
  kvm_userspace_memory_region region{};
  region.guest_phys_addr = kGuestPage;
  region.memory_size = kPageSize;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(memory);
  control(machine, "KVM_SET_USER_MEMORY_REGION", KVM_SET_USER_MEMORY_REGION, &region);

  const int vcpu = control(machine, "KVM_CREATE_VCPU", KVM_CREATE_VCPU, 0);
  const int size = control(kvm, "KVM_GET_VCPU_MMAP_SIZE", KVM_GET_VCPU_MMAP_SIZE, 0);
  const std::uint8_t* shared = map(static_cast<std::size_t>(size), MAP_SHARED, vcpu, "mmap of the vCPU");
  enter_real_mode(vcpu);
  // A /dev/kvm that opens may still never come back from KVM_RUN: a signal turns that into EINTR.
  struct sigaction wake {};
  wake.sa_handler = [](int) {};
  sigaction(SIGALRM, &wake, nullptr);
  alarm(kPatienceSeconds);
  run_until_halt(vcpu, shared);
}

}  // namespace

int main(int count, char** arguments) {
  std::string text = "hello from a jailed VM";
  bool show = false;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--show-jail") {
      show = true;
    } else if (name == "--id" || name == "--start-time-us" || name == "--start-time-cpu-us" ||
               name == "--parent-cpu-time-us") {  // what the jailer puts before the user's own
      if (++i == count) refuse("a value is missing after ", name.c_str());
      if (name == "--id") text.append(", id ").append(arguments[i]);
    } else {
      refuse("unknown argument ", name.c_str());
    }
  }
  if (show) show_jail();
  text += '\n';
  boot(text);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) fail("write to stdout");
  return 0;
}
