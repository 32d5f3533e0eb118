# SPDX-License-Identifier: Apache-2.0
# Reads plugin.h and passes what it says, in its order, to the functions of the awk file that follows this one on the
# command line:
#
#   section(title)                     a line of dashes
#   remark(comment)                    a comment of its own
#   constant(name, value, comment)     a #define; comment is the one on the same line
#   record(name, comment)              a struct begins
#   member(type, name, count, comment) count: "" or an array's
#   function_(result, name, parameters, tag, comment)
#                                      tag: when it may be called, "plan -> prepare": "[plan -> prepare]" in the header
#   record_end(name)
#   opaque(name)                       a struct without members
#   alias(type, name, comment)         a plain typedef
#
# It knows the header's own style, not C.

{ text = text $0 "\n" }

END {
  sub(/#include <stdint.h>/, "", text)
  gsub(/#if[^\n]*\n|#end[^\n]*\n|extern "C" \{\n/, "\n", text)
  begin()
  read_all()
  finish()
}

# A comment's words without its marks; paragraphs and lists keep their lines.
function words(comment) {
  gsub(/^\/\*[ ]*|[ ]*\*\/$/, "", comment)
  gsub(/\n[ ]*\*[ ]?/, "\n", comment)
  sub(/[ \n]+$/, "", comment)
  return comment
}

function skip_space() { sub(/^[ \n]+/, "", text) }

# Takes the comment at the front of the text.
function take_comment(  end, comment) {
  end = index(text, "*/") + 1
  comment = substr(text, 1, end)
  text = substr(text, end + 1)
  return words(comment)
}

# The comment that follows a declaration on the same line.
function take_remark() {
  if (match(text, /^[ ]*(\\\n[ ]*)?\/\*/) == 0) return ""
  sub(/^[ ]*(\\\n[ ]*)?/, "", text)
  return take_comment()
}

# The text up to and including the first `mark`.
function take_to(mark,  end, taken) {
  end = index(text, mark) + length(mark) - 1
  taken = substr(text, 1, end)
  text = substr(text, end + 1)
  return taken
}

function read_all(  comment, parts, taken) {
  for (;;) {
    skip_space()
    if (text == "" || text ~ /^}/) return  # the end of extern "C"
    if (text ~ /^\/\*/) {
      comment = take_comment()
      if (comment ~ /^---/) {
        gsub(/^-+[ ]*/, "", comment)
        gsub(/\n/, " ", comment)
        section(comment)
        comment = ""
      } else if (text !~ /^\n(typedef|struct|#define)/) {
        remark(comment)
        comment = ""
      } else if (text ~ /^\n#define/) {
        remark(comment)
        comment = ""
      }
      continue
    }
    if (text ~ /^#define/) {
      if (match(text, /^#define [A-Z_]+ (\\\n[ ]*)?[^ \n]+/) == 0) { take_to("\n"); continue }
      taken = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
      gsub(/\\\n[ ]*/, "", taken)
      split(taken, parts, " ")
      if (parts[2] == "JAILRUN_PLUGIN_H") continue
      constant(parts[2], parts[3], take_remark())
    } else if (match(text, /^(typedef )?struct [a-z_]+ \{/)) {
      taken = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
      sub(/^typedef /, "", taken)
      split(taken, parts, " ")
      record(parts[2], comment)
      comment = ""
      read_members()
      take_to(";")
      record_end(parts[2])
    } else {
      taken = take_to(";")
      sub(/;$/, "", taken)
      if (split(taken, parts, " ") == 4 && parts[2] == "struct") opaque(parts[4], take_remark())
      else alias(parts[2], parts[3], comment)
      comment = ""
    }
  }
}

# The kinds of line in a comment, for printers. A list's items begin with "- "; the lines below an item that are indented
# belong to it. Other lines that are indented, after an empty line, are shown as they are.
function is_item(line) { return line ~ /^ ?- / }
function begins_verbatim(line, before) { return line ~ /^  / && before == "" }

function read_members(  comment, taken, type, name, count, tag) {
  for (;;) {
    skip_space()
    if (text ~ /^\}/) return
    if (text ~ /^\/\*/) { comment = take_comment(); continue }
    taken = take_to(";")
    sub(/;$/, "", taken)
    gsub(/[ \n]+/, " ", taken)
    if (index(taken, "(*") > 0) {
      type = taken; sub(/ ?\(\*.*$/, "", type)
      name = taken; sub(/^[^(]*\(\*/, "", name); sub(/\).*$/, "", name)
      sub(/^[^(]*\([^)]*\)\(/, "", taken); sub(/\)$/, "", taken)
      tag = ""
      if (match(comment, /^\[[^]]*\][ \n]*/)) {
        tag = substr(comment, 2, index(comment, "]") - 2)
        comment = substr(comment, RLENGTH + 1)
      }
      function_(type, name, taken, tag, comment)
    } else {
      count = ""
      if (match(taken, /\[[0-9]+\]$/)) {
        count = substr(taken, RSTART + 1, RLENGTH - 2)
        taken = substr(taken, 1, RSTART - 1)
      }
      match(taken, /[a-z_0-9]+$/)
      name = substr(taken, RSTART)
      type = substr(taken, 1, RSTART - 1)
      sub(/ $/, "", type)
      taken = take_remark()
      member(type, name, count, comment != "" ? comment : taken)
    }
    comment = ""
  }
}
