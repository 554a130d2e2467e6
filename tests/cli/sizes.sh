#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hostile sizes take time in proportion to their bytes, or are refused by their limit: sizes.sh PROGRAM
PROGRAM=$(realpath "$1")
HERE=$(dirname "$(realpath "$0")")
# shellcheck source=tests/cli/lib.sh
. "$HERE/lib.sh"

python3 "$HERE/sizes.py" "$PROGRAM" "$WORK" || fail 'a size'
