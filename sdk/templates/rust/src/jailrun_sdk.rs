//! jailrun's plugin.h in Rust: the whole binary contract, made from the header by scripts/generate.
//!
//! The header, and `man jailrun-plugin`, say what each member means, who owns it, and what the tags in brackets
//! mean: when a function may be called. The sizes at the end are those of C, on a platform with 64-bit pointers.
#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

use std::os::raw::{c_char, c_void};
pub const JR_ABI_MAJOR: u32 = 1;
pub const JR_ABI_MINOR: u32 = 0;
pub const JR_PLUGIN_SYMBOL: &str = "jailrun_plugin_v1";


#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_str {
    pub data: *const c_char,
    pub length: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_bytes {
    pub data: *const c_void,
    pub length: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_str_list {
    pub items: *const jr_str,
    pub count: u64,
}
pub type jr_status = i32;
pub const JR_OK: jr_status = 0;
pub const JR_ERROR_INPUT: jr_status = 1;
pub const JR_ERROR_SYSTEM: jr_status = 2;
pub const JR_ERROR_UNSUPPORTED: jr_status = 3;
pub const JR_ERROR_INTERNAL: jr_status = 4;
pub const JR_NOT_MINE: jr_status = 5;
pub const JR_IN_JAIL: u32 = 0;
pub const JR_ON_HOST: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_path {
    pub where_: u32,
    pub reserved: u32,
    pub text: jr_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_owner {
    pub uid: u32,
    pub gid: u32,
}

pub const JR_OPTION_TEXT: u32 = 0;
pub const JR_OPTION_NUMBER: u32 = 1;
pub const JR_OPTION_FLAG: u32 = 2;
pub const JR_OPTION_REQUIRED: u32 = 1;
pub const JR_OPTION_REPEATABLE: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_option {
    pub name: jr_str,
    pub value_name: jr_str,
    pub help: jr_str,
    pub default_value: jr_str,
    pub type_: u32,
    pub flags: u32,
    pub minimum: u64,
    pub maximum: u64,
}
pub const JR_FACT_TEXT: u32 = 0;
pub const JR_FACT_NUMBER: u32 = 1;
pub const JR_FACT_OPTIONAL: u32 = 1;
pub const JR_FACT_CONFIGURED: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_fact {
    pub name: jr_str,
    pub type_: u32,
    pub flags: u32,
}
pub const JR_TRAIT_TERMINAL: u32 = 1;
pub const JR_TRAIT_CHANGES_ROOT: u32 = 2;
pub const JR_TRAIT_DROPS_PRIVILEGE: u32 = 4;
pub const JR_TRAIT_FORKS: u32 = 8;
pub const JR_TRAIT_RESTRICTS: u32 = 16;

/// Known by its address only.
#[repr(C)]
pub struct jr_ctx {
    _private: [u8; 0],
}

/// Known by its address only.
#[repr(C)]
pub struct jr_stage {
    _private: [u8; 0],
}
pub const JR_RELEASE_ROLLBACK: u32 = 1;
pub const JR_RELEASE_REMOVE: u32 = 2;
pub const JR_RELEASE_RECOVERY: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_stage_ops {
    pub struct_size: u32,
    pub reserved: u32,
    /// `[first]`
    pub create: Option<unsafe extern "C" fn(*const jr_host) -> *mut jr_stage>,
    /// `[after create, last]`
    pub destroy: Option<unsafe extern "C" fn(*mut jr_stage)>,
    /// `[after create]`
    pub configure: Option<unsafe extern "C" fn(*mut jr_stage, *mut jr_ctx) -> jr_status>,
    /// `[after configure]`
    pub plan: Option<unsafe extern "C" fn(*mut jr_stage, *mut jr_ctx, *const jr_actions) -> jr_status>,
    /// `[after plan]`
    pub perform: Option<unsafe extern "C" fn(*mut jr_stage, *mut jr_ctx, jr_str, jr_bytes) -> jr_status>,
    /// `[after create]`
    pub release: Option<unsafe extern "C" fn(*mut jr_stage, *mut jr_ctx, jr_str, jr_bytes, u32) -> jr_status>,
    /// `[after create]`
    pub command: Option<unsafe extern "C" fn(*mut jr_stage, *mut jr_ctx, jr_str, jr_str_list, jr_str, jr_bytes) -> jr_status>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_stage_descriptor {
    pub struct_size: u32,
    pub traits: u32,
    pub id: jr_str,
    pub version: jr_str,
    pub summary: jr_str,
    pub options: *const jr_option,
    pub option_count: u32,
    pub option_stride: u32,
    pub consumes: *const jr_fact,
    pub consume_count: u32,
    pub consume_stride: u32,
    pub provides: *const jr_fact,
    pub provide_count: u32,
    pub provide_stride: u32,
    pub after: jr_str_list,
    pub before: jr_str_list,
    pub conflicts: jr_str_list,
    pub capabilities: u64,
    pub ops: *const jr_stage_ops,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_plugin {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub name: jr_str,
    pub version: jr_str,
    pub stages: *const *const jr_stage_descriptor,
    pub stage_count: u64,
}

pub const JR_LOG_DEBUG: u32 = 0;
pub const JR_LOG_INFO: u32 = 1;
pub const JR_LOG_WARNING: u32 = 2;
pub const JR_LOG_ERROR: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_host {
    pub struct_size: u32,
    pub abi_minor: u32,
    /// `[configure plan perform release command]`
    pub fail: Option<unsafe extern "C" fn(*mut jr_ctx, jr_status, i32, jr_str) -> jr_status>,
    /// `[configure plan perform release command]`
    pub log: Option<unsafe extern "C" fn(*mut jr_ctx, u32, jr_str)>,
    /// `[configure plan perform]`
    pub option_count: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str) -> u64>,
    /// `[configure plan perform]`
    pub option: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, u64, *mut jr_str) -> jr_status>,
    /// `[configure plan perform]`
    pub option_origin: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, u64) -> jr_str>,
    /// `[configure plan perform]`
    pub arguments: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_str_list>,
    /// `[configure plan]`
    pub publish_text: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, jr_str) -> jr_status>,
    /// `[configure plan]`
    pub publish_number: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, u64) -> jr_status>,
    /// `[plan perform]`
    pub read_text: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, *mut jr_str) -> jr_status>,
    /// `[plan perform]`
    pub read_number: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, *mut u64) -> jr_status>,
    /// `[plan perform]`
    pub has_fact: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str) -> u32>,
    /// `[configure plan perform release command]`
    pub cgroup_version: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str) -> u32>,
    /// `[perform release command]`
    pub token: Option<unsafe extern "C" fn(*mut jr_ctx, *mut u8) -> jr_status>,
    /// `[perform]`
    pub set_slot: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, jr_str) -> jr_status>,
    /// `[perform release command]`
    pub slot: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, *mut jr_str) -> jr_status>,
}

