#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A folder that comes from another machine is not believed: resume.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"

# machine NAME: from now on this is that machine
machine() { export XDG_STATE_HOME=$WORK/machine-$1; }
# words: those that were printed last
words() { sed -n 's/^ *[0-9a-f]\{4\} [0-9a-f]\{4\} [0-9a-f]\{4\} [0-9a-f]\{4\} *//p' <<<"$OUT" | tail -n 1; }
today=$(date -u +%Y-%m-%d)
signs() {
    rehearsal_pin "$2" >"$WORK/pin"
    ok sign "$1" "$2" --pin-source "$WORK/pin"
}
reviews() {
    ok review "$1" "$2"
    ok review "$1" "$2" --accept "$(first_word)"
}
accepts() {
    ok doctor "$1" --record
    ok check "$1"
    ok accept "$1" --date "$today" --word "$(first_word)"
    ok roll-call "$1" Alice Bo Chen Dee --administrator Ada
}

# one signature of two is given on the first machine
machine first
online_key >"$WORK/online.pem"
D=$WORK/ceremony
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$D"
sed -i 's/"rehearsal":\tfalse/"rehearsal":\ttrue/' "$D/plan.json"
accepts "$D"
for name in Alice Bo Chen Dee; do
    rehearsal_pin "$name" >"$WORK/pin"
    ok enrol "$D" "$name" --accept --pin-source "$WORK/pin"
done
reviews "$D" root
reviews "$D" targets
signs "$D" Alice
paper=$(words)
[ "$(wc -w <<<"$paper")" = 8 ] || fail "not eight words: $paper"
json 'd["known"] is True and len(d["last_line"]) == 64' status "$D"
[ "$(stat -c %a "$XDG_STATE_HOME/tuf-ceremony")" = 700 ] || fail 'others can look at what the machine remembers'
cp -r "$D" "$WORK/again"
cp -r "$D" "$WORK/forged"

# on another machine no command adds a line, or takes a PIN
machine second
rehearsal_pin Bo >"$WORK/pin"
json 'd["known"] is False' status "$D"
for command in "doctor $D --record" "accept $D --date $today" "roll-call $D Alice --administrator Eve" "skip $D Dee --reason ill" "bag $D Bo 7" \
    "enrol $D Bo --accept --pin-source $WORK/pin" "withdraw $D Bo" "sign $D Bo --pin-source $WORK/pin" "close $D" "bundle $D"; do
    # shellcheck disable=SC2086 # words
    "$PROGRAM" $command >"$WORK/out" 2>"$WORK/err" && fail "done: $command"
    grep -q 'signatures are still missing\|too early\|something is signed\|does not know the journal\|has every key' "$WORK/err" || fail "$command: $(cat "$WORK/err")"
done
refused 9 'does not know the journal' "$D" sign "$D" Bo --pin-source "$WORK/pin"
refused 2 'needs --words or --again' "$D" resume "$D"
refused 9 'not the words' "$D" resume "$D" --words "${paper% *}"
refused 9 'not the words' "$D" resume "$D" --words "${paper% *} Zulu"
# by the paper it continues where it stood; only the machine and the day are looked at again
ok resume "$D" --words "$paper"
refused 2 'remembers' "$D" resume "$D" --again
refused 7 'accept --date' "$D" sign "$D" Bo --pin-source "$WORK/pin"
ok accept "$D" --date "$today"
signs "$D" Bo
ok bundle "$D"
ok close "$D"
ok transcript "$D"
grep -q 'the journal was compared with paper' <<<"$(tr -s '\n ' '  ' <<<"$OUT")" || fail 'the transcript does not say how the journal was known'
json 'd["accepted"] is True' verify --trusted-root "$D/bundle/metadata/1.root.json" "$D/bundle.tar"

# without the paper everything that people said is said again; the signature stays
D=$WORK/again
ok resume "$D" --again
json 'd["station"] == "Readiness" and len(d["signatures"]) == 2' status "$D"
rehearsal_pin Bo >"$WORK/pin"
refused 7 'too early\|everything is reviewed' "$D" sign "$D" Bo --pin-source "$WORK/pin"
accepts "$D"
refused 7 'reviewed' "$D" sign "$D" Bo --pin-source "$WORK/pin"
ok review "$D" root
grep -q '4 keys stand in the journal that this machine did not know' <<<"$(tr -s '\n ' '  ' <<<"$OUT")" || fail 'the review does not name the keys'
ok review "$D" root --accept "$(first_word)"
reviews "$D" targets
signs "$D" Bo
ok bundle "$D"
json 'd["complete"] is True' status "$D"

# a line that somebody adds who can count: this machine remembers another last line
machine first
D=$WORK/forged
python3 - "$D/journal.jsonl" <<'END'
import hashlib, json, sys
lines = open(sys.argv[1]).read().splitlines()
line = {"data": {"holder": "Bo", "reason": "ill"}, "event": "skipped", "n": len(lines) + 1,
        "prev": hashlib.sha256(lines[-1].encode()).hexdigest(), "time": json.loads(lines[-1])["time"]}
open(sys.argv[1], "a").write(json.dumps(line, separators=(",", ":")) + "\n")
END
refused 9 'does not know the journal' "$D" sign "$D" Bo --pin-source "$WORK/pin"

# a machine that can't remember says so, and asks the next time
export XDG_STATE_HOME=/proc/nowhere
D=$WORK/forgotten
cp -r "$WORK/ceremony" "$D" && rm -r "$D/bundle" "$D/bundle.tar" "$D/journal.jsonl"
ok doctor "$D" --record
grep -q "This machine can't remember it" <<<"$OUT" || fail 'not said that the machine forgets'
refused 9 'does not know the journal' "$D" accept "$D" --date "$today"
