#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kills the unattended rehearsal at random instants, again and again: what was collected before is
# never lost, and it always comes to the same end. crash.sh PROGRAM [KILLS]
#
# The instants lie within the time that a whole rehearsal takes here, so that a slow machine gets as far
# between two kills as a fast one.
set -eu
PROGRAM=$1
KILLS=${2:-200}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

signatures() { # what status says was collected: role and keyid, a line each
    "$PROGRAM" status --json "$1" | tr -d '\n\t ' | grep -o '"role":"[a-z]*","holder":"[A-Za-z]*","keyid":"[0-9a-f]*"' | sort
}

begin=$(date +%s%N)
"$PROGRAM" rehearse --unattended "$WORK/whole" >/dev/null
whole=$(($(date +%s%N) - begin)) # nanoseconds
rm -rf "$WORK/whole"

round=0
kills=0
while [ "$kills" -lt "$KILLS" ]; do
    round=$((round + 1))
    dir=$WORK/$round
    : > "$WORK/before"
    while :; do
        # from the machine's randomness; the last round ends in peace
        delay=$(od -An -N2 -tu2 /dev/urandom | awk -v whole="$whole" '{ printf "%.4f", 0.001 + $1 / 65535 * whole / 1e9 }')
        [ "$kills" -lt "$KILLS" ] || delay=0
        status=0 begin=$(date +%s%N)
        timeout -s KILL "$delay" "$PROGRAM" rehearse --unattended "$dir" >/dev/null 2>"$WORK/err" || status=$?
        if [ "$status" = 0 ]; then # of a machine that was busier at first, kills would come too late
            took=$(($(date +%s%N) - begin))
            [ "$took" -ge "$whole" ] || whole=$took
            break
        fi
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
