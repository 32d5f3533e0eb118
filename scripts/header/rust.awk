# SPDX-License-Identifier: Apache-2.0
# plugin.h as a Rust module: what sdk/templates/rust/src/jailrun_sdk.rs is. Behind read.awk.

function begin() {
  print "//! jailrun's plugin.h in Rust: the whole binary contract, made from the header by scripts/generate."
  print "//!"
  print "//! The header, and `man jailrun-plugin`, say what each member means, who owns it, and what the tags in brackets"
  print "//! mean: when a function may be called. The sizes at the end are those of C, on a platform with 64-bit pointers."
  print "#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]"
  print ""
  print "use std::os::raw::{c_char, c_void};"
  size["u8"] = 1; size["i32"] = size["u32"] = 4; size["i64"] = size["u64"] = 8
}

function section(title) { print "" }
function remark(comment) {}

function alias(type, name, comment) { print "pub type " name " = " rust_type(type) ";"; size[name] = size[rust_type(type)] }
function opaque(name, comment) {
  if (name == "jr_host" || name == "jr_actions") return
  print "\n/// Known by its address only.\n#[repr(C)]\npub struct " name " {\n    _private: [u8; 0],\n}"
}

function constant(name, value, comment) {
  if (value ~ /^"/) print "pub const " name ": &str = " value ";"
  else if (value == "UINT32_MAX") print "pub const " name ": u32 = u32::MAX;"
  else if (value ~ /u$/) { sub(/u$/, "", value); print "pub const " name ": u32 = " value ";" }
  else print "pub const " name ": jr_status = " value ";"
}

function record(name, comment) {
  print "\n#[repr(C)]\n#[derive(Clone, Copy)]\npub struct " name " {"
  at = 0; widest = 1
}
function record_end(name) {
  print "}"
  at += (widest - at % widest) % widest
  size[name] = at
  align[name] = widest
  names[++count] = name
}

function member(type, name, times, comment,  rust) {
  rust = rust_type(type)
  place(rust, times == "" ? 1 : times)
  if (times != "") rust = "[" rust "; " times "]"
  print "    pub " rust_name(name) ": " rust ","
}

function function_(result, name, parameters, tag, comment,  parts, n, i, list, p, type) {
  n = split(parameters, parts, ", ")
  for (i = 1; i <= n; i++) {
    p = parts[i]
    if (sub(/\[[0-9]+\]$/, "", p)) sub(/ [a-z_]+$/, "* ", p)
    else if (p !~ /\*$/) { match(p, /[a-z_]+$/); if (p ~ /[ *][a-z_]+$/) p = substr(p, 1, RSTART - 1) }
    sub(/ $/, "", p)
    list = list (i > 1 ? ", " : "") rust_type(p)
  }
  type = result == "void" ? "" : " -> " rust_type(result)
  place("*", 1)
  if (tag != "") print "    /// `[" tag "]`"
  print "    pub " rust_name(name) ": Option<unsafe extern \"C\" fn(" list ")" type ">,"
}

function rust_name(name) { return name == "type" || name == "where" ? name "_" : name }

function rust_type(type) {
  if (type == "const char*") return "*const c_char"
  if (type == "const void*") return "*const c_void"
  if (type ~ /\* const\*$/) { sub(/^const /, "", type); sub(/\* const\*$/, "", type); return "*const *const " type }
  if (type ~ /^const .*\*$/) { sub(/^const /, "", type); sub(/\*$/, "", type); return "*const " rust_type(type) }
  if (type ~ /\*$/) { sub(/\*$/, "", type); return "*mut " rust_type(type) }
  if (type ~ /^u?int[0-9]+_t$/) { gsub(/nt|_t/, "", type); sub(/^ui/, "u", type); return type }
  return type
}

# C's rule: a member's offset is a multiple of its own alignment.
function place(type, times,  bytes, step) {
  bytes = type ~ /^\*/ ? 8 : size[type]
  step = type ~ /^\*/ ? 8 : type in align ? align[type] : size[type]
  at += (step - at % step) % step
  at += bytes * times
  if (step > widest) widest = step
}

function finish(  i, n, list) {
  n = split("jr_str jr_str_list jr_option jr_fact jr_stage_ops jr_stage_descriptor jr_plugin", list, " ")
  print "\n// A descriptor is constant data, whose pointers lead to constant data."
  for (i = 1; i <= n; i++) print "unsafe impl Sync for " list[i] " {}"
  print "\nconst _: () = {"
  for (i = 1; i <= count; i++) print "    assert!(std::mem::size_of::<" names[i] ">() == " size[names[i]] ");"
  print "};"
}
