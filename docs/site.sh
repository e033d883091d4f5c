#!/bin/sh
# Builds the library's documentation as a static site in .build/docs; called by `make docs` from the root of the
# repository. Arguments are docc's, such as --hosting-base-path spectra.
#
# The library product `Spectra` re-exports its modules, and so does its documentation: the symbols of all of them are
# extracted as one module, which no plug-in of the package manager does.
set -eu
swift=${SWIFT:-swift}
site=.build/docs
graphs=.build/docs-symbols
modules=$(sed -n 's/^@_exported public import \(Spectra.*\)$/\1/p' Sources/Spectra/Spectra.swift | paste -s -d , -)

"$swift" build --target Spectra

# docc is part of the toolchain, wherever the command `swift` on the PATH leads to.
about=$("$swift" -print-target-info)
field() { printf '%s\n' "$about" | sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" | head -n 1; }
tools=$(field runtimeResourcePath)/../../bin
if ! [ -x "$tools/docc" ] || ! [ -x "$tools/swift-symbolgraph-extract" ]; then
  echo "The Swift toolchain has no docc in $tools: install one from https://www.swift.org/install, then run make again." >&2
  exit 1
fi

rm -rf "$graphs" "$site"
mkdir -p "$graphs"
# shellcheck disable=SC2046 # flags of the compiler are words
"$tools/swift-symbolgraph-extract" -module-name Spectra -target "$(field triple)" -output-dir "$graphs" \
  -minimum-access-level public -skip-synthesized-members -skip-inherited-docs \
  -experimental-allowed-reexported-modules="$modules" -I "$("$swift" build --show-bin-path)/Modules" \
  -I .build/checkouts/swift-numerics/Sources/_NumericsShims/include -I Sources/COpenBLAS -I Sources/CLAPACKE \
  $(pkg-config --cflags openblas lapacke)

"$tools/docc" convert Sources/Spectra/Spectra.docc --additional-symbol-graph-dir "$graphs" --output-dir "$site" \
  --fallback-display-name Spectra --fallback-bundle-identifier spectra --fallback-default-module-kind Library \
  --transform-for-static-hosting --warnings-as-errors "$@"

# Printed panels are drawn with blocks, which must touch: their lines stand closer than those of code.
for style in "$site"/css/index*.css; do
  printf '%s\n' 'body .code-listing[data-syntax="text"] pre>code{line-height:1.2}' >>"$style"
done

# The start page leads to the library's.
cat >"$site/index.html" <<'END'
<!doctype html>
<title>spectra</title>
<meta http-equiv="refresh" content="0; url=documentation/spectra/">
<a href="documentation/spectra/">Documentation of spectra</a>
END
echo "built $site: python3 -m http.server --directory $site shows it at http://localhost:8000"
