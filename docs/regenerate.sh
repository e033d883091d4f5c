#!/bin/sh
# Runs every command of a page (```sh) again and puts what it prints in place of the output that follows it (```text).
# Called from the root of the repository: docs/regenerate.sh docs/gallery.md
set -eu
page=$1
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
awk '
  /^```sh$/ { inside = "sh"; command = ""; print; next }
  /^```text$/ {
    print
    while ((command | getline line) > 0) print line
    if (close(command) != 0) { print "failed: " command > "/dev/stderr"; exit 1 }
    inside = "text"
    next
  }
  /^```$/ { inside = ""; print; next }
  inside == "sh" { line = $0; sub(/\\$/, "", line); command = command line }
  inside != "text" { print }
' "$page" >"$fresh"
cat "$fresh" >"$page"
