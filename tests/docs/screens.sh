#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The guide shows every golden screen, as it is: screens.sh SOURCE
set -eu
cd "$1"
scripts/guide-screens --check
for golden in tests/ui/golden/*.txt; do
    name=$(basename "$golden" .txt)
    grep -qx "<!-- screen: $name -->" docs/ceremony-guide.md || { echo "the guide does not show '$name'" >&2; exit 1; }
done
