#!/bin/sh
# The team's barrier with a futex and with a condition variable, interleaved A B B A,
# on a quiet machine and beside one busy process. Waits for a quiet machine first.
set -eu
out=$1
programs=build/core/bench
rounds=${ROUNDS:-7}
table=build/barrier.txt

quiet() { [ "$(awk '{ print ($1 < 0.5) }' /proc/loadavg)" = 1 ]; }
waited=0
until quiet || [ $waited -ge "${PATIENCE:-600}" ]; do sleep 10; waited=$((waited + 10)); done
load=$(cut -d' ' -f1 /proc/loadavg)

: >"$table"
i=0
while [ $i -lt "$rounds" ]; do
  for gate in barrier barrier_condvar barrier_condvar barrier; do
    "$programs/$gate" | sed "s/^/$gate /" >>"$table"
    "$programs/$gate" --busy | sed "s/^/$gate /" >>"$table"
  done
  i=$((i + 1))
done

# median over all runs of the runs' medians, and the lowest and highest of them
{
  echo "# Barrier of a team of two threads"
  echo
  echo "Microseconds per step of 50 microseconds of work on each thread, then a barrier"
  echo "(or none). Medians of $((2 * rounds)) interleaved runs of 9 x 4000 steps, with the lowest and"
  echo "highest run; processor time per step of both threads together. Load before: $load."
  echo
  echo "$(date +%Y-%m-%d); $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors."
  echo
  echo "| neighbour | barrier | microseconds | lowest | highest | processor time |"
  echo "| --- | --- | --- | --- | --- | --- |"
  for neighbour in "quiet" "one busy process"; do
    for kind in no yes; do
      for gate in barrier barrier_condvar; do
        [ "$kind$gate" = nobarrier_condvar ] && continue
        name=futex
        [ $gate = barrier_condvar ] && name="condition variable"
        [ $kind = no ] && name=none
        awk -F' *[|] *' -v g="$gate" -v n="$neighbour" -v k="$kind" \
          '$1 == g && $2 == n && $4 == k { print $5, $8 }' "$table" | sort -n |
          awk -v n="$neighbour" -v name="$name" '
            { t[NR] = $1; p += $2 }
            END { printf "| %s | %s | %.1f | %.1f | %.1f | %.1f |\n", n, name, t[int((NR + 1) / 2)], t[1], t[NR], p / NR }'
      done
    done
  done
} >"$out"
cat "$out"
