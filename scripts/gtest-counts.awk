# SPDX-License-Identifier: Apache-2.0
# Reads one GTest XML report. Prints "passed failed skipped"; with -v list=1, what failed and was skipped, by name.
# Exits 1 if the report is not whole. A disabled test counts as skipped: it did not run.
#
# GTest writes each element on a line of its own, indented by its depth. Messages are not indented and could hold
# anything; so an element counts only with its indentation.

function attribute(name,    rest) {
  rest = $0
  if (!sub(".*[ ]" name "=\"", "", rest)) return ""
  sub("\".*", "", rest)
  gsub("&#x0A;", " ", rest)
  gsub("&quot;", "\"", rest)
  gsub("&apos;", "'", rest)
  gsub("&lt;", "<", rest)
  gsub("&gt;", ">", rest)
  gsub("&amp;", "\\&", rest)
  return rest
}

/^<testsuites tests="[0-9]+" failures="[0-9]+" disabled="[0-9]+"/ {
  total = attribute("tests")
  failures = attribute("failures")
  disabled = attribute("disabled")
}
/^  <testsuite name="/ { skips += attribute("skipped") }
/^    <testcase name="/ {
  test = attribute("classname") "." attribute("name")
  named = 0
  if (list && attribute("result") == "suppressed") print "skipped: " test ": disabled"
}
/^      <(failure|skipped) message="/ && list && !named {
  named = 1
  if (/^      <failure/) print "failed:  " test
  else print "skipped: " test ": " attribute("message")
}
/^<\/testsuites>$/ { whole = 1 }

END {
  if (!whole || total == "") exit 1
  if (!list) print total - failures - disabled - skips, failures, disabled + skips
}
