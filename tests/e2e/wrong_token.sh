#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Somebody inserts another's token (virtual SmartCard-HSMs, one reader): at enrolment, at signing, and in the ceremony of
# the next year, whose plan alone knows the tokens. Each time the walk names whose it is, asks for no PIN and spends no
# try, and the right token then goes on.
# Inside `stack.sh enter card`: wrong_token.sh PROGRAM SET_UP_TOKEN
PROGRAM=$1
SET_UP=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/terminal.sh"
. "$here/steps.sh"
. "$here/reader.sh"
PIN=730518
SO_PIN=3537363231383830
CEREMONY=$WORK/ceremony

serial() {
    case $1 in
    Alice) echo VHSM0000001 ;; Bo) echo VHSM0000002 ;; Chen) echo VHSM0000003 ;; Dee) echo VHSM0000004 ;;
    esac
}
# wrong WANTED ANOTHER: the token of ANOTHER comes first, and is refused whatever is pressed
wrong() {
    insert "$2"
    see "> .*$(serial "$2")"
    see 'Not this one'
    see "that of '$2'"
    press Enter t Enter
    press '?' # answered after the keys before it
    see 'Help: '
    press Enter
    see "$1, please insert your token"
    ! screen | grep -q 'PIN:\|its PINs\|use this token' || { screen >&2; exit 1; }
    order out
}
# unspent NAME...: no wrong PIN was ever sent to these
unspent() {
    ! grep -q pin-refused "$CEREMONY/journal.jsonl" || { echo 'a PIN was refused' >&2; exit 1; }
    for name in "$@"; do
        order "in $WORK/$name.image $(serial "$name")"
        "$PROGRAM" tokens --module "$STACK_MODULE" | grep -q 'PIN in order' ||
            { echo "a try of $name's token is spent" >&2; exit 1; }
        order out
    done
}
# enrol NAME
enrol() {
    insert "$1"
    see "> .*$(serial "$1")"
    press Enter
    enter_pin "$PIN"
    see "$1, this is your key"
    type_first_word
    press Enter
    see "The key of $1 is recorded"
    order out
}
begin_to_enrol() {
    see "> .*$1"
    press Enter
    see "$1, please insert your token"
}
begin_to_sign() {
    see "> $1"
    press Enter
    see "$1, please insert your token"
}
# sign NAME
sign() {
    insert "$1"
    see "$1, this is what your token will sign"
    see 'It is yours'
    see 'PIN in order'
    enter_pin "$PIN"
    see "$1 signed [12] files*: verified and on disk"
    order out
}
leave() {
    press Escape
    see 'Leave the ceremony'
    press Enter
    see 'ENDED 0'
}

sh "$STACK_SH" fresh
for name in Alice Bo Chen Dee; do
    order out
    order "in $WORK/$name.image $(serial $name)"
    "$SET_UP" "$STACK_MODULE" "$(serial $name)" "$SO_PIN" "$name" "$PIN"
done
order out
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$WORK/private.pem"
openssl pkey -in "$WORK/private.pem" -pubout -out "$WORK/online.pem"
"$PROGRAM" new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo \
    --keyholder Chen --keyholder Dee "$CEREMONY"

start 80 24 "$PROGRAM" run --module "$STACK_MODULE" "$CEREMONY"
step_readiness
step_plan
step_roll_call 4
begin_to_enrol Alice
enrol Alice
begin_to_enrol Bo
wrong Bo Alice
for name in Bo Chen Dee; do
    [ $name = Bo ] || begin_to_enrol $name
    enrol $name
done
see 'Every keyholder has a key'
press Enter
step_review root
step_review targets
press g
begin_to_sign Alice
wrong Alice Bo
sign Alice
begin_to_sign Bo
sign Bo
step_result
unspent Alice Bo

# a year later: what is known of the tokens stands in the plan
first=$CEREMONY
CEREMONY=$WORK/next
"$PROGRAM" new --from "$first/bundle" "$CEREMONY"
start 80 24 "$PROGRAM" run --module "$STACK_MODULE" "$CEREMONY"
step_readiness
step_plan
step_roll_call 4
see 'Every keyholder has a key'
press Enter
VERSION=2 step_review root
VERSION=2 step_review targets
press g
begin_to_sign Alice
wrong Alice Dee
sign Alice
leave
unspent Alice Dee

# a lone token that shows no keys, where nothing names the tokens: no PIN from a file is sent to it
CEREMONY=$WORK/nameless
"$PROGRAM" new --from "$first/bundle/metadata" "$CEREMONY" >/dev/null
name=$(tr -d '\n' <"$CEREMONY/plan.json" | sed 's/.*"keyholders":[^"]*"name":[^"]*"\([^"]*\)".*/\1/')
first_word() { sed -n 's/^ *[0-9a-f]\{4\} [0-9a-f]\{4\} .*   \([A-Za-z]*\) .*/\1/p' | head -n 1; }
"$PROGRAM" doctor "$CEREMONY" --record >/dev/null
"$PROGRAM" accept --date "$(date -u +%Y-%m-%d)" --word "$("$PROGRAM" check "$CEREMONY" | first_word)" "$CEREMONY"
"$PROGRAM" roll-call "$CEREMONY" "$name" --administrator Ada --witness Wim
for role in root targets; do
    "$PROGRAM" review "$CEREMONY" $role --accept "$("$PROGRAM" review "$CEREMONY" $role | first_word)"
done
order "in $WORK/Zoe.image VHSM0000009"
"$SET_UP" "$STACK_MODULE" VHSM0000009 "$SO_PIN" Zoe "$PIN"
umask 077
printf '%s' "$PIN" >"$WORK/pin"
status=0
"$PROGRAM" sign "$CEREMONY" "$name" --module "$STACK_MODULE" --pin-source "$WORK/pin" 2>"$WORK/said" || status=$?
[ "$status" = 12 ] && grep -q "is that of '$name' is not known" "$WORK/said" || { cat "$WORK/said" >&2; exit 1; }

# a start on a machine that is not fit is recorded, and nothing else is shown
mount -t tmpfs tmpfs /sys/class/net
mkdir /sys/class/net/eth9
echo up >/sys/class/net/eth9/operstate
start 80 24 "$PROGRAM" run --module "$STACK_MODULE" "$CEREMONY"
see 'FAIL  Network cut off'
press Enter # nothing goes on from here
leave
tail -n 1 "$CEREMONY/journal.jsonl" | grep '"event":"readiness"' | grep -q '"level":"fail","name":"network"' ||
    { echo 'the failed check is not recorded' >&2; exit 1; }
