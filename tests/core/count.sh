#!/bin/sh
# count.sh <program> <figures>: instructions of each part of the program, compared with
# the figures. Fails when a part takes a twentieth more, or has no figure.
program=$1
figures=$2
passed=0
failed=0
for part in $("$program"); do
  log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=counted \
    "$program" "$part" 2>&1)
  now=$(printf '%s\n' "$log" | sed -n 's/.*Collected : \([0-9]*\).*/\1/p')
  was=$(sed -n "s/^$part \([0-9]*\)$/\1/p" "$figures")
  if [ -z "$now" ] || [ "$now" = 0 ]; then
    echo "$part: nothing was counted"
    printf '%s\n' "$log" | tail -n 5
    failed=$((failed + 1))
  elif [ -z "$was" ] || [ $((now * 20)) -gt $((was * 21)) ]; then
    echo "$part: $now instructions, ${was:-no figure} in $figures"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
    [ $((now * 20)) -ge $((was * 19)) ] || echo "$part: $now instructions; $figures may be lowered from $was"
  fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
