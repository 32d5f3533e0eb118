# SPDX-License-Identifier: Apache-2.0
# Plugins of each release of the interface, and its layout. What a release had is in tests/abi/VERSION, copied there by
# scripts/freeze-abi: docs/plugin-author/abi-policy.md.

# abi/every_action.cpp and plugins/minimal.c, built with these headers.
function(jailrun_abi_plugins version include_directory)
  jailrun_add_stage(abi-every-action-${version} abi/every_action.cpp)
  jailrun_add_stage(abi-minimal-${version} plugins/minimal.c)
  foreach(name every-action minimal)
    set(target abi-${name}-${version})
    target_include_directories(${target} PRIVATE ${include_directory})
    target_link_libraries(${target} PRIVATE jailrun_warnings jailrun_hardening)
    set_target_properties(${target} PROPERTIES
      EXCLUDE_FROM_ALL ON OUTPUT_NAME ${name} C_STANDARD 11
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/abi/${version})
    add_dependencies(jailrun-unit-tests ${target})
  endforeach()
endfunction()

function(jailrun_abi_objects name include_directory source)
  add_library(abi-${name} OBJECT EXCLUDE_FROM_ALL ${source})
  target_include_directories(abi-${name} PRIVATE ${include_directory} ${CMAKE_CURRENT_SOURCE_DIR}/abi)
  target_link_libraries(abi-${name} PRIVATE jailrun_warnings)
  target_compile_definitions(abi-${name} PRIVATE ${ARGN})
  set_target_properties(abi-${name} PROPERTIES C_STANDARD 11)
  target_sources(jailrun-unit-tests PRIVATE $<TARGET_OBJECTS:abi-${name}>)
endfunction()

file(GLOB layouts CONFIGURE_DEPENDS abi/*/layout.c)
foreach(layout ${layouts})
  get_filename_component(directory ${layout} DIRECTORY)
  get_filename_component(version ${directory} NAME)
  list(APPEND versions ${version})
  jailrun_abi_plugins(${version} ${directory})
  jailrun_abi_objects(layout-${version} ${directory} ${layout})
  jailrun_abi_objects(layout-${version}-today ${PROJECT_SOURCE_DIR}/sdk/include ${layout} JAILRUN_MAY_HAVE_GROWN)
endforeach()
jailrun_abi_plugins(today ${PROJECT_SOURCE_DIR}/sdk/include)
jailrun_abi_objects(first-sizes ${CMAKE_CURRENT_SOURCE_DIR}/abi/1.0 abi/first_sizes.c)

file(GLOB abi_tests CONFIGURE_DEPENDS abi/*_test.cpp)
target_sources(jailrun-unit-tests PRIVATE ${abi_tests})
list(JOIN versions "," versions)
target_compile_definitions(jailrun-unit-tests PRIVATE
  JAILRUN_TEST_ABI="${CMAKE_CURRENT_SOURCE_DIR}/abi"
  JAILRUN_TEST_ABI_PLUGINS="${CMAKE_CURRENT_BINARY_DIR}/abi"
  JAILRUN_TEST_ABI_VERSIONS="${versions}")
