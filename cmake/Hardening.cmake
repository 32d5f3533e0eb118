# SPDX-License-Identifier: Apache-2.0
# jailrun_hardening: linked PRIVATE by every target of this tree. With JAILRUN_SANITIZE it enables the sanitizers
# instead: they find more than the hardening does, and fortified libc calls would hide some faults from them.

include(CheckCXXCompilerFlag)
include(CheckPIESupported)

set(JAILRUN_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize= takes them")

# Without this check, CMake compiles position-independent code and still links an executable at a fixed address.
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(jailrun_hardening INTERFACE)

if(JAILRUN_SANITIZE)
  target_compile_options(jailrun_hardening INTERFACE
    -fsanitize=${JAILRUN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(jailrun_hardening INTERFACE -fsanitize=${JAILRUN_SANITIZE})
  return()
endif()

target_compile_options(jailrun_hardening INTERFACE -fstack-protector-strong)

# Not every architecture supports these.
foreach(flag -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "jailrun_has${flag}" known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    target_compile_options(jailrun_hardening INTERFACE ${flag})
  endif()
endforeach()

# Without optimization, fortify does nothing but warn. The prefix map: the same commit compiles to the same code, and so to
# the same build-id, in whatever directory the clone is, and no message names the builder's home directory.
target_compile_options(jailrun_hardening INTERFACE
  $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
  $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=3>
  $<$<CONFIG:Release,RelWithDebInfo>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>)
target_compile_definitions(jailrun_hardening INTERFACE $<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)

# All relocations are made before main and are read-only afterwards, so that a process that handles untrusted paths as root
# has no writable function pointers made by the linker.
target_link_options(jailrun_hardening INTERFACE
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
