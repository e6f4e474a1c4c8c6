#!/bin/sh
# check-layers.sh must pass a clean tree and catch each violation seeded into it.
set -u
check=$(cd "$(dirname "$0")" && pwd)/check-layers.sh
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
passed=0
failed=0

plant() { # a small tree that keeps all rules
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/tools" "$tree/src/core/base" "$tree/src/core/near" "$tree/src/glue"
  cd "$tree" || exit 1
  printf '# lowest first\nbase/mem base/exact\nbase/sum\nnear/knn near/far\nallow base/mem stdlib.h malloc free\nallow near/far cr* inflate*\n' >tools/layers.txt
  printf '#include <stddef.h>\nvoid* cr_alloc(size_t n);\n' >src/core/base/mem.h
  printf '#include "base/mem.h"\n#include <stdlib.h>\nvoid* cr_alloc(size_t n) { return malloc(n); }\n' >src/core/base/mem.c
  printf '' >src/core/base/exact.h
  printf 'double cr_sum(const double* x);\n' >src/core/base/sum.h
  printf '#include "base/sum.h"\n#include "base/exact.h"\ndouble cr_sum(const double* x) { return *x; }\n' >src/core/base/sum.c
  printf '// a double and printf() in a comment are fine\n#include "base/sum.h"\n#include "base/mem.h"\nstatic const int table[2] = {1, 2};\nint cr_near(int i);\nint cr_near(int i) { return table[i]; }\n' >src/core/near/knn.c
  printf 'int inflate2(void);\nint cr_far(void);\nint cr_far(void) { return inflate2(); }\n' >src/core/near/far.c
  printf 'OBJECTS = core/base/mem.o core/base/sum.o \\\n  core/near/knn.o core/near/far.o glue/r_sum.o\n' >src/Makevars
  printf '#include <R.h>\n' >src/glue/r_api.h
  printf '#include "r_api.h"\n' >src/glue/r_sum.c
}

expect() { # $1 what the report must contain, "" for a clean tree
  report=$("$check" "$tree" 2>&1)
  status=$?
  if { [ -z "$1" ] && [ $status = 0 ] && [ -z "$report" ]; } ||
    { [ -n "$1" ] && [ $status != 0 ] && printf '%s' "$report" | grep -qF -- "$1"; }; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'expected: %s\nreported (status %s): %s\n' "${1:-nothing}" $status "$report"
  fi
}

seed() { # $1 file, $2 line added to it, $3 what must be reported
  plant
  printf '%b\n' "$2" >>"$1"
  expect "$3"
}

plant
expect ""
plant
mkdir -p R && printf 'twice <- 1\n' >R/a.R && printf 'once <- 2\ntwice <- 3\n' >R/b.R
expect 'R/b.R: `twice` is also defined in R/a.R'
seed src/core/base/mem.c '#include "base/sum.h"' '"base/sum.h" is not on a lower line'
seed src/core/near/knn.c '#include "near/far.h"' '"near/far.h" is not on a lower line'
seed src/core/near/knn.c '#include "near/none.h"' '"near/none.h" is not a module'
seed src/core/near/knn.c '#include <R.h>' '<R.h> is not for the core'
seed src/core/near/knn.c '#include "Rinternals.h"' '"Rinternals.h" is not a module'
seed src/core/near/knn.c '  #  include <stdlib.h>' '<stdlib.h> is not for the core'
seed src/core/near/knn.c '#include <zlib.h>' '<zlib.h> is not for the core'
seed src/core/base/sum.c '#include <unistd.h>' '<unistd.h> is not for the core'
seed src/core/near/knn.c 'double cr_d(double x);' '`double` without "base/exact.h"'
seed src/core/near/knn.c 'int inflate2(void); int cr_z(void); int cr_z(void) { return inflate2(); }' '`inflate2` is not for this module'
seed src/core/near/knn.c '#include <stdio.h>\nvoid cr_p(void); void cr_p(void) { printf("x%d", 1); }' '`printf` is not for this module'
seed src/core/near/knn.c '#include <stdio.h>\nvoid cr_p(void); void cr_p(void) { (puts)("x"); }' '`puts` is not for this module'
seed src/core/near/knn.c 'void exit(int); void cr_e(void); void cr_e(void) { exit(1); }' '`exit` is not for this module'
seed src/core/near/knn.c 'int rand(void); int cr_r(void); int cr_r(void) { return rand(); }' '`rand` is not for this module'
seed src/core/near/knn.c 'char* getenv(const char*); char* cr_g(void); char* cr_g(void) { return getenv("A"); }' '`getenv` is not for this module'
seed src/core/near/knn.c 'void* malloc(unsigned long); void* cr_m(void); void* cr_m(void) { return malloc(8); }' '`malloc` is not for this module'
seed src/core/base/sum.c '#include <math.h>\n#include "base/exact.h"\ndouble cr_l(double x); double cr_l(double x) { return log(x); }' '`log` is not for this module'
seed src/core/near/knn.c 'int cr_global = 1;' '`cr_global` is data that can change'
seed src/core/near/knn.c 'int cr_zeroed;' '`cr_zeroed` is data that can change'
seed src/core/near/knn.c 'int cr_s(void); int cr_s(void) { static int calls; return ++calls; }' 'data that can change'
seed src/core/near/knn.c 'static const char* const names[] = {"a", "b"};\nconst char* cr_n(int i); const char* cr_n(int i) { return names[i]; }' ''
seed src/core/near/knn.c 'syntax error' 'does not compile'
seed src/core/near/new.c 'int cr_new(void);' '`near/new` is not in tools/layers.txt'
seed src/core/near/new.c 'int cr_new(void);' '`core/near/new.o` is missing'
seed src/core/near/notes.txt 'x' 'neither .c nor .h'
seed src/Makevars 'MORE = core/near/gone.o' '`core/near/gone.o` has no source'
seed src/Makevars 'MORE = glue/r_sum.o' 'named twice'
seed tools/layers.txt 'near/knn' '`near/knn` is named twice'
seed src/glue/r_sum.c '#include <Rinternals.h>' 'only r_api.h and r_init.c include R'
seed src/glue/r_sum.c 'void* p = malloc(8);' 'the glue neither allocates nor threads'
seed src/glue/r_sum.c 'void p(void) { r_free(0); Free (1); }' ''

printf '%s passed, %s failed, 0 skipped\n' $passed $failed
[ $failed = 0 ]
