# SPDX-License-Identifier: Apache-2.0
# Reads plugin.h and hands what it says, in its order, to the functions of the awk file that stands behind this one on the
# command line:
#
#   section(title)                     a line of dashes
#   remark(comment)                    a comment that stands alone
#   constant(name, value, comment)     a #define; comment is what stands behind it
#   record(name, comment)              a struct begins
#   member(type, name, count, comment) count: "" or an array's
#   function_(result, name, parameters, comment)
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

# The comment that stands behind a declaration, on the same line.
function take_remark() {
  if (match(text, /^[ ]*(\\\n[ ]*)?\/\*/) == 0) return ""
  sub(/^[ ]*(\\\n[ ]*)?/, "", text)
  return take_comment()
}

# What stands up to and with the first `mark`.
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

function read_members(  comment, taken, type, name, count) {
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
      function_(type, name, taken, comment)
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
