// SPDX-License-Identifier: Apache-2.0
/* The structs that a plugin gives to the runner, by which core/plugin/abi.hpp and jailrun/action_rules.hpp
   are held to the released header. */
#ifndef JAILRUN_TEST_FIRST_STRUCTS_H
#define JAILRUN_TEST_FIRST_STRUCTS_H

#define JAILRUN_FIRST_STRUCTS(each)                                                                      \
  each(jr_plugin) each(jr_stage_descriptor) each(jr_stage_ops) each(jr_option) each(jr_fact)             \
      each(jr_directory) each(jr_write) each(jr_copy) each(jr_link) each(jr_node) each(jr_bind)          \
          each(jr_mount) each(jr_overlay) each(jr_cgroup) each(jr_join) each(jr_limit) each(jr_session)  \
              each(jr_credentials) each(jr_numa) each(jr_exec) each(jr_call) each(jr_filter)             \
                  each(jr_landlock) each(jr_capabilities) each(jr_new_namespace) each(jr_user_namespace) \
                      each(jr_attribute) each(jr_symlink) each(jr_time_limit) each(jr_device_rules)      \
                          each(jr_label) each(jr_helper)

#endif
