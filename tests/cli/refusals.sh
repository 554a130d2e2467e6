#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every class of failure has its exit status, an error in three parts, and changes nothing:
# refusals.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"

# what to do first
OUT=$("$PROGRAM")
grep -q 'tuf-ceremony rehearse' <<<"$OUT" || fail 'the program alone does not say what to do first'
for command in $("$PROGRAM" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
    ok "$command" --help
    grep -q '^Options:' <<<"$OUT" || fail "'$command --help' lists no options"
done

# 2: the command line
refused 2 "no command 'sing'" - sing
refused 2 "no option '--treshold'" - new --treshold 3 x
refused 2 "needs a value" - new x --preset
refused 2 "one argument too many" - status a b
refused 2 "'status' needs DIR" - status
refused 2 "no option '-x'" - status -x

online_key >"$WORK/online.pem"
people=(--keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee)
new() { ok new --preset root-2of4 --online-key "$WORK/online.pem" "${people[@]}" "$1"; }
refused 2 'no preset' - new --preset root-9of9 --online-key "$WORK/online.pem" "$WORK/x"
refused 2 'named twice' - new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder A --keyholder A --keyholder B --keyholder C "$WORK/x"
refused 2 'has 4 keyholders' - new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder A "$WORK/x"
refused 2 'is not there' - new --preset root-2of4 --online-key "$WORK/none.pem" "${people[@]}" "$WORK/x"
refused 8 'expired on the day' - new --preset root-2of4 --online-key "$WORK/online.pem" "${people[@]}" --expires 2001-01-01 "$WORK/x"
refused 3 'no TUF\|no public key' - new --preset root-2of4 --online-key "$0" "${people[@]}" "$WORK/x"
mkdir "$WORK/nothing"
refused 7 'holds no root metadata' - new --from "$WORK/nothing" "$WORK/x"
refused 2 'do not go together' - new --from "$WORK/nothing" --preset root-2of4 "$WORK/x"
refused 2 'needs --from' - new --first-root "$WORK/x"
[ ! -e "$WORK/x" ] || fail 'a half-made folder is left'
D=$WORK/ceremony
new "$D"
refused 3 'is not empty' "$D" new --preset root-2of4 --online-key "$WORK/online.pem" "${people[@]}" "$D"

# 8: plans, each by what is wrong with it
plan() { # plan STATUS TEXT OLD NEW
    cp -r "$D" "$WORK/edited"
    python3 - "$WORK/edited/plan.json" "$3" "$4" <<'P'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
assert old in text, old
open(path, "w").write(text.replace(old, new, 1))
P
    if [ "$1" = 0 ]; then
        ok check "$WORK/edited"
        grep -q -- "$2" <<<"$OUT" || fail "not said: $2"
    else
        local got=0
        "$PROGRAM" check "$WORK/edited" >"$WORK/out" 2>"$WORK/err" || got=$?
        [ "$got" = "$1" ] || fail "status $got instead of $1 for: $2"
        grep -q -- "$2" "$WORK/out" "$WORK/err" || fail "not said: $2"
    fi
    rm -rf "$WORK/edited"
}
tab=$'\t'
plan 8 'needs 5 signatures, but only 4 keys' "\"threshold\":${tab}2" "\"threshold\":${tab}5"
plan 8 'threshold 0' "\"threshold\":${tab}2" "\"threshold\":${tab}0"
plan 0 'any one of the 4 keyholders alone' "\"threshold\":${tab}2" "\"threshold\":${tab}1"
plan 0 'root can never be rotated' "\"threshold\":${tab}2" "\"threshold\":${tab}4"
plan 8 'there twice' '"name":	"Bo"' '"name":	"Alice"'
plan 8 'more than ten years' '1 year' '11 years'
plan 8 'expired on the day' '1 year' '2001-01-01'
plan 3 'neither a duration nor a date' '1 year' 'soon'
plan 3 'plan.json:' '"roles"' '"rolls"'

# 7, 3: what is not there, what can't be read
refused 7 'no plan.json' "$WORK/nothing" status "$WORK/nothing"
refused 3 "can't be opened" - status "$WORK/none"
printf '{"signed": {}, "signed": {}}' >"$WORK/twice.json"
refused 3 'there twice' - inspect "$WORK/twice.json"
refused 3 "can't be read" - canonical "$WORK/none"
refused 3 "'$WORK' is a folder" - inspect "$WORK"

# 9: the journal
J=$WORK/journal
ok rehearse --unattended --preset root-2of4 "$J"
V=("verify" --trusted-root "$J/bundle/metadata/1.root.json")
cp -r "$J" "$WORK/changed"
sed -i '5s/Alice/Alicf/; 5s/"time":"20/"time":"19/' "$WORK/changed/journal.jsonl"
refused 9 'line 6\|line 5' "$WORK/changed" status "$WORK/changed"
cp -r "$J" "$WORK/torn"
head -c -20 "$J/journal.jsonl" >"$WORK/torn/journal.jsonl"
refused 9 'does not know the journal' - rehearse --unattended "$WORK/torn" # more is gone than a power cut takes
grep -q 'torn' "$WORK/err" || fail 'a torn line is not warned of'
ok status "$WORK/torn"
ok resume "$WORK/torn" --words "$(sed -n 's/^    \([0-9a-f ]*\)   .*/\1/p' <<<"$OUT" | tail -n 1)" # as on paper
ok rehearse --unattended "$WORK/torn"
[ -n "$(find "$WORK/torn" -maxdepth 1 -name 'journal.torn*')" ] || fail 'a torn line is not set aside'
cmp "$J/bundle.tar" "$WORK/torn/bundle.tar"

# 10: two programs
exec 8<"$J"
flock 8
refused 10 'another program' "$J" rehearse --unattended "$J"
flock -u 8
exec 8<&-

# 4, 5, 6: metadata that clients refuse
ok "${V[@]}" "$J/bundle.tar"
cp -r "$J/bundle" "$WORK/few"
python3 - "$WORK/few/metadata/1.root.json" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
d["signatures"] = d["signatures"][:1]
json.dump(d, open(sys.argv[1], "w"))
P
refused 4 '' "$WORK/few" verify --trusted-root "$WORK/few/metadata/1.root.json" "$WORK/few"
refused 5 'expired' "$J/bundle" "${V[@]}" --at 2999-01-01T00:00:00Z "$J/bundle"
cp -r "$J/bundle" "$WORK/version"
cp "$J/bundle/metadata/1.root.json" "$WORK/version/metadata/2.root.json"
refused 6 'version' "$WORK/version" "${V[@]}" "$WORK/version"

# 11: the disk
mkdir "$WORK/full"
if [ "$(id -u)" = 0 ]; then # permissions do not stop root: a file stands where the folder must go
    : >"$WORK/full/bundle"
else
    chmod 500 "$WORK/full"
fi
got=0
"$PROGRAM" bundle "$J" --to "$WORK/full" >/dev/null 2>"$WORK/err" || got=$?
[ "$got" = 11 ] || [ "$got" = 3 ] || fail "status $got for a folder that can't be written"
grep -q '^to do: ' "$WORK/err" || fail 'no way on from a folder that can not be written'

# 13: where a PIN may come from
S=$WORK/pins
ok new --preset root-2of4 --online-key "$WORK/online.pem" "${people[@]}" "$S"
sed -i 's/"rehearsal":\tfalse/"rehearsal":\ttrue/' "$S/plan.json"
ok doctor "$S" --record
ok check "$S"
ok accept "$S" --date "$(date -u +%Y-%m-%d)" --word "$(first_word)"
ok roll-call "$S" Alice Bo Chen Dee --administrator Ada
ok status "$S"
rehearsal_pin Alice >"$WORK/pin"
"$PROGRAM" enrol "$S" Bo --accept --pin-source "$WORK/pin" >/dev/null 2>&1 && fail 'a wrong PIN was taken'
chmod 644 "$WORK/pin"
refused 3 'others' "$S" enrol "$S" Alice --accept --pin-source "$WORK/pin"
chmod 600 "$WORK/pin"
ln -s "$WORK/pin" "$WORK/link"
refused 3 'link' "$S" enrol "$S" Alice --accept --pin-source "$WORK/link"
refused 2 'no descriptor' "$S" enrol "$S" Alice --accept --pin-source fd:x
# neither from the command line nor from the environment: without a terminal there is no PIN
got=0
PIN=$(cat "$WORK/pin") TUF_CEREMONY_PIN=$(cat "$WORK/pin") setsid "$PROGRAM" enrol "$S" Alice --accept >/dev/null 2>"$WORK/err" || got=$?
[ "$got" = 2 ] || fail "status $got without a PIN"
grep -q 'no terminal to type the PIN on' "$WORK/err" || fail 'it is not said where the PIN must come from'