pub const JR_PREPARE: u32 = 0;
pub const JR_ENTER: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_directory {
    pub struct_size: u32,
    pub mode: u32,
    pub path: jr_path,
    pub owner: jr_owner,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_write {
    pub struct_size: u32,
    pub mode: u32,
    pub path: jr_path,
    pub owner: jr_owner,
    pub content: jr_bytes,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_copy {
    pub struct_size: u32,
    pub mode: u32,
    pub path: jr_path,
    pub owner: jr_owner,
    pub source: jr_str,
    pub flags: u32,
    pub reserved: u32,
}
pub const JR_MODE_OF_SOURCE: u32 = u32::MAX;
pub const JR_COPY_REFLINK: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_link {
    pub struct_size: u32,
    pub reserved: u32,
    pub path: jr_path,
    pub source: jr_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_symlink {
    pub struct_size: u32,
    pub reserved: u32,
    pub path: jr_path,
    pub target: jr_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_node {
    pub struct_size: u32,
    pub mode: u32,
    pub path: jr_path,
    pub owner: jr_owner,
    pub type_: u32,
    pub major: u32,
    pub minor: u32,
    pub flags: u32,
}
pub const JR_NODE_CHAR: u32 = 0;
pub const JR_NODE_BLOCK: u32 = 1;
pub const JR_NODE_MAY_FAIL: u32 = 1;
pub const JR_MOUNT_READ_ONLY: u32 = 1;
pub const JR_MOUNT_NODEV: u32 = 2;
pub const JR_MOUNT_NOSUID: u32 = 4;
pub const JR_MOUNT_NOEXEC: u32 = 8;
pub const JR_BIND_RECURSIVE: u32 = 16;
pub const JR_MOUNT_PREPARE: u32 = 32;
pub const JR_BIND_IDMAP: u32 = 64;
pub const JR_BIND_IDMAP_IF_SUPPORTED: u32 = 128;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_bind {
    pub struct_size: u32,
    pub flags: u32,
    pub source: jr_str,
    pub path: jr_path,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_mount {
    pub struct_size: u32,
    pub flags: u32,
    pub type_: jr_str,
    pub source: jr_str,
    pub path: jr_path,
    pub data: jr_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_overlay {
    pub struct_size: u32,
    pub flags: u32,
    pub lower: jr_str,
    pub owner: jr_owner,
    pub mode: u32,
    pub reserved: u32,
}
pub const JR_CGROUP_DEFAULT: u32 = 1;
pub const JR_CGROUP_JOIN: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_cgroup {
    pub struct_size: u32,
    pub flags: u32,
    pub group: jr_str,
    pub file: jr_str,
    pub value: jr_str,
    pub version: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_join {
    pub struct_size: u32,
    pub type_: u32,
    pub path: jr_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_limit {
    pub struct_size: u32,
    pub resource: u32,
    pub soft: u64,
    pub hard: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_time_limit {
    pub struct_size: u32,
    pub reserved: u32,
    pub wall_ms: u64,
    pub cpu_s: u64,
    pub grace_ms: u64,
}
pub const JR_STREAM_KEEP: u32 = 0;
pub const JR_STREAM_NULL: u32 = 1;
pub const JR_STREAM_FILE: u32 = 2;
pub const JR_STREAM_SYSLOG: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_session {
    pub struct_size: u32,
    pub streams: [u32; 3],
    pub files: [jr_str; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_credentials {
    pub struct_size: u32,
    pub group_count: u32,
    pub owner: jr_owner,
    pub groups: *const u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_numa {
    pub struct_size: u32,
    pub node: u32,
    pub cpus: jr_str,
}
pub const JR_EXEC_JAILER_ARGUMENTS: u32 = 1;
pub const JR_EXEC_NEW_PRIVILEGES: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_exec {
    pub struct_size: u32,
    pub flags: u32,
    pub path: jr_path,
    pub arguments: jr_str_list,
    pub environment: jr_str_list,
}
pub const JR_FILTER_LOG: u32 = 1;
pub const JR_FILTER_SPEC_ALLOW: u32 = 2;
pub const JR_FILTER_EXEC_ONCE: u32 = 4;
pub const JR_FILTER_EXEC_KILLS: u32 = 8;
pub const JR_FILTER_NOTIFY: u32 = 16;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_filter {
    pub struct_size: u32,
    pub flags: u32,
    pub name: jr_str,
    pub line: jr_str,
    pub program: jr_bytes,
    pub error_number: u32,
    pub reserved: u32,
    pub learn: jr_str,
}
pub const JR_LANDLOCK_EXECUTE: u32 = 1;
pub const JR_LANDLOCK_WRITE_FILE: u32 = 2;
pub const JR_LANDLOCK_READ_FILE: u32 = 4;
pub const JR_LANDLOCK_READ_DIR: u32 = 8;
pub const JR_LANDLOCK_REMOVE_DIR: u32 = 16;
pub const JR_LANDLOCK_REMOVE_FILE: u32 = 32;
pub const JR_LANDLOCK_MAKE_CHAR: u32 = 64;
pub const JR_LANDLOCK_MAKE_DIR: u32 = 128;
pub const JR_LANDLOCK_MAKE_REG: u32 = 256;
pub const JR_LANDLOCK_MAKE_SOCK: u32 = 512;
pub const JR_LANDLOCK_MAKE_FIFO: u32 = 1024;
pub const JR_LANDLOCK_MAKE_BLOCK: u32 = 2048;
pub const JR_LANDLOCK_MAKE_SYM: u32 = 4096;
pub const JR_LANDLOCK_REFER: u32 = 8192;
pub const JR_LANDLOCK_TRUNCATE: u32 = 16384;
pub const JR_LANDLOCK_IOCTL_DEV: u32 = 32768;
pub const JR_LANDLOCK_BIND_TCP: u32 = 1;
pub const JR_LANDLOCK_CONNECT_TCP: u32 = 2;
pub const JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET: u32 = 1;
pub const JR_LANDLOCK_SCOPE_SIGNAL: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_landlock_path {
    pub path: jr_path,
    pub access: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_landlock_port {
    pub port: u64,
    pub access: u64,
}
pub const JR_LANDLOCK_IF_SUPPORTED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_landlock {
    pub struct_size: u32,
    pub flags: u32,
    pub files: u64,
    pub ports: u64,
    pub scopes: u64,
    pub paths: *const jr_landlock_path,
    pub path_count: u64,
    pub port_rules: *const jr_landlock_port,
    pub port_count: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_capabilities {
    pub struct_size: u32,
    pub securebits: u32,
    pub bounding: u64,
    pub permitted: u64,
    pub inheritable: u64,
    pub ambient: u64,
}
pub const JR_NAMESPACE_IF_SUPPORTED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_new_namespace {
    pub struct_size: u32,
    pub type_: u32,
    pub flags: u32,
    pub reserved: u32,
    pub hostname: jr_str,
    pub domainname: jr_str,
    pub monotonic: i64,
    pub boottime: i64,
}
pub const JR_USER_NAMESPACE_SETGROUPS: u32 = 2;
pub const JR_USER_NAMESPACE_NESTED: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_id_range {
    pub inside: u32,
    pub outside: u32,
    pub count: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_user_namespace {
    pub struct_size: u32,
    pub flags: u32,
    pub uids: *const jr_id_range,
    pub uid_count: u64,
    pub gids: *const jr_id_range,
    pub gid_count: u64,
    pub lease_pool: *const jr_id_range,
    pub lease_pool_count: u64,
    pub lease_inside: u32,
    pub lease_count: u32,
}
pub const JR_ATTRIBUTE_NICE: u32 = 1;
pub const JR_ATTRIBUTE_POLICY: u32 = 2;
pub const JR_ATTRIBUTE_IO_PRIORITY: u32 = 3;
pub const JR_ATTRIBUTE_AFFINITY: u32 = 4;
pub const JR_ATTRIBUTE_OOM_SCORE: u32 = 5;
pub const JR_ATTRIBUTE_CORE_SCHEDULING: u32 = 6;
pub const JR_ATTRIBUTE_DENY_WRITE_EXECUTE: u32 = 7;
pub const JR_ATTRIBUTE_NO_SPECULATION: u32 = 8;
pub const JR_ATTRIBUTE_UMASK: u32 = 9;
pub const JR_ATTRIBUTE_NO_TERMINAL: u32 = 10;
pub const JR_ATTRIBUTE_OWN_TERMINAL: u32 = 11;
pub const JR_ATTRIBUTE_NO_TIME_STAMPS: u32 = 12;
pub const JR_ATTRIBUTE_IF_SUPPORTED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_attribute {
    pub struct_size: u32,
    pub kind: u32,
    pub value: i64,
    pub second: i64,
    pub text: jr_str,
    pub flags: u32,
    pub reserved: u32,
}
pub const JR_DEVICE_MKNOD: u32 = 1;
pub const JR_DEVICE_READ: u32 = 2;
pub const JR_DEVICE_WRITE: u32 = 4;
pub const JR_DEVICE_ANY: u32 = 4294967295;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_device_rule {
    pub type_: u32,
    pub major: u32,
    pub minor: u32,
    pub access: u32,
}
pub const JR_DEVICE_RULES_IF_SUPPORTED: u32 = 1;
pub const JR_DEVICE_RULES_NODES: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_device_rules {
    pub struct_size: u32,
    pub flags: u32,
    pub group: jr_str,
    pub rules: *const jr_device_rule,
    pub rule_count: u64,
}
pub const JR_LABEL_APPARMOR: u32 = 1;
pub const JR_LABEL_SELINUX: u32 = 2;
pub const JR_LABEL_IF_SUPPORTED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_label {
    pub struct_size: u32,
    pub kind: u32,
    pub text: jr_str,
    pub flags: u32,
    pub reserved: u32,
}
pub const JR_HELPER_NETWORK: u32 = 1;
pub const JR_HELPER_BACKGROUND: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_helper {
    pub struct_size: u32,
    pub flags: u32,
    pub name: jr_str,
    pub path: jr_str,
    pub arguments: jr_str_list,
    pub environment: jr_str_list,
    pub owner: jr_owner,
    pub start_ms: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_call {
    pub struct_size: u32,
    pub phase: u32,
    pub name: jr_str,
    pub line: jr_str,
    pub payload: jr_bytes,
    pub payload_version: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct jr_actions {
    pub struct_size: u32,
    pub abi_minor: u32,
    /// `[plan -> prepare]`
    pub claim: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str, jr_str, jr_str) -> jr_status>,
    /// `[plan -> prepare]`
    pub close_inherited: Option<unsafe extern "C" fn(*mut jr_ctx, *const u32, u64) -> jr_status>,
    /// `[plan -> prepare]`
    pub root: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_directory) -> jr_status>,
    /// `[plan -> prepare]`
    pub directory: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_directory) -> jr_status>,
    /// `[plan -> prepare]`
    pub write: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_write) -> jr_status>,
    /// `[plan -> prepare]`
    pub copy: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_copy) -> jr_status>,
    /// `[plan -> prepare]`
    pub node: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_node) -> jr_status>,
    /// `[plan -> prepare]`
    pub pid_file: Option<unsafe extern "C" fn(*mut jr_ctx, jr_path, u32, jr_owner) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub cgroup: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_cgroup) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub new_root: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub bind: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_bind) -> jr_status>,
    /// `[plan -> enter]`
    pub mount: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_mount) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub join: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_join) -> jr_status>,
    /// `[plan -> enter]`
    pub numa: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_numa) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub session: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_session) -> jr_status>,
    /// `[plan -> enter]`
    pub credentials: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_credentials) -> jr_status>,
    /// `[plan -> enter]`
    pub limit: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_limit) -> jr_status>,
    /// `[plan -> enter]`
    pub exec: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_exec) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub call: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_call) -> jr_status>,
    /// `[plan -> prepare]`
    pub alias: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str) -> jr_status>,
    /// `[plan -> enter]`
    pub pid_namespace: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan -> prepare]`
    pub link: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_link) -> jr_status>,
    /// `[plan -> prepare]`
    pub overlay_root: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_overlay) -> jr_status>,
    /// `[plan]`
    pub first_of: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan]`
    pub alternative: Option<unsafe extern "C" fn(*mut jr_ctx, jr_str) -> jr_status>,
    /// `[plan]`
    pub end_first_of: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan -> enter]`
    pub filter: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_filter) -> jr_status>,
    /// `[plan -> enter]`
    pub landlock: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_landlock) -> jr_status>,
    /// `[plan -> enter]`
    pub capabilities: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_capabilities) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub new_namespace: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_new_namespace) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub user_namespace: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_user_namespace) -> jr_status>,
    /// `[plan -> enter]`
    pub attribute: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_attribute) -> jr_status>,
    /// `[plan -> prepare]`
    pub symlink: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_symlink) -> jr_status>,
    /// `[plan -> enter]`
    pub read_only_root: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan -> enter]`
    pub time_limit: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_time_limit) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub init: Option<unsafe extern "C" fn(*mut jr_ctx) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub device_rules: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_device_rules) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub label: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_label) -> jr_status>,
    /// `[plan -> prepare, enter]`
    pub helper: Option<unsafe extern "C" fn(*mut jr_ctx, *const jr_helper) -> jr_status>,
}

