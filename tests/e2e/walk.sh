#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Walks a whole rehearsal by keys alone: walk.sh PROGRAM PRESET HOLDER...
PROGRAM=$1
PRESET=$2
shift 2
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"

start 80 24 "$PROGRAM" rehearse --preset "$PRESET" "$WORK/rehearsal"
step_readiness
step_plan
step_roll_call $#
for name in "$@"; do step_enrol "$name"; done
see 'Every keyholder has a key'
press Enter
step_review root
step_review targets
press g
for name in "$@"; do step_sign "$name"; done
step_result
"$PROGRAM" verify --trusted-root "$WORK/rehearsal/bundle/metadata/1.root.json" "$WORK/rehearsal/bundle.tar"
