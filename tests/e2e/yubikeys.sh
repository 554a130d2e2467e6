#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A whole (3,5) ceremony on five YubiKeys (virtual ones, through pcscd and the real ykcs11), one reader, by keys alone: their keys
# are made with the management key; Ee's is brand-new, and gets a PIN and a PUK of its own in the walk; Chen's is pulled while it
# makes its second signature. Then a stock client takes the bundle.
# Inside `stack.sh enter yubikey`: yubikeys.sh PROGRAM
PROGRAM=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/terminal.sh"
. "$here/steps.sh"
. "$here/reader.sh"
PIN=730518
PUK=48151623
FACTORY_PIN=123456
FACTORY_PUK=12345678
MANAGEMENT_KEY=010203040506070801020304050607080102030405060708
CEREMONY=$WORK/ceremony

serial() {
    case $1 in
    Alice) echo 15000001 ;; Bo) echo 15000002 ;; Chen) echo 15000003 ;;
    Dee) echo 15000004 ;; Ee) echo 15000005 ;;
    esac
}
# change_both: of a token that has what it left the factory with
change_both() {
    press t
    see "$1, what shall be done with this token"
    see '> change its PIN (123456 from the factory)'
    press Enter
    answer 'PIN that holds now:' "$FACTORY_PIN"
    answer 'New PIN:' "$PIN"
    answer 'The same again:' "$PIN"
    see 'Done, and recorded'
    see "> .*$(serial "$1")"
    press t
    see "$1, what shall be done with this token"
    press Down Down
    see '> change its PUK (12345678 from the factory)'
    press Enter
    answer 'PUK that holds now:' "$FACTORY_PUK"
    answer 'New PUK:' "$PUK"
    answer 'The same again:' "$PUK"
    see 'Done, and recorded'
}
enrol() {
    see 'Whose key is made next'
    see "> .*$1"
    press Enter
    see "$1, please insert your token"
    insert "$1"
    see "> .*$(serial "$1")"
    [ "$1" != Ee ] || change_both "$1"
    see "> .*$(serial "$1")"
    press Enter
    enter_pin "$PIN"
    answer 'Management key:' "$MANAGEMENT_KEY"
    see "$1, this is your key"
    see 'slot 9c'
    type_first_word
    press Enter
    see "The key of $1 is recorded"
    order out
}
# own PIN for those that are not new: by the command
umask 077
printf '%s' "$FACTORY_PIN" >"$WORK/factory.pin"
printf '%s' "$PIN" >"$WORK/own.pin"
order 'version 5.7.1'
for name in Alice Bo Chen Dee; do
    order "in $WORK/$name.image $(serial $name)"
    "$PROGRAM" token-pin --module "$STACK_MODULE" --pin-source "$WORK/factory.pin" --new-pin-source "$WORK/own.pin"
    order out
done

begin_3of5

sign Alice
sign Bo
# Chen's leaves while it signs the second file, and is put back: the first one counts
begin_to_sign Chen
order 'leave 87 2'
enter_pin "$PIN"
see 'That did not work'
collected 5 # two of Alice, two of Bo, and the first of Chen
order out   # pcscd has seen it
press Enter
see 'Chen, please insert'
insert Chen
see 'Chen, this is what your token will sign'
enter_pin "$PIN"
see 'Chen signed [12] files*: verified and on disk'
collected 6
order out
sign Dee
sign Ee
end_3of5
