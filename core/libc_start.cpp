// SPDX-License-Identifier: Apache-2.0
// bin/jailrun's way from its entry point to main(), in place of static glibc's. What glibc does there beside
// the rest is to execute CPUID some forty times, to choose its fastest memcpy and to learn the sizes of caches.
// Under a hypervisor each is an exit from the guest: 0.2 ms of each launch. Here nothing is asked: where
// nothing is known of the processor, glibc chooses what every x86-64 processor can do, which for a launch's few
// short strings is as fast.
//
// The steps are those of one version of glibc, by its internal names, so any other version goes its own way,
// as does every other build (CMakeLists.txt: JAILRUN_LIBC_START). The tunables are not read either: a caller's
// GLIBC_TUNABLES is nothing that root's launch should listen to.
#include <features.h>

#if defined(__x86_64__) && defined(__GLIBC__) && __GLIBC__ == 2 && __GLIBC_MINOR__ == 36
#include <cstdint>

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names are libc's
extern "C" {

using Initializer = void (*)(int, char**, char**);

extern void* __libc_stack_end;
extern void* _dl_random;
extern int __libc_enable_secure;
extern const Elf64_Rela __rela_iplt_start[] __attribute__((weak));
extern const Elf64_Rela __rela_iplt_end[] __attribute__((weak));
extern Initializer __preinit_array_start[] __attribute__((visibility("hidden")));
extern Initializer __preinit_array_end[] __attribute__((visibility("hidden")));
extern Initializer __init_array_start[] __attribute__((visibility("hidden")));
extern Initializer __init_array_end[] __attribute__((visibility("hidden")));
extern void (*__fini_array_start[])() __attribute__((visibility("hidden")));
extern void (*__fini_array_end[])() __attribute__((visibility("hidden")));
void _init();
void _fini();
void _dl_aux_init(Elf64_auxv_t* auxiliary);
void __libc_setup_tls();
void __libc_early_init(bool is_first_libc);
void __libc_init_first(int argc, char** argv, char** environment);
void __libc_check_standard_fds();
int __cxa_atexit(void (*function)(void*), void* argument, void* object);

// What memcpy and memset go by; glibc would compute them from the sizes of the caches. These are its own values
// for a processor of which it knows nothing.
long __x86_data_cache_size_half = 32 * 1024 / 2;
long __x86_data_cache_size = 32 * 1024;
long __x86_shared_cache_size_half = 1024 * 1024 / 2;
long __x86_shared_cache_size = 1024 * 1024;
long __x86_shared_non_temporal_threshold = 1024 * 1024 * 3 / 4;
long __x86_rep_movsb_threshold = 2048;
long __x86_rep_stosb_threshold = 2048;
long __x86_rep_movsb_stop_threshold = 1024 * 1024 * 3 / 4;
int __x86_string_control = 0;

int __libc_start_main(int (*program)(int, char**, char**), int argc, char** argv, void (*init)(),
                      void (*fini)(), void (*linker_fini)(), void* stack_end);
}

namespace {

// Functions of which there are several: each is chosen by a function of libc's.
void choose_functions() {
  for (const Elf64_Rela* one = __rela_iplt_start; one < __rela_iplt_end; ++one) {
    if (ELF64_R_TYPE(one->r_info) != R_X86_64_IRELATIVE) __builtin_trap();
    const auto choose = reinterpret_cast<uint64_t (*)()>(one->r_addend);
    *reinterpret_cast<uint64_t*>(one->r_offset) = choose();
  }
}

// From the sixteen random bytes that the kernel gives each program. The canary's first byte is 0, so that a
// string that overflows can't contain it.
void set_guards() {
  const auto* random = static_cast<const uint64_t*>(_dl_random);
  __asm__ volatile("movq %0, %%fs:0x28" : : "r"(random[0] & ~0xffULL));
  __asm__ volatile("movq %0, %%fs:0x30" : : "r"(random[1]));
}

void run_destructors(void*) {
  for (auto* one = __fini_array_end; one != __fini_array_start;) (*--one)();
  _fini();
}

}  // namespace

int __libc_start_main(int (*program)(int, char**, char**), int argc, char** argv, void (*)(), void (*)(),
                      void (*)(), void* stack_end) {
  char** const environment = argv + argc + 1;
  environ = environment;
  __libc_stack_end = stack_end;
  char** behind = environment;
  while (*behind != nullptr) ++behind;
  _dl_aux_init(reinterpret_cast<Elf64_auxv_t*>(behind + 1));
  choose_functions();
  __libc_setup_tls();
  set_guards();
  __libc_early_init(true);
  __libc_init_first(argc, argv, environment);
  __cxa_atexit(run_destructors, nullptr, nullptr);
  if (__libc_enable_secure != 0) __libc_check_standard_fds();
  for (auto* one = __preinit_array_start; one != __preinit_array_end; ++one) (*one)(argc, argv, environment);
  _init();
  for (auto* one = __init_array_start; one != __init_array_end; ++one) (*one)(argc, argv, environment);
  exit(program(argc, argv, environment));
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#endif
