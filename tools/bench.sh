#!/bin/sh
# Runs the benchmarks: the C programs of bench/core/ (built by `make bench`), then the
# scripts of bench/. Each writes its table to bench/results/<name>.md.
# BENCH="barrier auc" runs some of them only.
set -eu
cd "$(dirname "$0")/.."
export R_LIBS="$PWD/build/lib${R_LIBS:+:$R_LIBS}"
mkdir -p bench/results
for script in bench/*.R bench/*.sh; do
  [ -e "$script" ] || continue
  name=$(basename "$script")
  name=${name%.*}
  case " ${BENCH:-$name} " in *" $name "*) ;; *) continue ;; esac
  echo "-- $name"
  case $script in
    *.R) Rscript "$script" "bench/results/$name.md" ;;
    *.sh) sh "$script" "bench/results/$name.md" ;;
  esac
done
