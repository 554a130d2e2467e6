#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide's trees of PEP 458 and PEP 480, by its own commands: ceremonies are held, the online side signs what is
# its own, and on a plain web server tuf-js finds files, and refuses one signature too few: trees.sh PROGRAM
PROGRAM=$1
TOP=$(cd "$(dirname "$0")/../.." && pwd)
GUIDE=$TOP/docs/delegations.md
CLIENTS=$TOP/tests/clients
. "$TOP/tests/cli/lib.sh"
. "$TOP/tests/docs/blocks.sh"
SERVER=
trap '[ -z "$SERVER" ] || kill "$SERVER"; rm -rf "$WORK"' EXIT
need
cd "$WORK"
ROOT=pypi-root-2026/bundle/metadata/1.root.json
ONLINE=pypi-root-2026/REHEARSAL-online-private.pem
# bin_of PATH BITS: its bin, of 2^BITS
bin_of() { python3 -c 'import hashlib, sys
bits = int(sys.argv[2])
n = int(hashlib.sha256(sys.argv[1].encode()).hexdigest()[:4], 16) >> (16 - bits)
print("bin-%0*x" % ((bits + 3) // 4, n))' "$1" "$2"; }

is() { # ANSWER PATH
    answer=$(finds "$ROOT" "$2")
    # shellcheck disable=SC2254 # a pattern
    case $answer in $1) ;; *) fail "$2: '$answer' is not '$1'" ;; esac
}

# repository NAME CEREMONY...: the bundles side by side; $ENTRIES
repository() {
    local to=$1 dir
    shift
    mkdir "$to"
    ENTRIES=
    for dir in pypi-root-2026 "$@"; do
        cp -r "$dir/bundle/metadata/." "$to"
        ENTRIES=$ENTRIES${ENTRIES:+,}$dir/bundle/snapshot-entries.json
    done
}

# too_few REPOSITORY FILE: it loses all signatures but one
too_few() {
    python3 - "$1/$2" <<'CUT'
import json, sys
metadata = json.load(open(sys.argv[1]))
metadata["signatures"] = metadata["signatures"][:1]
json.dump(metadata, open(sys.argv[1], "w"))
CUT
}

# unlisted REPOSITORY ROLE VERSION: its entry without length and hashes, so that only signatures tell
unlisted() {
    python3 -c 'import json, sys
json.dump({sys.argv[1] + ".json": {"version": int(sys.argv[2])}}, sys.stdout)' "$1" "$2" >entry.json
}

ok rehearse --unattended pypi-root-2026
cp pypi-root-2026/inputs/online.pem .
for name in django-1 django-2 django-3; do developer "$name"; done

# bins: two keyholders, both sign
guide_run pep458
said 'bins        is signed by both Anna, Boris'
said '16384 bins by hash prefix, delegated by bins'
sed -i 's/16384/1024/' pypi-bins-2026/plan.json # client_tuf_js_many_bins has them all
ok rehearse --unattended pypi-bins-2026
repository bins pypi-bins-2026
FILE=files/django/django-6.whl OTHER=files/six/six-1.whl
bins=("$(bin_of "$FILE" 10)=$FILE=$ONLINE")
publish bins "$ONLINE" "$ENTRIES" "${bins[@]}"
serve bins
is found "$FILE"
unlisted bins 1
too_few bins 1.bins.json
publish bins "$ONLINE" "$ENTRIES,entry.json" "${bins[@]}"
is 'refused: *bins was signed by 1/2 keys*' "$FILE"
kill "$SERVER"

# claimed projects
guide_file claimed.csv
guide_run pep480
said 'claimed: projects: 1 comes'
said 'unclaimed   is signed by any 2 of Anna, Boris, Carla'
sed -i 's/16384/256/' pypi-claimed-2026/plan.json # and so here
ok rehearse --unattended pypi-claimed-2026
repository claimed pypi-claimed-2026
roles=("recently-claimed==$ONLINE" "$(bin_of "$OTHER" 8)=$OTHER=$ONLINE")
publish claimed "$ONLINE" "$ENTRIES" "claimed/django=$FILE=django-1.key,django-3.key" "${roles[@]}"
serve claimed
is found "$FILE"
is found "$OTHER"
ok inspect --path "$FILE" claimed
grep -q claimed/django <<<"$OUT" || fail 'inspect does not name the project'
publish claimed "$ONLINE" "$ENTRIES" "claimed/django=$FILE=django-1.key" "${roles[@]}"
is 'refused: *claimed/django was signed by 1/2 keys*' "$FILE"
unlisted claimed 1
too_few claimed 1.claimed.json
publish claimed "$ONLINE" "$ENTRIES,entry.json" "claimed/django=$FILE=django-1.key,django-3.key" "${roles[@]}"
is 'refused: *claimed was signed by 1/2 keys*' "$FILE"
kill "$SERVER"

# a month later: claimed alone, and its projects stay
guide_run pep480-month
said 'claimed     is signed by any 2 of Anna, Boris, Carla'
ok rehearse --unattended pypi-claimed-2027
[ "$(cd pypi-claimed-2027/bundle/metadata && echo *)" = 2.claimed.json ] || fail 'more than claimed is signed'
repository month pypi-claimed-2026 pypi-claimed-2027
publish month "$ONLINE" "$ENTRIES" "claimed/django=$FILE=django-2.key,django-3.key" "${roles[@]}"
serve month
is found "$FILE"
is found "$OTHER"
