#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One sitting: two keyholders sign root, targets and thousands of bins on SoftHSM, killed at random and
# started again. What was told is on disk, every file is signed, none twice: sitting.sh PROGRAM [BINS [KILLS]]
PROGRAM=$1
BINS=${2:-16384}
KILLS=${3:-12}
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"
D=$WORK/sitting
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-} # stdbuf comes first in an instrumented program

signatures() { grep -c '"event":"signature"' "$D/journal.jsonl" || true; }

signatures_of() { grep '"event":"signature"' "$D/journal.jsonl" | grep -c "\"holder\":\"$1\"" || true; }

# What was told of a run that was killed: never more than is on disk since it began.
told_is_on_disk() {
    local told now
    told=$(grep -c '^signed, verified, on disk: ' "$WORK/told" || true)
    now=$(signatures)
    [ $((now - BEFORE)) -ge "$told" ] || fail "told of $told, on disk are $((now - BEFORE))"
}

# sitting NAME KILLS: until all is signed, after so many kills
sitting() {
    local left=$2 status
    rehearsal_pin "$1" >"$WORK/pin"
    while :; do
        BEFORE=$(signatures)
        status=0
        if [ "$left" -gt 0 ]; then
            delay=$(od -An -N2 -tu2 /dev/urandom | awk -v whole="$WHOLE" '{ printf "%.3f", 0.01 + $1 / 65535 * whole }')
            timeout -s KILL "$delay" stdbuf -oL "$PROGRAM" sign "$D" "$1" --pin-source "$WORK/pin" >"$WORK/told" 2>"$WORK/err" || status=$?
        else
            "$PROGRAM" sign "$D" "$1" --pin-source "$WORK/pin" >"$WORK/told" 2>"$WORK/err" || status=$?
        fi
        told_is_on_disk
        [ "$status" = 0 ] && break
        # killed between the last signature and its end
        [ "$status" = 7 ] && [ "$(signatures_of "$1")" = $((BINS + 2)) ] && break
        [ "$status" = 137 ] || { cat "$WORK/err" >&2; fail "$1's turn ended with status $status"; }
        left=$((left - 1))
    done
}

online_key >"$WORK/online.pem"
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo \
    --keyholder Chen --keyholder Dee "$D"
python3 - "$D/plan.json" "$BINS" <<'PLAN'
import json, sys
plan = json.load(open(sys.argv[1]))
plan["rehearsal"] = True
plan["delegations"] = [{"name": "bin-{bin}", "bins": int(sys.argv[2]), "same_keys_as": "root", "threshold": 2,
                        "expires": "1 year"}]
plan["sign"] += ["bin-{bin}"]
json.dump(plan, open(sys.argv[1], "w"))
PLAN
ok doctor "$D" --record
ok check "$D"
WORD=$(first_word)
ok accept "$D" --date "$(date -u +%Y-%m-%d)" --word "$WORD"
ok roll-call "$D" Alice Bo Chen Dee --administrator Ada
for name in Alice Bo Chen Dee; do
    rehearsal_pin "$name" >"$WORK/pin"
    ok enrol "$D" "$name" --accept --pin-source "$WORK/pin"
done
for role in root targets 'bin-{bin}'; do
    ok review "$D" "$role"
    ok review "$D" "$role" --accept "$(first_word)"
done

# a whole turn takes about this long; kills fall into it
begin=$(date +%s%N)
sitting Alice 0
WHOLE=$(awk -v t=$(($(date +%s%N) - begin)) 'BEGIN { printf "%.3f", t / 1e9 }')
echo "Alice signed $(signatures) files in $WHOLE s, commands and checks included"
sitting Bo "$KILLS"
json 'd["complete"] is True' status "$D"
python3 - "$D/journal.jsonl" "$BINS" <<'COUNT'
import collections, json, sys
events = (json.loads(line) for line in open(sys.argv[1]))
times = collections.Counter((e["data"]["role"], e["data"]["keyid"]) for e in events if e["event"] == "signature")
assert len(times) == 2 * (int(sys.argv[2]) + 2), len(times)
assert set(times.values()) == {1}, "signed twice"
COUNT
ok bundle "$D"
ok verify --trusted-root "$D/bundle/metadata/1.root.json" "$D/bundle.tar"
echo "every file is signed once by each, after $KILLS kills"
