#!/bin/sh
# Measures which lines the tests run, one line for each side:
#   C by the tests of the core: N of M lines
#   R by the tests of the package: N of M lines; C by them: N of M lines
# COVERAGE=core runs the first only. COVERAGE_ONLY="store read" takes some R tests.
set -eu
cd "$(dirname "$0")/.."
out=build/core/coverage

make -s -f tests/core/Makefile $out/check
find $out -name '*.gcda' -delete
$out/check >build/coverage.log 2>&1 || tail -n 5 build/coverage.log
find $out/src/core -name '*.gcda' | xargs gcov -n 2>/dev/null | awk '
  /^File/ { wanted = /src\/core\/.*[.]c/ }
  /^Lines executed/ && wanted {
    split($0, part, /[:% ]+/)
    lines += part[5]; run += part[3] * part[5] / 100; wanted = 0
  }
  END { printf "C by the tests of the core: %d of %d lines, %.1f %%\n", run, lines, 100 * run / lines }'

[ "${COVERAGE:-all}" = core ] || Rscript tools/coverage.R
