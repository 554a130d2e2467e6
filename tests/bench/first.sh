#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a benchmark before all else on the machine, with the daemons that it starts: first.sh COMMAND...
#
# Beside it, each processor has a loop that gets only what nobody else wants: a processor that sleeps between
# two messages takes longer to wake than the token takes to sign. Whoever may not go first (only root may)
# measures what else the machine does, too.
set -eu
loops=
trap 'kill $loops 2>/dev/null || true' EXIT
for _ in $(seq "$(nproc)"); do
    chrt -i 0 sh -c 'while :; do :; done' &
    loops="$loops $!"
done
first=
! chrt -r 1 true 2>/dev/null || first='chrt -r 1'
$first "$@"
