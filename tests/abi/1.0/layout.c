// SPDX-License-Identifier: Apache-2.0
/* The interface's layout, frozen: a plugin that was built once must find every member where it was.
 *
 * A struct grows only at its end: then its size changes here and a line is added. Where any other line would
 * have to change, the change breaks every plugin there is and belongs into the next major version. */
#include <jailrun/plugin.h>

#include <assert.h>
#include <stddef.h>

/* The copy of this file that belongs to a release is compiled with that release's headers, and with today's,
 * whose structs may have grown: scripts/freeze-abi. */
#ifdef JAILRUN_MAY_HAVE_GROWN
#define JR_SIZE(type, bytes) static_assert(sizeof(struct type) >= (bytes), "the size of " #type)
#else
#define JR_SIZE(type, bytes) static_assert(sizeof(struct type) == (bytes), "the size of " #type)
#endif
#define JR_OFFSET(type, member, bytes) \
  static_assert(offsetof(struct type, member) == (bytes), "the place of " #type "." #member)

#ifndef __LP64__
#error "these are the offsets of a platform whose pointers and longs have 64 bits"
#endif

static_assert(JR_ABI_MAJOR == 1, "the major version");
static_assert(sizeof(jr_status) == 4, "the size of jr_status");
static_assert(sizeof(JR_PLUGIN_SYMBOL) == sizeof("jailrun_plugin_v1"), "the length of the symbol's name");

JR_SIZE(jr_str, 16);
JR_OFFSET(jr_str, data, 0);
JR_OFFSET(jr_str, length, 8);

JR_SIZE(jr_bytes, 16);
JR_OFFSET(jr_bytes, data, 0);
JR_OFFSET(jr_bytes, length, 8);

JR_SIZE(jr_str_list, 16);
JR_OFFSET(jr_str_list, items, 0);
JR_OFFSET(jr_str_list, count, 8);

JR_SIZE(jr_path, 24);
JR_OFFSET(jr_path, where, 0);
JR_OFFSET(jr_path, reserved, 4);
JR_OFFSET(jr_path, text, 8);

JR_SIZE(jr_owner, 8);
JR_OFFSET(jr_owner, uid, 0);
JR_OFFSET(jr_owner, gid, 4);

JR_SIZE(jr_option, 88);
JR_OFFSET(jr_option, name, 0);
JR_OFFSET(jr_option, value_name, 16);
JR_OFFSET(jr_option, help, 32);
JR_OFFSET(jr_option, default_value, 48);
JR_OFFSET(jr_option, type, 64);
JR_OFFSET(jr_option, flags, 68);
JR_OFFSET(jr_option, minimum, 72);
JR_OFFSET(jr_option, maximum, 80);

JR_SIZE(jr_fact, 24);
JR_OFFSET(jr_fact, name, 0);
JR_OFFSET(jr_fact, type, 16);
JR_OFFSET(jr_fact, flags, 20);

JR_SIZE(jr_stage_ops, 64);
JR_OFFSET(jr_stage_ops, struct_size, 0);
JR_OFFSET(jr_stage_ops, reserved, 4);
JR_OFFSET(jr_stage_ops, create, 8);
JR_OFFSET(jr_stage_ops, destroy, 16);
JR_OFFSET(jr_stage_ops, configure, 24);
JR_OFFSET(jr_stage_ops, plan, 32);
JR_OFFSET(jr_stage_ops, perform, 40);
JR_OFFSET(jr_stage_ops, release, 48);
JR_OFFSET(jr_stage_ops, command, 56);

JR_SIZE(jr_stage_descriptor, 168);
JR_OFFSET(jr_stage_descriptor, struct_size, 0);
JR_OFFSET(jr_stage_descriptor, traits, 4);
JR_OFFSET(jr_stage_descriptor, id, 8);
JR_OFFSET(jr_stage_descriptor, version, 24);
JR_OFFSET(jr_stage_descriptor, summary, 40);
JR_OFFSET(jr_stage_descriptor, options, 56);
JR_OFFSET(jr_stage_descriptor, option_count, 64);
JR_OFFSET(jr_stage_descriptor, option_stride, 68);
JR_OFFSET(jr_stage_descriptor, consumes, 72);
JR_OFFSET(jr_stage_descriptor, consume_count, 80);
JR_OFFSET(jr_stage_descriptor, consume_stride, 84);
JR_OFFSET(jr_stage_descriptor, provides, 88);
JR_OFFSET(jr_stage_descriptor, provide_count, 96);
JR_OFFSET(jr_stage_descriptor, provide_stride, 100);
JR_OFFSET(jr_stage_descriptor, after, 104);
JR_OFFSET(jr_stage_descriptor, before, 120);
JR_OFFSET(jr_stage_descriptor, conflicts, 136);
JR_OFFSET(jr_stage_descriptor, capabilities, 152);
JR_OFFSET(jr_stage_descriptor, ops, 160);

JR_SIZE(jr_plugin, 56);
JR_OFFSET(jr_plugin, struct_size, 0);
JR_OFFSET(jr_plugin, abi_minor, 4);
JR_OFFSET(jr_plugin, name, 8);
JR_OFFSET(jr_plugin, version, 24);
JR_OFFSET(jr_plugin, stages, 40);
JR_OFFSET(jr_plugin, stage_count, 48);

JR_SIZE(jr_host, 128);
JR_OFFSET(jr_host, struct_size, 0);
JR_OFFSET(jr_host, abi_minor, 4);
JR_OFFSET(jr_host, fail, 8);
JR_OFFSET(jr_host, log, 16);
JR_OFFSET(jr_host, option_count, 24);
JR_OFFSET(jr_host, option, 32);
JR_OFFSET(jr_host, option_origin, 40);
JR_OFFSET(jr_host, arguments, 48);
JR_OFFSET(jr_host, publish_text, 56);
JR_OFFSET(jr_host, publish_number, 64);
JR_OFFSET(jr_host, read_text, 72);
JR_OFFSET(jr_host, read_number, 80);
JR_OFFSET(jr_host, has_fact, 88);
JR_OFFSET(jr_host, cgroup_version, 96);
JR_OFFSET(jr_host, token, 104);
JR_OFFSET(jr_host, set_slot, 112);
JR_OFFSET(jr_host, slot, 120);

JR_SIZE(jr_directory, 40);
JR_OFFSET(jr_directory, struct_size, 0);
JR_OFFSET(jr_directory, mode, 4);
JR_OFFSET(jr_directory, path, 8);
JR_OFFSET(jr_directory, owner, 32);

JR_SIZE(jr_write, 56);
JR_OFFSET(jr_write, struct_size, 0);
JR_OFFSET(jr_write, mode, 4);
JR_OFFSET(jr_write, path, 8);
JR_OFFSET(jr_write, owner, 32);
JR_OFFSET(jr_write, content, 40);

JR_SIZE(jr_copy, 64);
JR_OFFSET(jr_copy, struct_size, 0);
JR_OFFSET(jr_copy, mode, 4);
JR_OFFSET(jr_copy, path, 8);
JR_OFFSET(jr_copy, owner, 32);
JR_OFFSET(jr_copy, source, 40);
JR_OFFSET(jr_copy, flags, 56);
JR_OFFSET(jr_copy, reserved, 60);

JR_SIZE(jr_link, 48);
JR_OFFSET(jr_link, struct_size, 0);
JR_OFFSET(jr_link, reserved, 4);
JR_OFFSET(jr_link, path, 8);
JR_OFFSET(jr_link, source, 32);

JR_SIZE(jr_node, 56);
JR_OFFSET(jr_node, struct_size, 0);
JR_OFFSET(jr_node, mode, 4);
JR_OFFSET(jr_node, path, 8);
JR_OFFSET(jr_node, owner, 32);
JR_OFFSET(jr_node, type, 40);
JR_OFFSET(jr_node, major, 44);
JR_OFFSET(jr_node, minor, 48);
JR_OFFSET(jr_node, flags, 52);

JR_SIZE(jr_bind, 48);
JR_OFFSET(jr_bind, struct_size, 0);
JR_OFFSET(jr_bind, flags, 4);
JR_OFFSET(jr_bind, source, 8);
JR_OFFSET(jr_bind, path, 24);

JR_SIZE(jr_mount, 80);
JR_OFFSET(jr_mount, struct_size, 0);
JR_OFFSET(jr_mount, flags, 4);
JR_OFFSET(jr_mount, type, 8);
JR_OFFSET(jr_mount, source, 24);
JR_OFFSET(jr_mount, path, 40);
JR_OFFSET(jr_mount, data, 64);

JR_SIZE(jr_overlay, 40);
JR_OFFSET(jr_overlay, struct_size, 0);
JR_OFFSET(jr_overlay, flags, 4);
JR_OFFSET(jr_overlay, lower, 8);
JR_OFFSET(jr_overlay, owner, 24);
JR_OFFSET(jr_overlay, mode, 32);
JR_OFFSET(jr_overlay, reserved, 36);

JR_SIZE(jr_cgroup, 64);
JR_OFFSET(jr_cgroup, struct_size, 0);
JR_OFFSET(jr_cgroup, flags, 4);
JR_OFFSET(jr_cgroup, group, 8);
JR_OFFSET(jr_cgroup, file, 24);
JR_OFFSET(jr_cgroup, value, 40);
JR_OFFSET(jr_cgroup, version, 56);
JR_OFFSET(jr_cgroup, reserved, 60);

JR_SIZE(jr_join, 24);
JR_OFFSET(jr_join, struct_size, 0);
JR_OFFSET(jr_join, type, 4);
JR_OFFSET(jr_join, path, 8);

JR_SIZE(jr_limit, 24);
JR_OFFSET(jr_limit, struct_size, 0);
JR_OFFSET(jr_limit, resource, 4);
JR_OFFSET(jr_limit, soft, 8);
JR_OFFSET(jr_limit, hard, 16);

JR_SIZE(jr_time_limit, 32);
JR_OFFSET(jr_time_limit, struct_size, 0);
JR_OFFSET(jr_time_limit, reserved, 4);
JR_OFFSET(jr_time_limit, wall_ms, 8);
JR_OFFSET(jr_time_limit, cpu_s, 16);
JR_OFFSET(jr_time_limit, grace_ms, 24);

JR_SIZE(jr_device_rule, 16);
JR_OFFSET(jr_device_rule, type, 0);
JR_OFFSET(jr_device_rule, major, 4);
JR_OFFSET(jr_device_rule, minor, 8);
JR_OFFSET(jr_device_rule, access, 12);

JR_SIZE(jr_device_rules, 40);
JR_OFFSET(jr_device_rules, struct_size, 0);
JR_OFFSET(jr_device_rules, flags, 4);
JR_OFFSET(jr_device_rules, group, 8);
JR_OFFSET(jr_device_rules, rules, 24);
JR_OFFSET(jr_device_rules, rule_count, 32);

JR_SIZE(jr_label, 32);
JR_OFFSET(jr_label, struct_size, 0);
JR_OFFSET(jr_label, kind, 4);
JR_OFFSET(jr_label, text, 8);
JR_OFFSET(jr_label, flags, 24);
JR_OFFSET(jr_label, reserved, 28);

JR_SIZE(jr_session, 64);
JR_OFFSET(jr_session, struct_size, 0);
JR_OFFSET(jr_session, streams, 4);
JR_OFFSET(jr_session, files, 16);

JR_SIZE(jr_credentials, 24);
JR_OFFSET(jr_credentials, struct_size, 0);
JR_OFFSET(jr_credentials, group_count, 4);
JR_OFFSET(jr_credentials, owner, 8);
JR_OFFSET(jr_credentials, groups, 16);

JR_SIZE(jr_numa, 24);
JR_OFFSET(jr_numa, struct_size, 0);
JR_OFFSET(jr_numa, node, 4);
JR_OFFSET(jr_numa, cpus, 8);

JR_SIZE(jr_exec, 64);
JR_OFFSET(jr_exec, struct_size, 0);
JR_OFFSET(jr_exec, flags, 4);
JR_OFFSET(jr_exec, path, 8);
JR_OFFSET(jr_exec, arguments, 32);
JR_OFFSET(jr_exec, environment, 48);

JR_SIZE(jr_filter, 80);
JR_OFFSET(jr_filter, struct_size, 0);
JR_OFFSET(jr_filter, flags, 4);
JR_OFFSET(jr_filter, name, 8);
JR_OFFSET(jr_filter, line, 24);
JR_OFFSET(jr_filter, program, 40);
JR_OFFSET(jr_filter, error_number, 56);
JR_OFFSET(jr_filter, reserved, 60);
JR_OFFSET(jr_filter, learn, 64);

JR_SIZE(jr_landlock_path, 32);
JR_OFFSET(jr_landlock_path, path, 0);
JR_OFFSET(jr_landlock_path, access, 24);

JR_SIZE(jr_landlock_port, 16);
JR_OFFSET(jr_landlock_port, port, 0);
JR_OFFSET(jr_landlock_port, access, 8);

JR_SIZE(jr_landlock, 64);
JR_OFFSET(jr_landlock, struct_size, 0);
JR_OFFSET(jr_landlock, flags, 4);
JR_OFFSET(jr_landlock, files, 8);
JR_OFFSET(jr_landlock, ports, 16);
JR_OFFSET(jr_landlock, scopes, 24);
JR_OFFSET(jr_landlock, paths, 32);
JR_OFFSET(jr_landlock, path_count, 40);
JR_OFFSET(jr_landlock, port_rules, 48);
JR_OFFSET(jr_landlock, port_count, 56);

JR_SIZE(jr_capabilities, 40);
JR_OFFSET(jr_capabilities, struct_size, 0);
JR_OFFSET(jr_capabilities, securebits, 4);
JR_OFFSET(jr_capabilities, bounding, 8);
JR_OFFSET(jr_capabilities, permitted, 16);
JR_OFFSET(jr_capabilities, inheritable, 24);
JR_OFFSET(jr_capabilities, ambient, 32);

JR_SIZE(jr_new_namespace, 64);
JR_OFFSET(jr_new_namespace, struct_size, 0);
JR_OFFSET(jr_new_namespace, type, 4);
JR_OFFSET(jr_new_namespace, flags, 8);
JR_OFFSET(jr_new_namespace, reserved, 12);
JR_OFFSET(jr_new_namespace, hostname, 16);
JR_OFFSET(jr_new_namespace, domainname, 32);
JR_OFFSET(jr_new_namespace, monotonic, 48);
JR_OFFSET(jr_new_namespace, boottime, 56);

JR_SIZE(jr_id_range, 12);
JR_OFFSET(jr_id_range, inside, 0);
JR_OFFSET(jr_id_range, outside, 4);
JR_OFFSET(jr_id_range, count, 8);

JR_SIZE(jr_user_namespace, 64);
JR_OFFSET(jr_user_namespace, struct_size, 0);
JR_OFFSET(jr_user_namespace, flags, 4);
JR_OFFSET(jr_user_namespace, uids, 8);
JR_OFFSET(jr_user_namespace, uid_count, 16);
JR_OFFSET(jr_user_namespace, gids, 24);
JR_OFFSET(jr_user_namespace, gid_count, 32);
JR_OFFSET(jr_user_namespace, lease_pool, 40);
JR_OFFSET(jr_user_namespace, lease_pool_count, 48);
JR_OFFSET(jr_user_namespace, lease_inside, 56);
JR_OFFSET(jr_user_namespace, lease_count, 60);

JR_SIZE(jr_attribute, 48);
JR_OFFSET(jr_attribute, struct_size, 0);
JR_OFFSET(jr_attribute, kind, 4);
JR_OFFSET(jr_attribute, value, 8);
JR_OFFSET(jr_attribute, second, 16);
JR_OFFSET(jr_attribute, text, 24);
JR_OFFSET(jr_attribute, flags, 40);
JR_OFFSET(jr_attribute, reserved, 44);

JR_SIZE(jr_symlink, 48);
JR_OFFSET(jr_symlink, struct_size, 0);
JR_OFFSET(jr_symlink, reserved, 4);
JR_OFFSET(jr_symlink, path, 8);
JR_OFFSET(jr_symlink, target, 32);

JR_SIZE(jr_helper, 88);
JR_OFFSET(jr_helper, struct_size, 0);
JR_OFFSET(jr_helper, flags, 4);
JR_OFFSET(jr_helper, name, 8);
JR_OFFSET(jr_helper, path, 24);
JR_OFFSET(jr_helper, arguments, 40);
JR_OFFSET(jr_helper, environment, 56);
JR_OFFSET(jr_helper, owner, 72);
JR_OFFSET(jr_helper, start_ms, 80);

JR_SIZE(jr_call, 64);
JR_OFFSET(jr_call, struct_size, 0);
JR_OFFSET(jr_call, phase, 4);
JR_OFFSET(jr_call, name, 8);
JR_OFFSET(jr_call, line, 24);
JR_OFFSET(jr_call, payload, 40);
JR_OFFSET(jr_call, payload_version, 56);
JR_OFFSET(jr_call, reserved, 60);

JR_SIZE(jr_actions, 320);
JR_OFFSET(jr_actions, struct_size, 0);
JR_OFFSET(jr_actions, abi_minor, 4);
JR_OFFSET(jr_actions, claim, 8);
JR_OFFSET(jr_actions, close_inherited, 16);
JR_OFFSET(jr_actions, root, 24);
JR_OFFSET(jr_actions, directory, 32);
JR_OFFSET(jr_actions, write, 40);
JR_OFFSET(jr_actions, copy, 48);
JR_OFFSET(jr_actions, node, 56);
JR_OFFSET(jr_actions, pid_file, 64);
JR_OFFSET(jr_actions, cgroup, 72);
JR_OFFSET(jr_actions, new_root, 80);
JR_OFFSET(jr_actions, bind, 88);
JR_OFFSET(jr_actions, mount, 96);
JR_OFFSET(jr_actions, join, 104);
JR_OFFSET(jr_actions, numa, 112);
JR_OFFSET(jr_actions, session, 120);
JR_OFFSET(jr_actions, credentials, 128);
JR_OFFSET(jr_actions, limit, 136);
JR_OFFSET(jr_actions, exec, 144);
JR_OFFSET(jr_actions, call, 152);
JR_OFFSET(jr_actions, alias, 160);
JR_OFFSET(jr_actions, pid_namespace, 168);
JR_OFFSET(jr_actions, link, 176);
JR_OFFSET(jr_actions, overlay_root, 184);
JR_OFFSET(jr_actions, first_of, 192);
JR_OFFSET(jr_actions, alternative, 200);
JR_OFFSET(jr_actions, end_first_of, 208);
JR_OFFSET(jr_actions, filter, 216);
JR_OFFSET(jr_actions, landlock, 224);
JR_OFFSET(jr_actions, capabilities, 232);
JR_OFFSET(jr_actions, new_namespace, 240);
JR_OFFSET(jr_actions, user_namespace, 248);
JR_OFFSET(jr_actions, attribute, 256);
JR_OFFSET(jr_actions, symlink, 264);
JR_OFFSET(jr_actions, read_only_root, 272);
JR_OFFSET(jr_actions, time_limit, 280);
JR_OFFSET(jr_actions, init, 288);
JR_OFFSET(jr_actions, device_rules, 296);
JR_OFFSET(jr_actions, label, 304);
JR_OFFSET(jr_actions, helper, 312);
