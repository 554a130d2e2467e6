#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tokens are set up, unblocked, given other PINs, by commands, on SoftHSM: tokens.sh PROGRAM
# a real plan wants a machine that is cut off: a network namespace with nothing but loopback
if [ -z "${CUT_OFF:-}" ]; then
    exec env CUT_OFF=1 unshare -r -nm bash -c \
        '{ mount -t sysfs sysfs /sys 2>/dev/null || mount -t tmpfs tmpfs /sys/class/net; } && exec bash "$0" "$@"' "$0" "$@"
fi
PROGRAM=$1
. "$(dirname "$0")/lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)

MODULE=$(find /usr/lib /usr/local/lib /usr/lib64 -name libsofthsm2.so 2>/dev/null | head -n 1)
if [ -z "$MODULE" ]; then
    echo 'SKIPPED: SoftHSM is not installed (package softhsm2)' >&2
    [ -n "${CI:-}" ] && exit 1
    exit 77
fi
mkdir "$WORK/tokens"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nslots.removable = true\n' "$WORK/tokens" >"$WORK/softhsm2.conf"
export SOFTHSM2_CONF=$WORK/softhsm2.conf
secret() { printf %s "$2" >"$WORK/$1"; }
secret so 5318008531800853
secret pin 90210902
secret factory 3537363231383830
secret other 31415926
M=(--module "$MODULE")
tokens() { python3 -c "import json, sys
d = json.load(sys.stdin)
t = [t for t in d['tokens'] if t['label'] == sys.argv[1]]
print(t[0][sys.argv[2]])" "$1" "$2" <<<"$("$PROGRAM" tokens "${M[@]}" --json)"; }

# a new one: PINs are the holder's, no default and no row; then it is there
init=(token-init "${M[@]}" --new-so-pin-source "$WORK/so" --new-pin-source)
refused 13 'factory' - token-init "${M[@]}" --label A --new-so-pin-source "$WORK/factory" --new-pin-source "$WORK/pin"
printf 123456 >"$WORK/row"
refused 13 'row' - "${init[@]}" "$WORK/row" --label A
refused 13 'the same' - "${init[@]}" "$WORK/so" --label A
refused 2 'needs a label' - "${init[@]}" "$WORK/pin"
refused 2 'can.t be made by' - token-init "${M[@]}" --label A --new-so-pin-source "$WORK/so" --make oracle
json '"set up" in d["recorded"]' "${init[@]}" "$WORK/pin" --label A
SERIAL=$(tokens A serial)
URI="pkcs11:serial=$SERIAL"

# what is to be seen of it without a PIN, and of modules that were not loaded
json "d['modules'] == ['$MODULE', '/nowhere.so'] and '/nowhere.so' in d['left_out'][0]" tokens "${M[@]}" --module /nowhere.so
ok tokens "${M[@]}"
grep -q "serial=$SERIAL;token=A" <<<"$OUT" || fail 'no URI'
grep -q 'shows no keys without the PIN' <<<"$OUT" || fail 'it is not said that there are no keys'

# two slots: which one is never guessed
refused 12 '2 tokens are inserted' - token-pin "${M[@]}" --pin-source "$WORK/pin" --new-pin-source "$WORK/other"
ok token-pin "${M[@]}" --token "$URI?pin-source=$WORK/pin" --new-pin-source "$WORK/other"
refused 13 'the PIN is wrong' - token-pin "${M[@]}" --token "$URI" --pin-source "$WORK/pin" --new-pin-source "$WORK/other"
refused 2 'pin-value' - token-pin "${M[@]}" --token "$URI?pin-value=31415926"

# the SO PIN gives a new one
refused 13 'the SO PIN is wrong' - token-unblock "${M[@]}" --token "$URI" --so-pin-source "$WORK/other" --new-pin-source "$WORK/pin"
ok token-unblock "${M[@]}" --token "$URI" --so-pin-source "$WORK/so" --new-pin-source "$WORK/pin"
secret so2 2718281828459045
ok token-pin --so "${M[@]}" --token "$URI" --so-pin-source "$WORK/so" --new-so-pin-source "$WORK/so2"
refused 13 'the SO PIN is wrong' - token-unblock "${M[@]}" --token "$URI" --so-pin-source "$WORK/so" --new-pin-source "$WORK/other"

# destroying needs the serial, and the SO PIN before
again=(token-init "${M[@]}" --token "$URI" --so-pin-source "$WORK/so2" --new-so-pin-source "$WORK/so" --new-pin-source "$WORK/pin")
got=0
setsid "$PROGRAM" "${again[@]}" >"$WORK/out" 2>"$WORK/err" || got=$?
[ "$got" = 2 ] || fail "status $got without a serial"
refused 2 'is not the serial number' - "${again[@]}" --destroy "${SERIAL}0"
secret nonsense 1123581321345589
refused 13 'the SO PIN is wrong' - token-init "${M[@]}" --token "$URI" --so-pin-source "$WORK/nonsense" \
    --new-so-pin-source "$WORK/so" --new-pin-source "$WORK/pin" --destroy "$SERIAL"
[ "$(tokens A serial)" = "$SERIAL" ] || fail 'the token was touched'

# recorded in a ceremony, without a PIN
online_key >"$WORK/online.pem"
D=$WORK/ceremony
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$D"
ok "${again[@]}" --destroy "$SERIAL" --label 'root 4' "$D"
ok transcript "$D"
grep -q 'root 4": set up' <<<"$OUT" || fail 'the transcript does not tell'
[ "$(grep -c '"event":"token-administered"' "$D/journal.jsonl")" = 1 ] || fail 'the journal does not tell'
for p in so so2 pin; do
    ! grep -q "$(cat "$WORK/$p")" "$D/journal.jsonl" || fail 'a PIN is in the journal'
done

# what the plan lets a module reach is warned of, said at readiness, and recorded
refused 2 'no plan that lets' - token-pin "${M[@]}" --network --token "$URI" --pin-source "$WORK/pin" --new-pin-source "$WORK/other"
N=$WORK/networked
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$N"
sed -i 's/"rehearsal":\tfalse/"loopback": "libsofthsm2.so"/' "$N/plan.json"
ok check "$N"
grep -q "'libsofthsm2.so' may open connections to this machine itself" <<<"$OUT" || fail 'no warning'
reach='[c["text"] for c in d["checks"] if c["name"] == "modules"]'
got=0
"$PROGRAM" doctor "$N" "${M[@]}" --json >"$WORK/out" || got=$?
python3 -c "import json, sys; d = json.load(open(sys.argv[1])); sys.exit('nothing can' not in $reach[0])" "$WORK/out" || fail 'not said that nothing can'
"$PROGRAM" doctor "$N" "${M[@]}" --network --record --json >"$WORK/out" || got=$?
python3 -c "import json, sys; d = json.load(open(sys.argv[1])); sys.exit($reach != ['the plan lets connect: libsofthsm2.so to loopback'])" "$WORK/out" || fail 'not said what may connect'
ok transcript "$N"
grep -q 'the plan lets connect: libsofthsm2.so to loopback' <<<"$(tr -s '[:space:]' ' ' <<<"$OUT")" || fail 'the transcript does not tell'

# typed on a terminal: not echoed; of dice and by the machine: shown once, and it is the PIN then
URI="pkcs11:token=root%204"
python3 "$HERE/typed.py" "$PROGRAM" "$MODULE" "$URI" 90210902
