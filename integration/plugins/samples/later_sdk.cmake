# SPDX-License-Identifier: Apache-2.0
# Headers as a later minor version might have them: the descriptors, the stage's functions, an action's arguments and the
# table of actions have each grown at their end, and the C++ headers offer the new members. They are made from today's
# headers, so that the two never drift apart.

set(later_sdk ${CMAKE_CURRENT_BINARY_DIR}/later-sdk)

macro(read_header file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sdk/include/jailrun/${file})
  file(READ ${PROJECT_SOURCE_DIR}/sdk/include/jailrun/${file} header)
endmacro()

# Puts `addition` before `place`, which the header must have.
function(insert_before place addition)
  string(FIND "${header}" "${place}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "later_sdk.cmake: the header has no '${place}'")
  endif()
  string(REPLACE "${place}" "${addition}${place}" header "${header}")
  set(header "${header}" PARENT_SCOPE)
endfunction()

macro(write_header file)
  file(CONFIGURE OUTPUT ${later_sdk}/jailrun/${file} CONTENT "${header}" @ONLY)
endmacro()

read_header(plugin.h)
string(REGEX REPLACE "#define JR_ABI_MINOR [0-9]+u" "#define JR_ABI_MINOR 99u" header "${header}")
insert_before("} jr_plugin;" "  jr_str homepage;\n")
insert_before("} jr_stage_descriptor;" "  jr_str homepage;\n")
insert_before("} jr_write;" "  uint64_t seal;\n")
insert_before("} jr_stage_ops;" "  void (*pause)(jr_stage *stage);\n")
insert_before("};\n\n#ifdef __cplusplus\n}\n#endif" "  jr_status (*teleport)(jr_ctx *ctx, jr_str where);\n")
write_header(plugin.h)

read_header(plan.hpp)
insert_before(" private:\n  // Calls one function of the table"
  "  void teleport(std::string_view where) { append(&jr_actions::teleport, \"teleport\", to_str(where)); }\n
  void write_sealed(std::string_view path) {
    jr_write raw = {};
    raw.struct_size = sizeof raw;
    raw.path = jail_path(path);
    raw.seal = 1;
    append(&jr_actions::write, \"write\", &raw);
  }\n\n")
write_header(plan.hpp)

foreach(file stage.hpp descriptor.hpp context.hpp result.hpp strings.hpp)
  read_header(${file})
  write_header(${file})
endforeach()
