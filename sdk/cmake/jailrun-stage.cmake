# SPDX-License-Identifier: Apache-2.0
# jailrun_add_stage(NAME SOURCES...): a plugin NAME.so for jailrun, linked so that it costs little to load.
#
# The flags were measured on ten plugins: a shared libstdc++ alone triples their loading time, the last two of the linker's
# flags save another quarter. The version script hides everything except the one exported object, so that two plugins
# never share a static by accident. clang with -stdlib=libc++ takes -static-libstdc++ to mean its own library.

set(JAILRUN_STAGE_VERSION_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/plugin.map" CACHE INTERNAL "")

function(jailrun_add_stage name)
  add_library(${name} MODULE ${ARGN})
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("CXX" IN_LIST languages)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections)
  target_link_options(${name} PRIVATE
    -static-libgcc $<$<LINK_LANGUAGE:CXX>:-static-libstdc++>
    -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-z,nodelete -Wl,-z,now
    -Wl,-z,noseparate-code -Wl,-z,pack-relative-relocs -Wl,--build-id=sha1
    -Wl,--version-script=${JAILRUN_STAGE_VERSION_SCRIPT})
  # An undefined symbol is an error now, and not of the launch that loads the plugin. A sanitizer's runtime is the program's.
  if(NOT "${JAILRUN_SANITIZE} ${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "sanitize|address|undefined")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${JAILRUN_STAGE_VERSION_SCRIPT})
  # Outside jailrun's own tree, where find_package(jailrun-sdk) brought it.
  if(TARGET jailrun::sdk)
    target_link_libraries(${name} PRIVATE jailrun::sdk)
  endif()
endfunction()
