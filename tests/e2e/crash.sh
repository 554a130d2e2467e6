#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kills the unattended rehearsal at random instants, again and again: what was collected before is
# never lost, and it always comes to the same end. crash.sh PROGRAM [KILLS]
set -eu
PROGRAM=$1
KILLS=${2:-200}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

signatures() { # what status says was collected: role and keyid, a line each
    "$PROGRAM" status --json "$1" | tr -d '\n\t ' | grep -o '"role":"[a-z]*","holder":"[A-Za-z]*","keyid":"[0-9a-f]*"' | sort
}

round=0
kills=0
while [ "$kills" -lt "$KILLS" ]; do
    round=$((round + 1))
    dir=$WORK/$round
    : > "$WORK/before"
    while :; do
        # 0 to 0.15 seconds, from the machine's randomness
        delay=$(od -An -N1 -tu1 /dev/urandom | awk '{ printf "%.3f", 0.005 + $1 / 255 * 0.15 }')
        status=0
        timeout -s KILL "$delay" "$PROGRAM" rehearse --unattended "$dir" >/dev/null 2>"$WORK/err" || status=$?
        [ "$status" = 0 ] && break
        if [ "$status" != 137 ]; then
            echo "round $round ended with status $status:" >&2
            cat "$WORK/err" >&2
            exit 1
        fi
        kills=$((kills + 1))
        [ -e "$dir/journal.jsonl" ] || continue
        signatures "$dir" > "$WORK/after" 2>/dev/null || : > "$WORK/after"
        lost=$(comm -23 "$WORK/before" "$WORK/after")
        if [ -n "$lost" ]; then
            echo "lost after a kill: $lost" >&2
            exit 1
        fi
        cp "$WORK/after" "$WORK/before"
    done
    [ "$(signatures "$dir" | wc -l)" = 10 ] || { echo "round $round has not 10 signatures" >&2; exit 1; }
    "$PROGRAM" verify --trusted-root "$dir/bundle/metadata/1.root.json" "$dir/bundle.tar" >/dev/null
    rm -rf "$dir"
done
echo "$kills kills in $round rehearsals, nothing was lost"
