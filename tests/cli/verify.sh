#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An auditor's 'verify': every file of a folder, a bundle or a tar is accounted for: verify.sh PROGRAM
PROGRAM=$(realpath "$1")
HERE=$(dirname "$(realpath "$0")")
# shellcheck source=tests/cli/lib.sh
. "$HERE/lib.sh"

# A bundle, whole, as a folder and as a tar; a changed byte, a file too many or too few is named
ok rehearse --unattended --preset root-2of4 "$WORK/first"
cp "$WORK/first/bundle/metadata/1.root.json" "$WORK/root.json"
V=(verify --trusted-root "$WORK/root.json")
for path in bundle bundle.tar; do
    json 'd["accepted"] and d["bundle"]["made_again"] and d["counts"]["faults"] == 0 and d["counts"]["not_asked"] == 0' \
        "${V[@]}" "$WORK/first/$path"
    ok "${V[@]}" "$WORK/first/$path"
    grep -q "root v1 from '$WORK/root.json'" <<<"$OUT" || fail 'the trusted root is not named'
    grep -q "$(sha256sum <"$WORK/root.json" | cut -c 1-64)" <<<"$OUT" || fail "no digest of the trusted root's file"
    grep -q "$(sha256sum <"$WORK/first/bundle/manifest.json" | sed 's/\(....\)\(....\)\(....\)\(....\).*/\1 \2 \3 \4/')" <<<"$OUT" ||
        fail 'no digest of the manifest to compare with paper'
done
python3 "$HERE/verify_bytes.py" "$PROGRAM" "$WORK/root.json" "$WORK/first" "$WORK/bytes"

# A bundle of a program that did not put the plan into it
cp -r "$WORK/first/bundle" "$WORK/old"
rm -r "$WORK/old/plan.json" "$WORK/old/inputs"
python3 - "$WORK/old/manifest.json" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
d["files"] = {n: h for n, h in d["files"].items() if n != "plan.json" and not n.startswith("inputs/")}
json.dump(d, open(sys.argv[1], "w"))
P
json 'not d["bundle"]["made_again"] and "does not hold its plan" in d["bundle"]["note"]' "${V[@]}" "$WORK/old"

# 7: empty, or a part; never "accepted"
mkdir "$WORK/empty"
refused 7 'no metadata' "$WORK/empty" "${V[@]}" "$WORK/empty"
cp -r "$WORK/first/bundle/metadata" "$WORK/part"
refused 7 'part of a repository' "$WORK/part" "${V[@]}" "$WORK/part"
if grep -q 'accepted": *true' "$WORK/out" && ! grep -q 'complete": *false' "$WORK/out"; then fail 'a part is called complete'; fi
