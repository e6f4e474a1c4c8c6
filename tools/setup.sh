#!/bin/sh
# Installs what is missing for a purpose and says nothing when nothing is:
#   setup.sh demo      R, a compiler, zlib, what the analysis and its report need
#   setup.sh test      and what the tests need: testthat, peers, clang with sanitizers and
#                      for WebAssembly, node and a browser for the scoring page and the app
#   setup.sh develop   and what `make lint`, `make doc` and `make check` need
#
# As root on Debian or a relative of it, through apt; packages of R that apt does not
# have, and all of them elsewhere, from CRAN into the user's own library.
set -u

purpose=${1:-develop}
cd "$(dirname "$0")/.." || exit 1

packages="cli data.table rlang ggplot2 knitr modeldata rmarkdown"
programs="pandoc"
debian="r-base-core r-base-dev zlib1g-dev pandoc"
if [ "$purpose" != demo ]; then
  packages="$packages testthat generics glmnet nnet pROC ranger gbm jsonlite shiny bslib"
  packages="$packages DBI RSQLite RPostgreSQL httpuv"
  programs="$programs clang wasm-ld node chromium"
  debian="$debian clang llvm valgrind lld wasi-libc nodejs chromium postgresql"
fi
if [ "$purpose" = develop ]; then
  packages="$packages roxygen2 lintr covr pkgdown plumber"
  programs="$programs clang-format cppcheck valgrind"
  debian="$debian clang-format clang-tidy cppcheck"
fi

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

missing_packages() {
  # shellcheck disable=SC2086 # a list of words
  Rscript --no-init-file -e 'wanted <- commandArgs(TRUE)' \
    -e 'cat(wanted[!vapply(wanted, function(p) length(find.package(p, quiet = TRUE)) > 0, NA)])' \
    $packages
}

missing_programs() {
  for program in $programs; do have "$program" || printf '%s ' "$program"; done
  [ "$purpose" = demo ] || sanitizers_work || printf 'clang-sanitizers '
}

# Debian keeps clang's sanitizer runtime in a package of its own.
sanitizers_work() {
  have clang || return 0 # then clang itself is what is missing
  [ -e "$(clang -print-file-name=libclang_rt.asan-"$(uname -m)".a 2>/dev/null)" ] ||
    [ -e "$(clang -print-runtime-dir 2>/dev/null)/libclang_rt.asan.a" ] ||
    [ "$(uname -s)" != Linux ]
}

compiler_works() {
  have R || return 1
  probe=$(mktemp -d) || return 1
  printf '#include <zlib.h>\nint main(void) { return zlibVersion()[0] == 0; }\n' >"$probe/z.c"
  # shellcheck disable=SC2046 # the compiler may come with options
  $(R CMD config CC) "$probe/z.c" -o "$probe/z" -lz >/dev/null 2>&1
  works=$?
  rm -rf "$probe"
  return $works
}

# Found once, remembered by the compiler's own path: the probe costs half a second.
compiler_known() {
  have R && have make || return 1
  mark=build/compiler-works
  [ -e "$mark" ] && [ "$(cat "$mark")" = "$(command -v R) $(command -v cc)" ] && return 0
  compiler_works || return 1
  mkdir -p build && printf '%s %s\n' "$(command -v R)" "$(command -v cc)" >"$mark"
}

through_apt() {
  say "installing Debian packages (apt)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null || say "apt-get update failed; going on with what is known"
  wanted=$debian
  for package in $packages; do
    wanted="$wanted r-cran-$(printf %s "$package" | tr '[:upper:]' '[:lower:]')"
  done
  # Only names this release knows: one unknown name would stop apt altogether.
  # shellcheck disable=SC2086
  known=$(LC_ALL=C apt-cache policy $wanted 2>/dev/null |
    awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } /Candidate: [^(]/ { print name }')
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $known </dev/null >build/apt.log 2>&1 ||
    { tail -n 20 build/apt.log >&2; say "apt-get install failed; see build/apt.log"; }
  if [ "$purpose" != demo ]; then
    # The sanitizer runtime belongs to one version of clang.
    version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    for runtime in dev dev-wasm32; do
      apt-get install -y -qq --no-install-recommends "libclang-rt-$version-$runtime" \
        </dev/null >>build/apt.log 2>&1 || say "no libclang-rt-$version-$runtime for clang"
    done
  fi
}

through_cran() {
  say "installing from CRAN into your library: $*"
  Rscript --no-init-file -e 'lib <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1L]][1L]' \
    -e 'dir.create(lib, recursive = TRUE, showWarnings = FALSE)' \
    -e 'mirror <- getOption("repos")["CRAN"]' \
    -e 'if (mirror %in% c(NA, "@CRAN@")) mirror <- getCRANmirrors(local.only = TRUE)$URL[1L]' \
    -e 'install.packages(commandArgs(TRUE), lib, mirror, quiet = TRUE, Ncpus = 2L)' \
    "$@" </dev/null
}

# axe-core judges the scoring page's accessibility; too large to keep in the sources. Asked
# for once, and the tests do without.
fetch_axe() {
  [ -e build/npm ] && return 0
  have npm || return 0
  mkdir -p build/npm
  npm install --prefix build/npm --no-audit --no-fund --fetch-retries=0 --fetch-timeout=20000 \
    axe-core@4 </dev/null >build/npm.log 2>&1 || say "no axe-core: accessibility is not judged"
}

r_is_old() {
  Rscript --no-init-file -e 'quit(status = getRversion() < "4.2")' && return 1
  return 0
}

mkdir -p build
[ "$purpose" = demo ] || fetch_axe
programs_missing=$(missing_programs)
packages_missing=all
have Rscript && packages_missing=$(missing_packages)
tried=build/setup-tried-$purpose
if [ -z "$programs_missing$packages_missing" ] && compiler_known; then exit 0; fi

# What could not be had last time is not asked for again: that would be slow, and
# without a network slower. `make clean` forgets it.
state="$programs_missing|$packages_missing"
if [ "$(id -u)" = 0 ] && have apt-get && [ "$(cat "$tried" 2>/dev/null)" != "$state" ]; then
  through_apt
fi

if ! have Rscript; then
  say "R is not installed. Install R >= 4.2 (see CRAN) and a C compiler."
  exit 1
fi
if r_is_old; then
  say "$(R --version | head -n 1) is too old: R >= 4.2 needed (see CRAN)."
  exit 1
fi
if ! compiler_known; then
  say "no working C compiler with zlib's headers for R. Install a compiler, make and zlib"
  say "(Debian: r-base-dev zlib1g-dev; Fedora: R-devel zlib-devel; macOS: xcode-select --install)."
  exit 1
fi

packages_missing=$(missing_packages)
if [ -n "$packages_missing" ] && [ "$(cat "$tried" 2>/dev/null)" != "$state" ]; then
  # shellcheck disable=SC2086
  through_cran $packages_missing
  packages_missing=$(missing_packages)
fi
programs_missing=$(missing_programs)
for package in $packages_missing; do
  case $package in
    cli | data.table | rlang | testthat)
      say "the R package '$package' could not be installed."
      exit 1
      ;;
  esac
  say "without the R package '$package' the parts that use it are skipped."
done
for program in $programs_missing; do
  say "without $program the parts that use it are skipped."
done
printf '%s' "$programs_missing|$packages_missing" >"$tried"
