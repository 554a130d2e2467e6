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
grep -q 'was destroyed on its token, and is gone' "$D/bundle/transcript.txt" || fail 'nor does the transcript'
ok verify --trusted-root "$D/bundle/metadata/1.root.json" "$D/bundle"

# killed before the first was journaled: the command finds it gone, and records it
line=$(grep -n '"event":"key-destroyed"' "$D/journal.jsonl" | head -n 1 | cut -d: -f1)
head -n $((line - 1)) "$D/journal.jsonl" >"$WORK/journal"
cp "$WORK/journal" "$D/journal.jsonl"
refused 7 'One-time keys' "$D" bundle "$D"
refused 7 'no one-time key' "$D" destroy "$D" Chen
for name in Alice Bo; do rehearsal_pin $name >"$WORK/$name.pin"; done
ok destroy "$D" Alice --pin-source "file:$WORK/Alice.pin"
has "destroyed 1 of Alice's keys"
refused 7 'no one-time key' "$D" destroy "$D" Alice
json 'd' destroy "$D" Bo --pin-source "file:$WORK/Bo.pin"
ok bundle "$D"
