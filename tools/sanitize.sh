#!/bin/sh
# The package's own tests in R with the C code under gcc's AddressSanitizer and
# UndefinedBehaviorSanitizer, leaks of the package included: Linux, some
# minutes. Arguments limit the test files, as for tools/test.R.
set -eu
cd "$(dirname "$0")/.."
library=$PWD/build/lib-sanitized
mkdir -p "$library" build/source-sanitized

cat >build/Makevars.sanitized <<'EOF'
CC = gcc
CFLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS = -fsanitize=address,undefined
EOF
rm -rf build/source-sanitized
mkdir -p build/source-sanitized
tar -cf - --exclude='*.o' --exclude='*.so' DESCRIPTION NAMESPACE LICENSE R src inst man |
  tar -xf - -C build/source-sanitized
R_MAKEVARS_USER=$PWD/build/Makevars.sanitized MAKEFLAGS=-j2 R CMD INSTALL --no-test-load \
  --no-byte-compile -l "$library" build/source-sanitized >build/sanitized.log 2>&1 </dev/null ||
  { cat build/sanitized.log; exit 1; }

# R's binary itself: its shell wrapper runs programs whose leaks would be reported.
setting() { Rscript --vanilla -e "cat($1)"; }
R_HOME=$(setting 'R.home()')
R_SHARE_DIR=$(setting 'R.home("share")')
R_INCLUDE_DIR=$(setting 'R.home("include")')
R_DOC_DIR=$(setting 'R.home("doc")')
paths=$(setting 'paste(.libPaths(), collapse = ":")')
export R_HOME R_SHARE_DIR R_INCLUDE_DIR R_DOC_DIR
export R_LIBS="$library:$paths" NOT_CRAN=true LC_ALL=C.UTF-8
export ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
LD_LIBRARY_PATH=$R_HOME/lib LD_PRELOAD=$preload LCRISK_SANITIZED=true \
  "$R_HOME/bin/exec/R" --vanilla --no-echo --file=tools/test.R --args "$@" </dev/null
