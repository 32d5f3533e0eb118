# SPDX-License-Identifier: Apache-2.0
# hostile.c once for each thing that a plugin may do wrong: NAME.so is built with DEED=name, hyphens for underscores.
set(hostile_deeds
  nothing two-symbols foreign-symbol constructor-opens constructor-faults no-nul control-characters no-utf8 option-twice
  default-out-of-range own-option unknown-trait configure-writes configure-exits configure-opens configure-forks
  configure-says-nothing plan-makes-directory plan-removes plan-starts-thread plan-changes-umask plan-changes-directory
  plan-hangs plan-faults plan-differs plan-differs-by-stage plan-undeclared-fact call-without-perform release-fails
  release-fails-twice release-opens fact-unpublished fact-unpublished-early destroy-opens garbage-faults
  garbage-misuses plan-runs-command plan-forks-deaf plan-prints plan-short-struct plan-reserved-bit plan-wrong-mode
  plan-setuid plan-large-payload plan-session-without-trait foreign-fact)

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
jailrun_hostile_plugin(old-search-path nothing)
target_link_options(hostile-old-search-path PRIVATE -Wl,--disable-new-dtags,-rpath,/tmp/anybody)

# Libraries that are there while linking only, and would be looked for at these places.
function(jailrun_hostile_library plugin soname)
  add_library(${plugin}-library SHARED EXCLUDE_FROM_ALL plugins/library.c)
  set_target_properties(${plugin}-library PROPERTIES NO_SONAME ON
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plugins/gone)
  target_link_options(${plugin}-library PRIVATE -Wl,-soname,${soname})
  jailrun_hostile_plugin(${plugin} nothing)
  target_link_libraries(hostile-${plugin} PRIVATE -Wl,--no-as-needed ${plugin}-library)
  set_target_properties(hostile-${plugin} PROPERTIES SKIP_BUILD_RPATH ON)
endfunction()
jailrun_hostile_library(library-by-path /tmp/anybody/libany.so)
jailrun_hostile_library(for-musl libc.musl-x86_64.so.1)
jailrun_hostile_library(missing-library libmissing.so)

# As a mangled name may be.
string(REPEAT x 3000 long_name)
jailrun_hostile_plugin(long-symbol foreign-symbol)
target_compile_definitions(hostile-long-symbol PRIVATE nobody_has_this=${long_name})
