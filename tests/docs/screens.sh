#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The gallery shows every golden screen, and each page shows them as they are: screens.sh SOURCE
set -eu
cd "$1"
scripts/guide-screens --check
for golden in tests/ui/golden/*.txt; do
    name=$(basename "$golden" .txt)
    grep -qx "<!-- screen: $name -->" docs/screens.md || { echo "docs/screens.md does not show '$name'" >&2; exit 1; }
done
