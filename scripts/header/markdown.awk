# SPDX-License-Identifier: Apache-2.0
# plugin.h as docs/plugin-author/reference.md. Behind read.awk.

function begin() {
  print "# Reference\n"
  print "The interface between jailrun and its plugins, made from [`plugin.h`](../../sdk/include/jailrun/plugin.h) by"
  print "`scripts/generate`. `man jailrun-plugin` says the same."
}

function cell(comment) {
  gsub(/\n\n/, "<br>", comment)
  gsub(/\n/, " ", comment)
  gsub(/\|/, "\\|", comment)
  return comment
}

function prose(comment,  n, lines, i, line, block, item) {
  n = split(comment, lines, "\n")
  for (i = 1; i <= n; i++) {
    line = lines[i]
    if (!block && !item && begins_verbatim(line, lines[i - 1])) { print "```text"; block = 1 }
    if (block && line !~ /^  /) { print "```"; block = 0 }
    if (line == "") item = 0
    if (is_item(line)) {
      if (!item && i > 1 && lines[i - 1] != "") print ""
      item = 1
      sub(/^ /, "", line)
    } else if (item) sub(/^ +/, "  ", line)
    print line
  }
  if (block) print "```"
}

function no_table() { in_table = 0 }
function table() { if (!in_table) print "\n| | | |\n|---|---|---|"; in_table = 1 }

function section(title) { no_table(); print "\n## " toupper(substr(title, 1, 1)) substr(title, 2) }
function remark(comment) {
  sub(/^SPDX[^\n]*\n\n/, "", comment)
  no_table()
  print ""
  prose(comment)
}
function alias(type, name, comment) { no_table(); print "\n### " name "\n\n`typedef " type " " name ";`\n"; prose(comment) }
function opaque(name, comment) {}
function constant(name, value, comment) { table(); print "| `" name "` | `" value "` | " cell(comment) " |" }
function record(name, comment) {
  no_table()
  print "\n### " name
  if (comment != "") { print ""; prose(comment) }
}
function record_end(name) {}
function member(type, name, count, comment) {
  table()
  print "| `" type " " name (count == "" ? "" : "[" count "]") "` | | " cell(comment) " |"
}
function function_(result, name, parameters, tag, comment) {
  table()
  print "| `" name "` | `" result " (" parameters ")` | " (tag == "" ? "" : "`[" tag "]` ") cell(comment) " |"
}
function finish() {}
