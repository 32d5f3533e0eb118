# SPDX-License-Identifier: Apache-2.0
# hostile.c once for each thing that a plugin may do wrong: NAME.so is built with DEED=name, hyphens for underscores.
set(hostile_deeds
  nothing two-symbols foreign-symbol constructor-opens constructor-faults no-nul control-characters no-utf8 option-twice
  default-out-of-range own-option unknown-trait configure-writes configure-exits configure-opens configure-forks
  configure-says-nothing plan-makes-directory plan-removes plan-starts-thread plan-changes-umask plan-changes-directory
  plan-hangs plan-faults plan-differs plan-differs-by-stage plan-undeclared-fact call-without-perform release-fails
  release-fails-twice release-opens fact-unpublished fact-unpublished-early destroy-opens garbage-faults
  garbage-misuses)

function(jailrun_hostile_plugin name deed)
  add_library(hostile-${name} MODULE EXCLUDE_FROM_ALL plugins/hostile.c)
  string(REPLACE - _ deed ${deed})
  string(TOUPPER ${deed} switch)
  target_compile_definitions(hostile-${name} PRIVATE DEED=${deed} ${switch})
  target_link_libraries(hostile-${name} PRIVATE jailrun-sdk jailrun_warnings jailrun_hardening)
  set_target_properties(hostile-${name} PROPERTIES
    C_STANDARD 11 C_VISIBILITY_PRESET hidden PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plugins/hostile)
  add_dependencies(jailrun-unit-tests hostile-${name})
endfunction()

foreach(deed ${hostile_deeds})
  jailrun_hostile_plugin(${deed} ${deed})
endforeach()
set_target_properties(hostile-two-symbols PROPERTIES C_VISIBILITY_PRESET default)

# What the linker does wrong.
jailrun_hostile_plugin(shared-library nothing)
target_link_libraries(hostile-shared-library PRIVATE -Wl,--no-as-needed stdc++)
jailrun_hostile_plugin(search-path nothing)
target_link_options(hostile-search-path PRIVATE -Wl,-rpath,/tmp/anybody)
jailrun_hostile_plugin(executable-stack nothing)
target_link_libraries(hostile-executable-stack PRIVATE -Wl,-z,execstack)
jailrun_hostile_plugin(text-relocations nothing)
set_target_properties(hostile-text-relocations PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(hostile-text-relocations PRIVATE -fno-pic -mcmodel=large)
target_link_options(hostile-text-relocations PRIVATE -Wl,-z,notext)
