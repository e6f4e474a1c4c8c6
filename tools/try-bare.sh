#!/bin/sh
# The proof of the two commands: makes a bare Debian in a folder (root, debootstrap and
# a network needed), clones the last commit into it, and types `make demo` and
# `make test` there, nothing else.
#
#   tools/try-bare.sh [folder]     default /tmp/lcrisk-bare; SUITE=bookworm
#
# A folder that is there already is kept as it is, so that a second run shows what a
# second run does; remove it to start from nothing.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-/tmp/lcrisk-bare}
suite=${SUITE:-bookworm}

if [ ! -e "$folder/bin/sh" ]; then
  # minbase is what Debian calls bare; the clone needs git, typing make needs make
  debootstrap --variant=minbase --include=ca-certificates,git,make "$suite" "$folder"
  if [ -n "${http_proxy:-}" ]; then
    echo "Acquire::http::Proxy \"$http_proxy\";" >"$folder/etc/apt/apt.conf.d/00proxy"
  fi
  cp /etc/resolv.conf "$folder/etc/resolv.conf"
fi

clone="$folder/root/a path with spaces/lcrisk"
rm -rf "$clone"
git clone -q . "$clone"

trap 'umount "$folder/proc"' EXIT
mount -t proc proc "$folder/proc"

type_there() {
  echo "== $*"
  started=$(date +%s)
  status=0
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    ${LCRISK_DATA:+LCRISK_DATA="$LCRISK_DATA"} \
    chroot "$folder" sh -c 'cd "/root/a path with spaces/lcrisk" && exec "$@"' sh "$@" \
    </dev/null || status=$?
  echo "== $*: status $status after $(($(date +%s) - started)) s"
  return $status
}

type_there make demo
type_there make test
type_there make demo
type_there make test
