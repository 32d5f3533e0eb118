# SPDX-License-Identifier: Apache-2.0
# jailrun_test_code: linked PRIVATE by programs of tests, after jailrun_hardening, as its -O0 must follow. A test is
# compiled about as often as it is run, and optimizing would take a third of the time that compiling it takes.
add_library(jailrun_test_code INTERFACE)
target_compile_options(jailrun_test_code INTERFACE $<$<CONFIG:Release>:-O0>)

# Boost's own JSON reader asks for Boost's old placeholders, and warns that it does.
target_compile_definitions(jailrun_test_code INTERFACE BOOST_BIND_GLOBAL_PLACEHOLDERS)
