#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Resizes, asks for help, goes back, types wrong things, takes a key back, is killed in the middle, and
# still comes to the end: back.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"
run="$PROGRAM rehearse --preset root-2of4 $WORK/rehearsal"

# what is printed on leaving goes on in the same way, also through a shell
PATH=$WORK:$PATH
mkdir "$WORK/the stick's"
start 80 24 "$PROGRAM rehearse --preset root-2of4 --ascii --to \"$WORK/the stick's\" \"$WORK/a rehearsal\""
see 'Clock plausible' # Esc before that gives up waiting for the token software
press Escape
see 'Leave the ceremony for now'
press Enter
see 'ENDED 0'
again=$(printed 'Continue with')
[ "$again" = "tuf-ceremony rehearse --preset root-2of4 --ascii --to '$WORK/the stick'\\''s' '$WORK/a rehearsal'" ] ||
    { echo "not what was started: $again" >&2; exit 1; }
start 80 24 "$again"
see 'Is this machine fit'

start 80 24 "$run"
see 'Clock plausible'
t resize-window -t walk -x 60 -y 20
see 'Make it 80x24 or larger'
press Enter Escape c # nothing can be read here, and no key does anything
t resize-window -t walk -x 120 -y 40
see 'Is this machine fit'
press '?'
see 'Help: Readiness'
press Enter
see 'Is this machine fit'
press Enter
see "today's date"
type_in 'tomorrow'
press Enter
see "what   'tomorrow' is no date"
press Enter
type_in '2031-01-01'
press Enter
see 'days from this machine'
press Escape
see 'Is this machine fit'
step_readiness
see 'This is the plan'
press Enter
see 'the plan that everybody was sent'
type_in 'nonsense'
press Enter
see "'nonsense' is not the first word"
press Enter
see 'the plan that everybody was sent'
press Escape
see 'This is the plan'
press b
see 'Is this machine fit'
step_readiness
step_plan
step_roll_call 4
see 'Whose key is made next'
press b
see 'Who is in the room'
press Up Up Up Up Up Up
press b
see 'This is the plan'
press Enter
see 'Who is in the room'
see 'Administrator\|administrator: Ada'
press Tab Tab
press Enter
step_enrol Alice
press Up
see '> ok Alice'
press x
see 'type the word withdraw'
type_in withdraw
press Enter
see 'The key of Alice is taken back'
see '> .*Alice  root, no key yet'
press Enter
see 'please insert your token'
press i
see '> SoftHSM'
press Enter
see 'REHEARSAL: the PIN is'
type_in 000000
press Enter
see 'That did not work'
see 'PIN'
press Enter
see '> SoftHSM'
press Enter
step_pin
see 'there are keys on your token'
press Down
press Enter
see 'Alice, this is your key'
type_first_word
press Enter
see 'The key of Alice is recorded'
t resize-window -t walk -x 80 -y 24
for name in Bo Chen Dee; do step_enrol "$name"; done
press Enter
step_review root
step_review targets
press g
step_sign Alice

# killed while Bo is about to sign
press Enter
see 'Bo, please insert your token'
pid=$(t list-panes -t walk -F '#{pane_pid}')
child=$(ps -o pid= --ppid "$pid" | head -n 1)
kill -9 "$child"
see 'ENDED 137'
start 80 24 "$run"
step_resume
see 'Whose signature next'
see 'Alice .*has signed everything'
press Escape
see 'Leave the ceremony for now'
press Enter
see 'What was shown as done is on disk'
start 100 30 "$run"
step_resume
see 'Whose signature next'
for name in Bo Chen Dee; do step_sign "$name"; done
step_result
"$PROGRAM" verify --trusted-root "$WORK/rehearsal/bundle/metadata/1.root.json" "$WORK/rehearsal/bundle.tar"
