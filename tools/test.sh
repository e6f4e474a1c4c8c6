#!/bin/sh
# Runs every test, C and R, and ends with one line for all of them:
#   N passed, N failed, N skipped
# `test.sh core` runs the C tests only. Fails when any part fails, does not build,
# crashes, or ran no test.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
only=${1:-all}
passed=0
failed=0
skipped=0

# Messages and sorting must not depend on the language of the machine.
for locale in C.UTF-8 C.utf8 en_US.UTF-8 en_US.utf8; do
  if [ "$(LC_ALL=$locale locale charmap 2>/dev/null)" = UTF-8 ]; then
    LC_ALL=$locale
    export LC_ALL
    break
  fi
done
export LANGUAGE=en
export NOT_CRAN=true

jobs=$(nproc 2>/dev/null || echo 2)
core() { make -f tests/core/Makefile -k -j"$jobs" --no-print-directory "$@"; }

# part <name> <command...>: counts what its last line of that form says
part() {
  name=$1
  shift
  log=build/test-$(printf %s "$name" | tr -c 'a-z0-9' '-').log
  printf -- '-- %s\n' "$name"
  { "$@" </dev/null 2>&1; echo $? >build/test-status; } | tee "$log"
  status=$(cat build/test-status)
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" |
    tail -n 1)
  # shellcheck disable=SC2086 # three words
  set -- ${counts:-0 0 0}
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
  if [ "$2" = 0 ] && { [ "$status" != 0 ] || [ -z "$counts" ] || [ $(($1 + $3)) = 0 ]; }; then
    printf '%s: ended with status %s after "%s"\n' "$name" "$status" "${counts:-no count}"
    failed=$((failed + 1))
  fi
}

skip() {
  printf -- '-- %s\nskipped: %s\n' "$1" "$2"
  skipped=$((skipped + 1))
}

layers() {
  if tools/check-layers.sh; then echo "1 passed, 0 failed, 0 skipped"; else
    echo "0 passed, 1 failed, 0 skipped"
    return 1
  fi
}

r_tests() {
  tools/install.sh build/lib && R_LIBS="$PWD/build/lib" Rscript tools/test.R
}

part "layers" layers
part "layers, violations seeded" tools/test-check-layers.sh
if ! command -v gcc >/dev/null; then
  skip "core tests" "gcc is not installed"
else
  part "core headers" core headers
  part "core, gcc sanitizers" core gcc
  part "core, fastest code" core native
  ls tests/core/fuzz_[!m]*.c >/dev/null 2>&1 && part "fuzz corpora" core replay
  if command -v valgrind >/dev/null && [ "$(gcc -dumpversion | cut -d. -f1)-$(uname -m)" = 12-x86_64 ]
  then
    part "core kernels, instructions" core count
  else
    skip "core kernels, instructions" "the figures are of gcc 12 on x86-64, counted by valgrind"
  fi
  if command -v clang >/dev/null; then
    part "core, clang sanitizers" core clang
    part "core threads, clang thread sanitizer" core tsan
  else
    skip "core tests with clang" "clang is not installed"
  fi
fi
part "scorer for browsers is built from these sources" tools/build-wasm.sh check
[ "$only" = core ] || part "package" r_tests

printf '%s passed, %s failed, %s skipped\n' $passed $failed $skipped
[ $failed = 0 ] && [ $passed -gt 0 ]
