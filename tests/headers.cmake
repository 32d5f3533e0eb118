# SPDX-License-Identifier: Apache-2.0
# jailrun-sdk-headers: each header of the SDK compiles alone, in the oldest language that it promises and in the one that
# the runner is written in, with this compiler and with the other one where it is installed.
set(stamps)
set(include ${PROJECT_SOURCE_DIR}/sdk/include)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  find_program(JAILRUN_OTHER_CC NAMES clang-14 clang)
  find_program(JAILRUN_OTHER_CXX NAMES clang++-14 clang++)
else()
  find_program(JAILRUN_OTHER_CC NAMES gcc)
  find_program(JAILRUN_OTHER_CXX NAMES g++)
endif()

function(jailrun_check_header compiler_name compiler language standard header)
  string(MAKE_C_IDENTIFIER "${compiler_name}-${standard}-${header}" id)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${id}.${language})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/headers/${id}.stamp)
  # Twice: a header that lacks its guard does not survive it.
  file(GENERATE OUTPUT ${source} CONTENT "#include <jailrun/${header}>\n#include <jailrun/${header}>\n")
  file(GLOB headers CONFIGURE_DEPENDS ${include}/jailrun/*)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${compiler} -std=${standard} -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I${include} ${source}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${source} ${headers}
    COMMENT "<jailrun/${header}> alone, ${standard}, ${compiler_name}"
    VERBATIM)
  set(stamps ${stamps} ${stamp} PARENT_SCOPE)
endfunction()

foreach(standard c11 c17)
  jailrun_check_header(cc ${CMAKE_C_COMPILER} c ${standard} plugin.h)
  if(JAILRUN_OTHER_CC)
    jailrun_check_header(other-cc ${JAILRUN_OTHER_CC} c ${standard} plugin.h)
  endif()
endforeach()
foreach(standard c++17 c++20)
  foreach(header plugin.h strings.hpp result.hpp paths.hpp unique_fd.hpp host_paths.hpp descriptor.hpp context.hpp plan.hpp stage.hpp
          plan_text.hpp fake_host.hpp testing.hpp)
    jailrun_check_header(cxx ${CMAKE_CXX_COMPILER} cpp ${standard} ${header})
    if(JAILRUN_OTHER_CXX)
      jailrun_check_header(other-cxx ${JAILRUN_OTHER_CXX} cpp ${standard} ${header})
    endif()
  endforeach()
endforeach()

add_custom_target(jailrun-sdk-headers DEPENDS ${stamps})
