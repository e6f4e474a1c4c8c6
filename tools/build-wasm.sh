#!/bin/sh
# Builds inst/page/scorer.wasm: the core's scorer for browsers, without threads and
# without a single import. Needs clang, wasm-ld and wasi-libc (Debian: clang lld
# wasi-libc libclang-rt-14-dev-wasm32), which nothing else needs. `build-wasm.sh check`
# builds into build/, compares with what is kept, and ends with a line of counts; it
# skips when the tools are absent or not the ones that the kept file was built with.
set -eu
cd "$(dirname "$0")/.."

kept=inst/page/scorer.wasm
out=$kept
# The kept bytes come from this compiler; another one's differ without being wrong.
built_with="Debian clang version 14.0.6"

if ! command -v clang >/dev/null || ! command -v wasm-ld >/dev/null ||
  [ ! -d /usr/include/wasm32-wasi ]; then
  echo "skipped: clang, wasm-ld or wasi-libc is not installed"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
if [ "${1:-}" = check ]; then
  out=build/scorer.wasm
  if [ "$(clang --version | head -n 1)" != "$built_with" ]; then
    echo "skipped: the kept file was built with $built_with"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
fi
mkdir -p "$(dirname "$out")"

base="status mem hash sort xmath simd rng gauss"
data="bins cuts lanes cell date decimal utf8 design fold"
sources="tools/wasm/page.c tools/wasm/team.c tools/wasm/print.c"
for name in $base; do sources="$sources src/core/base/$name.c"; done
for name in $data; do
  [ -e "src/core/data/$name.c" ] && sources="$sources src/core/data/$name.c"
done
sources="$sources $(find src/core/tree src/core/linear src/core/net src/core/additive \
  src/core/metric src/core/model -name '*.c' ! -name save.c | LC_ALL=C sort)"

# -ffp-contract=off as everywhere; all that nothing reaches is left out by the linker.
# shellcheck disable=SC2086 # a list of paths without spaces
clang --target=wasm32-wasi -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc/core -Os -DNDEBUG \
  -ffp-contract=off -ffunction-sections -fdata-sections -fvisibility=hidden -mbulk-memory \
  -nostartfiles -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all -Wl,-z,stack-size=262144 \
  $sources -o "$out"

if [ "${1:-}" = check ]; then
  if cmp -s "$out" "$kept"; then
    echo "1 passed, 0 failed, 0 skipped"
  else
    echo "inst/page/scorer.wasm is not what the sources give: run tools/build-wasm.sh"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
fi
