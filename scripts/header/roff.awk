# SPDX-License-Identifier: Apache-2.0
# plugin.h as the man page jailrun-plugin(3). Behind read.awk.

function begin() {
  print ".TH JAILRUN-PLUGIN 3 2026-11-22 jailrun \"jailrun for plugin authors\""
  print ".SH NAME\njailrun-plugin \\- the interface between jailrun and its plugins"
  print ".SH SYNOPSIS\n.B #include <jailrun/plugin.h>\n.br\n.B #include <jailrun/stage.hpp>"
  print "\\fR(C++17)\n.br\n.B #include <jailrun/testing.hpp>\n\\fR(tests)"
  print ".PP\n.B jailrun new\\-stage\n.I NAME\n.B \\-\\-lang c|cpp|rust"
  section("description")
}

function escaped(line) {
  gsub(/\\/, "\\e", line)
  gsub(/-/, "\\-", line)
  return line
}

function prose(comment,  n, lines, i, line, block, item) {
  n = split(comment, lines, "\n")
  for (i = 1; i <= n; i++) {
    line = lines[i]
    if (!block && !item && i > 1 && begins_verbatim(line, lines[i - 1])) { print ".nf"; block = 1 }
    if (block && line !~ /^  /) { print ".fi"; block = 0 }
    if (line == "") {
      item = 0
      if (!begins_verbatim(lines[i + 1], line) && !is_item(lines[i + 1])) print ".PP"
      continue
    }
    if (is_item(line)) {
      print ".IP \\(bu 2"
      item = 1
      sub(/^ ?- +/, "", line)
    } else if (item) sub(/^ +/, "", line)
    print line ~ /^[.']/ ? "\\&" escaped(line) : escaped(line)
  }
  if (block) print ".fi"
}

# A paragraph begins, but where a heading has just been.
function paragraph() {
  if (!after_heading) print ".PP"
  after_heading = 0
}
function section(title) {
  print ".SH " toupper(escaped(title))
  after_heading = 1
}
function remark(comment) {
  sub(/^SPDX[^\n]*\n\n/, "", comment)
  paragraph()
  prose(comment)
}
function alias(type, name, comment) {
  paragraph()
  print ".B typedef " type " " name ";\n.br"
  prose(comment)
}
function opaque(name, comment) {}
function constant(name, value, comment) {
  after_heading = 0
  print ".TP\n.B " name " \\fR" escaped(value)
  print comment == "" ? "\\&" : escaped(comment)
}
function record(name, comment) {
  after_heading = 0
  print ".SS struct " name
  prose(comment)
}
function record_end(name) {}
function member(type, name, count, comment) {
  print ".TP\n.BI \"" type " \" " name (count == "" ? "" : "[" count "]")
  if (comment == "") print "\\&"
  else prose(comment)
}
function function_(result, name, parameters, tag, comment) {
  print ".TP\n.BI \"" result " (*\" " name " \")(" parameters ")\""
  if (tag != "") print ".B [" escaped(tag) "]\n.br"
  if (comment == "") print "\\&"
  else prose(comment)
}
function finish() {
  print ".SH SEE ALSO\n.BR jailrun (1),\n.BR jailrun\\-stages (7)"
}
