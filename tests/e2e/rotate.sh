#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Walks a rotation by keys alone: Dee leaves, Flo joins, the online key is swapped, and only some are
# in the room: rotate.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"
VERSION=2

start 80 24 "$PROGRAM" rehearse --preset rotate-3of5 "$WORK/rehearsal"
step_readiness
see 'This is the plan'
see 'root and targets: Flo joins'
see 'root and targets: the key of Dee goes'
step_plan
# Alice, Chen, Dee and Flo are here; Bo and Ee are not.
see 'Who is in the room'
press Space Down Down Space Down Space Down Down Space Down
type_in 'Ada'
press Enter
type_in 'Wim'
press Enter
step_enrol Flo
see 'Every keyholder has a key'
press Enter
see '> .*root, version 2, not looked at yet'
press Enter
see 'What changes against version 1'
see "root: Dee's key .* goes"
see "root: Flo's key .* comes"
press Escape
step_review root
step_review targets
press g
see 'v1 keys  \.\.\.  0 of 3'
see 'v2 keys  \.\.\.  0 of 3'
step_sign Alice 2
see 'v1 keys  #\.\.  1 of 3  still needs 2 of Bo'
see 'v2 keys  #\.\.  1 of 3  still needs'
step_sign Chen 2
step_sign Dee 1
see 'v1 keys  ###  3 of 3  ok'
see 'v2 keys  ##\.  2 of 3  still needs'
step_sign Flo 2
see 'v2 keys  ###  3 of 3  ok'
step_result
"$PROGRAM" verify --trusted-root "$WORK/rehearsal/first/bundle/metadata/1.root.json" "$WORK/rehearsal/bundle.tar"
