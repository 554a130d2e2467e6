#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a benchmark before all else on the machine, with the daemons that it starts: first.sh COMMAND...
#
# Whoever may not do so (only root may) measures what else the machine does, too.
set -eu
if chrt -r 1 true 2>/dev/null; then
    exec chrt -r 1 "$@"
fi
exec "$@"
