#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What canonical JSON costs at the size of a package index: canonical.sh PROGRAM [ENTRIES [unlimited]]
#
# 700,000 entries make 180 MB. Fails when `canonical` takes more than 5 times the processor time that
# OpenSSL needs to hash the same file, or more than 2.5 times the file's size of memory.
set -eu
program=$1
entries=${2:-700000}
limited=$([ "${3:-}" = unlimited ] && echo 0 || echo 1)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 "$here/targets.py" "$entries" >"$work/targets.json"
size=$(wc -c <"$work/targets.json")
# pairs, and the shortest time of each: a busy machine only adds
for _ in 1 2 3; do
    python3 "$here/cost.py" openssl dgst -sha256 "$work/targets.json" >>"$work/hash"
    python3 "$here/cost.py" "$program" canonical "$work/targets.json" >>"$work/canonical"
done

# shellcheck disable=SC2046 # each is two numbers
set -- $(sort -n "$work/hash" | head -1) $(sort -n "$work/canonical" | head -1)
awk -v size="$size" -v hash="$1" -v time="$3" -v peak="$4" -v entries="$entries" -v limited="$limited" 'BEGIN {
    slower = time / hash
    larger = peak * 1024 / size
    printf "%d entries, %.0f MB\n", entries, size / 1e6
    printf "time:   %.2f s, %.2f times openssl dgst -sha256 (%.2f s); at most 5\n", time / 1e6, slower, hash / 1e6
    printf "memory: %.0f MB, %.2f times the file; at most 2.5\n", peak * 1024 / 1e6, larger
    exit limited && (slower > 5 || larger > 2.5)
}'
