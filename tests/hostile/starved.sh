#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Out of memory at each allocation of each command, or at each EVERYth: starved.sh STARVED [EVERY]
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
python3 "$(dirname "$0")/starved.py" "$(realpath "$1")" "$WORK" "${2:-1}"
