#!/bin/sh
# Layers, format, sizes and style of C, R and shell; ends with N passed, N failed,
# N skipped. What is not installed is skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
passed=0
failed=0
skipped=0

lint() { # <name> <program it needs> <command...>
  name=$1
  needs=$2
  shift 2
  if ! command -v "$needs" >/dev/null; then
    echo "skipped: $name ($needs is not installed)"
    skipped=$((skipped + 1))
  elif "$@" >build/lint.log 2>&1; then
    passed=$((passed + 1))
  else
    echo "-- $name"
    cat build/lint.log
    failed=$((failed + 1))
  fi
}

c_files() { find src tests/core bench/core -name '*.[ch]' 2>/dev/null; }

format() { c_files | xargs clang-format --dry-run -Werror; }

static() {
  cppcheck --quiet --std=c11 --language=c --error-exitcode=1 -Isrc/core --inline-suppr \
    --enable=warning,portability --suppress=missingIncludeSystem src/core
}

sizes() {
  { c_files; find R tests/testthat tools -name '*.R' -o -name '*.sh'; } | xargs wc -l |
    awk '$2 != "total" && $1 > 400 { print $2 ": " $1 " lines; split it"; bad = 1 }
      END { exit bad }'
}

functions() {
  find src -name '*.c' | xargs awk '
    FNR == 1 { start = 0 }
    /^[a-zA-Z].*\{$/ && !/^(typedef|struct|enum|union|static const)/ && !/=/ { start = FNR }
    /^\}/ && start {
      if (FNR - start > 60) { print FILENAME ":" start ": " FNR - start " lines"; bad = 1 }
      start = 0
    }
    END { exit bad }'
}

words() {
  ! git grep -nIE 'TODO|FIXME|(^|[^X])XXX([^X]|$)' -- . ':!tools/lint.sh' ':!CONTRIBUTING.md'
}

documentation() { tools/install.sh build/lib && Rscript tools/check-docs.R; }

r_style() {
  find R tests tools bench data-raw inst -name '*.R' | sort | xargs Rscript \
    -e 'found <- lapply(commandArgs(TRUE), lintr::lint)' \
    -e 'for (file in found) if (length(file)) print(file)' \
    -e 'quit(status = as.integer(sum(lengths(found)) > 0L))'
}

lint "layers" awk tools/check-layers.sh
lint "C format" clang-format format
lint "C static analysis" cppcheck static
lint "file sizes" awk sizes
lint "function sizes" awk functions
lint "open ends" git words
lint "shell" sh sh -n tools/setup.sh
lint "documentation" Rscript documentation
lint "R style" Rscript r_style

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
