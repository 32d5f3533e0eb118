# SPDX-License-Identifier: Apache-2.0
# jailrun_warnings: linked PRIVATE by every target of this tree, and by nothing that is installed.

# A newer compiler has more warnings; they must not stop somebody who only wants to build.
if(DEFINED ENV{CI} AND "$ENV{CI}")
  set(jailrun_werror_default ON)
else()
  set(jailrun_werror_default OFF)
endif()
option(JAILRUN_WERROR "Warnings are errors" ${jailrun_werror_default})

add_library(jailrun_warnings INTERFACE)

target_compile_options(jailrun_warnings INTERFACE
  -Wall
  -Wextra
  -Wpedantic
  -Wshadow
  -Wundef
  -Wvla
  -Wcast-qual
  -Wconversion
  -Wsign-conversion
  -Wformat=2
  -Wimplicit-fallthrough
  -Wmissing-declarations
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  # A descriptor names only the members that it sets; the interface promises that the others are zero.
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>
  $<$<COMPILE_LANG_AND_ID:C,GNU>:-Wlogical-op>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wlogical-op>
  $<$<COMPILE_LANG_AND_ID:C,GNU>:-Wduplicated-cond>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wduplicated-cond>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wsuggest-override>
  $<$<BOOL:${JAILRUN_WERROR}>:-Werror>)
