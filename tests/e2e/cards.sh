#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A whole (3,5) ceremony on five SmartCard-HSM cards (virtual ones, through pcscd and OpenSC), one reader,
# by keys alone; the cards of Dee and Ee are brand-new and set up in the walk, Bo's PIN is wrong twice, Chen's card is pulled while it makes its second signature. Then
# a stock client takes the bundle. No PIN stays in the memory of the program or of its helper.
# Inside `stack.sh enter card`: cards.sh PROGRAM SET_UP_TOKEN MEMORY_OF
PROGRAM=$1
SET_UP=$2
MEMORY_OF=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/terminal.sh"
. "$here/steps.sh"
. "$here/reader.sh"
PIN=730518
NEW_SO_PIN=4711081520266153
FACTORY_SO_PIN=3537363231383830
CEREMONY=$WORK/ceremony

serial() {
    case $1 in
    Alice) echo VHSM0000001 ;; Bo) echo VHSM0000002 ;; Chen) echo VHSM0000003 ;;
    Dee) echo VHSM0000004 ;; Ee) echo VHSM0000005 ;;
    esac
}
# set_up NAME: a card from the factory, which OpenSC shows like any other, but no PIN opens it
set_up() {
    press Enter
    enter_pin "$PIN"
    see 'a brand-new token must be'
    press Enter
    see "> .*$(serial "$1")"
    press t
    see "$1, what shall be done with this token"
    press Down Down Down
    see '> set it up'
    press Enter
    answer 'type its serial' "$(serial "$1")"
    answer 'SO PIN that holds now:' "$FACTORY_SO_PIN"
    answer 'New SO PIN:' "$NEW_SO_PIN"
    answer 'The same again:' "$NEW_SO_PIN"
    answer 'New PIN:' "$PIN"
    see 'ok New PIN:' # the SO PIN's question has the same words
    answer 'The same again:' "$PIN"
    see 'Done, and recorded'
}
enrol() {
    see 'Whose key is made next'
    see "> .*$1"
    press Enter
    see "$1, please insert your token"
    insert "$1"
    see "> .*$(serial "$1")"
    case $1 in Dee | Ee) set_up "$1" ;; esac
    see "> .*$(serial "$1")"
    press Enter
    enter_pin "$PIN"
    see "$1, this is your key"
    see 'made on the token in this ceremony'
    see 'does not report whether the key is' # OpenSC: at the next login only
    type_first_word
    press Enter
    see "The key of $1 is recorded"
    order out
}
# copies PROGRAM HELPERS: so many copies of the PIN are in the process on the terminal, and in its helpers.
copies() {
    shell=$(t list-panes -t walk -F '#{pane_pid}')
    program=$(pgrep -P "$shell" tuf-ceremony)
    helpers=0
    for helper in $(pgrep -P "$program" || true); do
        helpers=$((helpers + $("$MEMORY_OF" "$helper" "$PIN")))
    done
    found="$("$MEMORY_OF" "$program" "$PIN") $helpers"
    [ "$found" = "$1 $2" ] || { echo "copies of the PIN: $found, not $1 $2" >&2; exit 1; }
}
sh "$STACK_SH" fresh
for name in Alice Bo Chen; do
    order out
    order "in $WORK/$name.image $(serial $name)"
    "$SET_UP" "$STACK_MODULE" "$(serial $name)" "$FACTORY_SO_PIN" "$name" "$PIN"
done
order out

begin_3of5

begin_to_sign Alice
see 'PIN:'
type_in "$PIN"
see '[*]\{6\}'
copies 1 0 # in its locked page
press Enter
see 'Alice signed 2 files: verified and on disk'
order out
copies 0 0

# Bo types a wrong PIN twice; the last try wants words first
begin_to_sign Bo
enter_pin 000000
see 'That did not work'
see 'PIN is wrong'
press Enter
see 'Bo, this is what your token will sign'
see 'a wrong PIN was entered since'
enter_pin 000000
see 'That did not work'
see 'one try is left'
press Enter
see 'one wrong PIN locks this token'
type_in 'last try'
press Enter
see 'Bo, this is what your token will sign'
enter_pin "$PIN"
see 'Bo signed 2 files: verified and on disk'
order out

# Chen's card leaves while it signs the second file, and is put back: the first one counts
begin_to_sign Chen
order 'leave 68 2'
enter_pin "$PIN"
see 'That did not work'
see 'removed\|failed\|gone'
collected 5 # two of Alice, two of Bo, and the first of Chen
press Enter
see 'Chen, please insert\|Chen, this is what'
n=0
until screen | grep -q 'No token is inserted'; do # pcscd looks for cards every now and then only
    n=$((n + 1))
    [ "$n" -lt 600 ] || { echo 'the card that was pulled is still seen' >&2; screen >&2; exit 1; }
    if screen | grep -q 'this is what'; then
        press Escape
        see '> Chen'
        press Enter
    fi
    sleep 0.5
done
insert Chen
see 'Chen, this is what your token will sign'
enter_pin "$PIN"
see 'Chen signed [12] files*: verified and on disk'
collected 6
order out

sign Dee
sign Ee
copies 0 0
end_3of5
