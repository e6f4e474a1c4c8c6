#!/bin/sh
# Enforces tools/layers.txt on src/: prints one line for each violation and fails
# when there is any. `check-layers.sh [folder]` checks another tree (its own test).
#
# - each core file is a module of layers.txt, each folder/name once
# - a core file includes its own header, headers of modules on lower lines, and the
#   C library headers named below or granted to it by an `allow` line
# - a core source that mentions `double` includes base/exact.h, as the last one
# - a core object refers to no function outside the core but those named below or
#   granted: no own allocation, no output, no exit, no libm whose last bit varies
# - no core object has data that can change
# - src/Makevars names exactly the objects that have a source
# - no name is defined twice at the top level of R/
# - of the glue, only r_api.h and r_init.c include R; no glue file allocates
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
LC_ALL=C
export LC_ALL

headers="assert.h errno.h float.h inttypes.h limits.h math.h stdarg.h stdatomic.h \
  stdbool.h stddef.h stdint.h stdio.h string.h"
# snprintf formats into memory; the functions of libm here are exact by definition;
# the last line is the compiler's own arithmetic on 128-bit integers.
functions="memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr snprintf \
  vsnprintf sqrt fabs floor ceil trunc rint nearbyint round ldexp frexp modf copysign \
  fmin fmax fma \
  __divti3 __modti3 __udivti3 __umodti3 __multi3 __floattidf __floatuntidf __fixdfti"

found=$(mktemp) || exit 1
objects=$(mktemp -d) || exit 1
trap 'rm -rf "$found" "$objects"' EXIT

core=$(find src/core -type f ! -name '*.o' | sort)

# ---- modules and includes ----
# shellcheck disable=SC2086 # a list of paths without spaces
awk -v allowed="$headers" '
  function report(text) { print FILENAME ":" FNR ": " text }
  function inexact() {
    if (suffix == ".c" && uses_double && last != "base/exact.h")
      print path ": `double` without \"base/exact.h\" as the last include"
  }
  BEGIN { n = split(allowed, word, " "); for (i = 1; i <= n; i++) common[word[i]] = 1 }
  FILENAME == "tools/layers.txt" {
    sub(/#.*/, "")
    if ($1 == "allow") { for (i = 3; i <= NF; i++) grant[$2, $i] = 1; next }
    if (NF > 0) level++
    for (i = 1; i <= NF; i++) {
      if ($i in line) report("`" $i "` is named twice")
      line[$i] = level
    }
    next
  }
  FNR == 1 {
    inexact()
    last = ""
    uses_double = 0
    path = FILENAME
    module = FILENAME
    sub(/^src\/core\//, "", module)
    suffix = module
    sub(/^.*\./, ".", suffix)
    sub(/\.[^.]*$/, "", module)
    if (suffix != ".c" && suffix != ".h") report("neither .c nor .h")
    else if (!(module in line)) report("`" module "` is not in tools/layers.txt")
  }
  !/^[ \t]*\/\// && /(^|[^_a-zA-Z])double([^_a-zA-Z]|$)/ { uses_double = 1 }
  /^[ \t]*#[ \t]*include/ {
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    bracket = substr(name, 1, 1)
    name = substr(name, 2)
    sub(/[">].*/, "", name)
    last = name
    if (bracket == "<") {
      if (!(name in common) && !((module, name) in grant))
        report("<" name "> is not for the core")
    } else {
      other = name
      if (!sub(/\.h$/, "", other) || !(other in line)) report("\"" name "\" is not a module")
      else if (other != module && line[other] >= line[module])
        report("\"" name "\" is not on a lower line than `" module "`")
    }
  }
  END { inexact() }
' tools/layers.txt $core >>"$found"

# ---- what the objects refer to, and data that can change ----
for file in $core; do
  case $file in *.c) ;; *) continue ;; esac
  module=${file#src/core/}
  module=${module%.c}
  object=$objects/object.o
  if ! ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -DNDEBUG -O0 -fno-pic -fno-stack-protector \
    -Isrc/core -c "$file" -o "$object" 2>"$objects/log"; then
    echo "$file: does not compile: $(grep -m 1 error "$objects/log")" >>"$found"
    continue
  fi
  granted=$(awk -v module="$module" '$1 == "allow" && $2 == module { $1 = $2 = ""; print }' \
    tools/layers.txt)
  nm "$object" | awk -v file="$file" -v allowed="$functions $granted" '
    BEGIN { n = split(allowed, word, " "); for (i = 1; i <= n; i++) fine[word[i]] = 1 }
    $1 == "U" && $2 !~ /^(cr_|_GLOBAL_OFFSET_TABLE_$)/ && !($2 in fine) {
      granted = 0
      for (f in fine) if (f ~ /\*$/ && index($2, substr(f, 1, length(f) - 1)) == 1) granted = 1
      if (!granted) print file ": `" $2 "` is not for this module"
    }
    $2 ~ /^[bBcCdDgGsS]$/ { print file ": `" $3 "` is data that can change" }
  ' >>"$found"
done

# ---- the package builds exactly what is there ----
awk '{ sub(/#.*/, ""); while (match($0, /[a-z_0-9\/]+\.o/)) {
  print substr($0, RSTART, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }' src/Makevars |
  sort >"$objects/named"
(cd src && find . -name '*.c') | sed 's/^..//; s/\.c$//' | sort >"$objects/there"
comm -13 "$objects/named" "$objects/there" |
  sed 's/.*/src\/Makevars: `&.o` is missing/' >>"$found"
comm -23 "$objects/named" "$objects/there" |
  sed 's/.*/src\/Makevars: `&.o` has no source, or is named twice/' >>"$found"

# ---- glue ----
for file in src/*.c src/glue/*.c src/glue/*.h; do
  [ -e "$file" ] || continue
  case $file in */r_api.h | */r_init.c) ;; *)
    grep -nE '#[ 	]*include[ 	]*<R' "$file" |
      sed "s|^\([0-9]*\):.*|$file:\1: only r_api.h and r_init.c include R|" >>"$found" ;;
  esac
  grep -nE '(^|[^_a-zA-Z])(malloc|calloc|realloc|free|pthread_[a-z_]*) *\(' "$file" |
    sed "s|^\([0-9]*\):.*|$file:\1: the glue neither allocates nor threads|" >>"$found"
done

# ---- one namespace: a second definition would silently replace the first ----
for file in R/*.R; do
  [ -e "$file" ] || continue
  sed -nE "s|^([A-Za-z.][A-Za-z0-9._]*) *<- .*|\1 $file|p" "$file"
done | sort | awk '$1 == name { print $2 ": `" $1 "` is also defined in " at }
  { name = $1; at = $2 }' >>"$found"

sort -u "$found"
[ ! -s "$found" ]
