#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A TPM that is reached over loopback, as real modules reach it: by the plan and --network, and not
# without either: network.sh PROGRAM
# a real plan wants a machine that is cut off: a network namespace with nothing but loopback
if [ -z "${CUT_OFF:-}" ]; then
    exec env CUT_OFF=1 unshare -r -nm bash -c \
        '{ mount -t sysfs sysfs /sys 2>/dev/null || mount -t tmpfs tmpfs /sys/class/net; } && ip link set lo up && exec bash "$0" "$@"' "$0" "$@"
fi
PROGRAM=$1
. "$(dirname "$0")/lib.sh"

MODULE=$(find /usr/lib /usr/local/lib /usr/lib64 -name 'libtpm2_pkcs11.so*' 2>/dev/null | head -n 1)
if [ -z "$MODULE" ] || ! command -v swtpm >/dev/null || [ -z "$(find /usr/lib /usr/local/lib -name 'libtss2-tcti-swtpm.so*' 2>/dev/null)" ]; then
    echo 'SKIPPED: no TPM (packages swtpm, libtpm2-pkcs11-1, libtss2-tcti-swtpm0)' >&2
    [ -n "${CI:-}" ] && exit 1
    exit 77
fi
mkdir "$WORK/state" "$WORK/store"
PORT=$(python3 -c 'import socket
while True:
    a, b = socket.socket(), socket.socket()
    a.bind(("127.0.0.1", 0))
    try:
        b.bind(("127.0.0.1", a.getsockname()[1] + 1))
    except OSError:
        continue
    print(a.getsockname()[1])
    break')
swtpm socket --tpm2 --tpmstate dir="$WORK/state" --server type=tcp,port="$PORT",bindaddr=127.0.0.1 \
    --ctrl type=tcp,port=$((PORT + 1)),bindaddr=127.0.0.1 --flags not-need-init,startup-clear &
SWTPM=$!
trap 'kill $SWTPM 2>/dev/null; wait $SWTPM 2>/dev/null; rm -rf "$WORK"' EXIT
for _ in $(seq 3000); do
    (exec 6<>"/dev/tcp/127.0.0.1/$((PORT + 1))") 2>/dev/null && break
    sleep 0.1
done
export TPM2_PKCS11_TCTI=swtpm:host=127.0.0.1,port=$PORT TPM2_PKCS11_STORE=$WORK/store TPM2_PKCS11_LOG_LEVEL=0
printf 5318008531800853 >"$WORK/so"
printf 90210902 >"$WORK/pin"
printf 31415926 >"$WORK/other"

plan() { # plan FOLDER MODULE
    ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$1"
    sed -i "s|\"rehearsal\":\tfalse|\"loopback\": \"$2\"|" "$1/plan.json"
}
online_key >"$WORK/online.pem"
plan "$WORK/allowed" "$(basename "$MODULE")"
plan "$WORK/another" libsofthsm2.so
shut_off='not d["tokens"] and "initialised" in "".join(d["left_out"])'
json "$shut_off" tokens --module "$MODULE"
json "$shut_off" tokens "$WORK/allowed" --module "$MODULE"
json "$shut_off" tokens "$WORK/another" --network --module "$MODULE"

D=$WORK/allowed
json 'len(d["tokens"]) == 1' tokens "$D" --network --module "$MODULE"
ok token-init "$D" --network --module "$MODULE" --label 'tpm 1' --new-so-pin-source "$WORK/so" --new-pin-source "$WORK/pin"
URI=pkcs11:token=tpm%201
refused 13 'the PIN is wrong' - token-pin "$D" --network --module "$MODULE" --token "$URI" --pin-source "$WORK/other" --new-pin-source "$WORK/pin"
[ "$(grep -c '"event":"pin-refused"' "$D/journal.jsonl")" = 2 ] || fail 'the refused PINs are not recorded'
ok token-pin "$D" --network --module "$MODULE" --token "$URI" --pin-source "$WORK/pin" --new-pin-source "$WORK/other"
ok token-unblock "$D" --network --module "$MODULE" --token "$URI" --so-pin-source "$WORK/so" --new-pin-source "$WORK/pin"
[ "$(grep -c '"event":"token-administered"' "$D/journal.jsonl")" = 3 ] || fail 'the journal does not tell'
