#!/bin/sh
# R CMD build and R CMD check on the result; fails on any error, warning or note.
set -eu
cd "$(dirname "$0")/.."
rm -rf build/check
mkdir -p build/check
here=$PWD
cd build/check
R CMD build "$here" </dev/null

# Peers that are only suggested may be absent; the clock is not looked up on the net.
export _R_CHECK_FORCE_SUGGESTS_=false _R_CHECK_SYSTEM_CLOCK_=false
export _R_CHECK_LIMIT_CORES_=true NOT_CRAN=true
R CMD check --no-manual lcrisk_*.tar.gz </dev/null || true
grep -q '^Status: OK$' lcrisk.Rcheck/00check.log || {
  grep '^Status:' lcrisk.Rcheck/00check.log || echo "R CMD check did not finish"
  exit 1
}