// A descriptor is constant data, whose pointers lead to constant data.
unsafe impl Sync for jr_str {}
unsafe impl Sync for jr_str_list {}
unsafe impl Sync for jr_option {}
unsafe impl Sync for jr_fact {}
unsafe impl Sync for jr_stage_ops {}
unsafe impl Sync for jr_stage_descriptor {}
unsafe impl Sync for jr_plugin {}

const _: () = {
    assert!(std::mem::size_of::<jr_str>() == 16);
    assert!(std::mem::size_of::<jr_bytes>() == 16);
    assert!(std::mem::size_of::<jr_str_list>() == 16);
    assert!(std::mem::size_of::<jr_path>() == 24);
    assert!(std::mem::size_of::<jr_owner>() == 8);
    assert!(std::mem::size_of::<jr_option>() == 88);
    assert!(std::mem::size_of::<jr_fact>() == 24);
    assert!(std::mem::size_of::<jr_stage_ops>() == 64);
    assert!(std::mem::size_of::<jr_stage_descriptor>() == 168);
    assert!(std::mem::size_of::<jr_plugin>() == 56);
    assert!(std::mem::size_of::<jr_host>() == 128);
    assert!(std::mem::size_of::<jr_directory>() == 40);
    assert!(std::mem::size_of::<jr_write>() == 56);
    assert!(std::mem::size_of::<jr_copy>() == 64);
    assert!(std::mem::size_of::<jr_link>() == 48);
    assert!(std::mem::size_of::<jr_symlink>() == 48);
    assert!(std::mem::size_of::<jr_node>() == 56);
    assert!(std::mem::size_of::<jr_bind>() == 48);
    assert!(std::mem::size_of::<jr_mount>() == 80);
    assert!(std::mem::size_of::<jr_overlay>() == 40);
    assert!(std::mem::size_of::<jr_cgroup>() == 64);
    assert!(std::mem::size_of::<jr_join>() == 24);
    assert!(std::mem::size_of::<jr_limit>() == 24);
    assert!(std::mem::size_of::<jr_time_limit>() == 32);
    assert!(std::mem::size_of::<jr_session>() == 64);
    assert!(std::mem::size_of::<jr_credentials>() == 24);
    assert!(std::mem::size_of::<jr_numa>() == 24);
    assert!(std::mem::size_of::<jr_exec>() == 64);
    assert!(std::mem::size_of::<jr_filter>() == 80);
    assert!(std::mem::size_of::<jr_landlock_path>() == 32);
    assert!(std::mem::size_of::<jr_landlock_port>() == 16);
    assert!(std::mem::size_of::<jr_landlock>() == 64);
    assert!(std::mem::size_of::<jr_capabilities>() == 40);
    assert!(std::mem::size_of::<jr_new_namespace>() == 64);
    assert!(std::mem::size_of::<jr_id_range>() == 12);
    assert!(std::mem::size_of::<jr_user_namespace>() == 64);
    assert!(std::mem::size_of::<jr_attribute>() == 48);
    assert!(std::mem::size_of::<jr_device_rule>() == 16);
    assert!(std::mem::size_of::<jr_device_rules>() == 40);
    assert!(std::mem::size_of::<jr_label>() == 32);
    assert!(std::mem::size_of::<jr_helper>() == 88);
    assert!(std::mem::size_of::<jr_call>() == 64);
    assert!(std::mem::size_of::<jr_actions>() == 320);
};
