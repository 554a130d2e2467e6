#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Walks an emergency by keys alone: two tokens are lost and the online key is stolen, so all three
# who are left must sign; one of them types a wrong PIN first: emergency.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"
VERSION=2

start 100 30 "$PROGRAM" rehearse --preset emergency-3of5 "$WORK/rehearsal"
step_readiness
see 'root and targets: Dee has lost the key in force'
see "snapshot and timestamp: online key 'online' comes"
step_plan
step_roll_call 5
step_enrol Dee
step_enrol Ee
see 'Every keyholder has a key'
press Enter
step_review root
step_review targets
press g
see 'v1 keys  \.\.\.  0 of 3  still needs 3 of Alice, Bo, Chen'
see '> Alice'
press Enter
see 'Alice, please insert your token'
press i
see 'REHEARSAL: the PIN is'
type_in 000000
press Enter
see 'PIN'
see 'wrong'
press Enter
step_pin
see 'Alice signed 2 files: verified and on disk'
step_sign Bo 2
step_sign Chen 2
see 'v1 keys  ###  3 of 3  ok'
see 'v2 keys  ###  3 of 3  ok'
step_sign Dee 2
step_sign Ee 2
step_result
"$PROGRAM" verify --trusted-root "$WORK/rehearsal/first/bundle/metadata/1.root.json" "$WORK/rehearsal/bundle.tar"
