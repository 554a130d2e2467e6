#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A renewal becomes a rotation in the room: Dee leaves and Flo joins, by keys alone; three of the five
# are there. Half-way plan.json is changed by another hand, and the walk asks: plan_edit.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"
VERSION=2
run="$PROGRAM rehearse --preset renew-3of5 $WORK/rehearsal"
plan=$WORK/rehearsal/plan.json

# the plan that was changed, with its new digest
step_changed_plan() {
    see 'This is the plan'
    press Enter
    see 'the plan that everybody agreed on'
    type_first_word
    press Enter
}

start 80 24 "$run"
step_readiness
see 'no key and no threshold changes'
cp "$plan" "$WORK/before.json"
press e
see 'What changes? Nothing is written'
press Down Down Down
see '> Dee  *stays'
press Space Space Space
see '> Dee  *leaves; the old key signs once more'
press Down Down
see 'Somebody joins, by the name of:'
type_in 'Flo'
press Enter
see 'Flo  *joins, with a key that is enrolled here'

# what would lock clients out is not taken
press Up
see '> Flo'
press Up Up Up Up Up
see '> Alice'
press Space Space
see '> Alice  *has lost the key'
press Down Space Space
see '> Bo  *has lost the key'
press Down Space Space
see '> Chen  *has lost the key'
press Down Down Down Down Down Down Down Down Down Down Down Down Down
see '> take this plan'
press Enter
see "clients can't follow"
see 'first-root'
cmp "$plan" "$WORK/before.json"
press Enter
see 'What changes? Nothing is written'
press Escape
see 'no key and no threshold changes'

# once more, and only what is meant
press e
see '> Alice  *stays'
press Down Down Down
see '> Dee'
press Space Space Space
see '> Dee  *leaves'
press Down Down
type_in 'Flo'
press Enter
see 'Flo  *joins'
press Down Down Down Down Down Down Down Down Down
see '> take this plan'
press Enter
see 'The plan is changed'
see 'root and targets: Flo joins'
step_changed_plan
# Alice, Bo, Chen and Flo are here; Dee and Ee are not.
see 'Who is in the room'
press Space Down Space Down Space Down Down Down Space Down
type_in 'Ada'
press Enter
type_in 'Wim'
press Enter
step_enrol Flo
see 'Every keyholder has a key'
press Enter
step_review root
step_review targets
press g
step_sign Alice 2
press Escape
see 'Leave the ceremony'
press Enter
see 'ENDED 0'

# another hand: the title alone voids nothing, another expiry voids what it says
sed -i 's/"title":[[:space:]]*"[^"]*"/"title": "A better title"/' "$plan"
start 80 24 "$run"
see 'The plan has changed since the ceremony began'
see 'Every key and every signature stays valid'
see "stays  Alice's signature of root v2"
press Escape
see 'Leave the ceremony'
press Enter
see 'ENDED 0'
python3 - "$plan" <<'P'
import json, sys
with open(sys.argv[1]) as f:
    plan = json.load(f)
plan["roles"]["root"]["expires"] = "13 months"
with open(sys.argv[1], "w") as f:
    json.dump(plan, f)
P
start 80 24 "$run"
see "VOID   Alice's signature of root v2"
see "stays  Alice's signature of targets v2"
press Enter
see 'the changed plan that everybody agreed on'
type_first_word
press Enter
see 'The change is recorded'
step_readiness
step_changed_plan
see 'Who is in the room'
see '.x. Flo' # as it was called before
press Tab Tab
see 'Enter record'
press Enter
see 'Every keyholder has a key'
press Enter
step_review root
press g
step_sign Alice 2
step_sign Bo 2
step_sign Chen 2
see 'v1 keys  ###  3 of 3  ok'
step_result
"$PROGRAM" verify --trusted-root "$WORK/rehearsal/first/bundle/metadata/1.root.json" "$WORK/rehearsal/bundle.tar"
grep -c '"event":"plan-changed"' "$WORK/rehearsal/journal.jsonl" | grep -qx 2
