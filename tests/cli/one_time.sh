#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys of targets that are used once: made, used, destroyed on SoftHSM tokens: one_time.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

has() { grep -q -- "$1" <<<"$OUT" || fail "not said: $1 in $OUT"; }

D=$WORK/ceremony
online_key >"$WORK/online.pem"
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo \
    --keyholder Chen --keyholder Dee "$D"
# (2,2) for targets, with keys of their own
tr -d '\n\t' <"$D/plan.json" | sed 's/"rehearsal":false/"rehearsal":true/
s/"same_keys_as":"root","threshold":2/"keyholders":["Alice","Bo"],"threshold":2,"one_time":true/' >"$WORK/plan"
cp "$WORK/plan" "$D/plan.json"
ok check "$D"
has 'are destroyed after this ceremony'
ok rehearse --unattended "$D"
has 'the one-time keys of Alice are destroyed'
has 'the one-time keys of Bo are destroyed'
[ "$(grep -c '"event":"key-destroyed"' "$D/journal.jsonl")" = 2 ] || fail 'the journal does not say it'
tr -s ' \n' '  ' <"$D/bundle/transcript.txt" | grep -q 'was destroyed on its token, and is gone' || fail 'nor does the transcript'
ok verify --trusted-root "$D/bundle/metadata/1.root.json" "$D/bundle"

for name in Alice Bo; do rehearsal_pin $name >"$WORK/$name.pin"; done
cp "$D/journal.jsonl" "$WORK/whole"
cut_before() { # EVENT: the journal as it was before the first such line behind line $1
    awk -v event="\"event\":\"$2\"" -v from="$1" 'NR > from && index($0, event) { exit } { print }' \
        "$WORK/whole" >"$D/journal.jsonl"
    # this machine remembers it so, too
    tail -n 1 "$D/journal.jsonl" | tr -d '\n' | sha256sum | cut -c 1-64 >"$(find "$XDG_STATE_HOME" -type f)"
}

# a journal that never saw the keys on their tokens does not believe that they are gone
cut_before 0 key-destroying
refused 7 'One-time keys' "$D" bundle "$D"
refused 7 'no one-time key' "$D" destroy "$D" Chen
refused 12 'is not seen on this token' "$D" destroy "$D" Alice --pin-source "file:$WORK/Alice.pin"

# killed before the second was journaled: the command finds it gone, and records it
line=$(grep -n '"event":"key-destroyed"' "$WORK/whole" | head -n 1 | cut -d: -f1)
cut_before "$line" key-destroyed
refused 7 'One-time keys' "$D" bundle "$D"
refused 7 'no one-time key' "$D" destroy "$D" Alice
json 'd' destroy "$D" Bo --pin-source "file:$WORK/Bo.pin"
refused 7 'no one-time key' "$D" destroy "$D" Bo
ok bundle "$D"
