#!/bin/sh
# Installs the package into the library $1, only when something changed. Builds in
# build/source, so that the checkout stays clean; objects are kept between builds
# and all dropped when a header or the Makevars changed.
set -eu
library=$1
cd "$(dirname "$0")/.."
what="DESCRIPTION NAMESPACE LICENSE R src"
[ -d inst ] && what="$what inst"
[ -d man ] && what="$what man"

done_at=$library/lcrisk/DESCRIPTION
# shellcheck disable=SC2086 # a list of words
[ -e "$done_at" ] && [ -z "$(find $what -newer "$done_at" 2>/dev/null | head -n 1)" ] && exit 0

mkdir -p "$library" build/source
if [ -e "$done_at" ] &&
  [ -n "$(find src \( -name '*.h' -o -name Makevars \) -newer "$done_at" | head -n 1)" ]; then
  find build/source -name '*.o' -exec rm -f {} +
fi
find build/source -type f ! -name '*.o' -exec rm -f {} +
# shellcheck disable=SC2086
tar -cf - --exclude='*.o' --exclude='*.so' $what | tar -xf - -C build/source

echo "installing the package into $library"
log=build/install.log
if ! MAKEFLAGS=-j2 R CMD INSTALL -l "$library" build/source \
  >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  exit 1
fi
grep -i 'warning' "$log" >&2 || true
