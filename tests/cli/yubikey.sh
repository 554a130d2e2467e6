#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the commands do with YubiKeys (virtual ones, through pcscd and the real ykcs11): a one-time key is refused before
# it is made, a management key of the kind AES, a certificate without a key (refused), and an attestation by a root that is pinned.
# Inside `stack.sh enter yubikey`: yubikey.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
MANAGEMENT_KEY=010203040506070801020304050607080102030405060708
M=(--module "$STACK_MODULE")
order() { sh "$STACK_SH" order 0 "$1"; }
said() { tr -s '[:space:]' ' ' <<<"$OUT" | grep -q -- "$1" || fail "not said: $1 in $OUT"; }

printf 123456 >"$WORK/factory.pin"
printf 730518 >"$WORK/pin"
printf %s $MANAGEMENT_KEY >"$WORK/so"
order 'version 5.7.1'
order "in $WORK/Alice.image 15000001"
ok token-pin "${M[@]}" --pin-source "$WORK/factory.pin" --new-pin-source "$WORK/pin"

# the maker's root: that of all virtual ones; its first key makes it
D=$WORK/ceremony
online_key >"$WORK/online.pem"
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$D"
pin=$(openssl x509 -in "$WORK/yubikey-root.pem" -outform DER | sha256sum | cut -d ' ' -f 1)
tr -d '\n\t' <"$D/plan.json" | sed "s/\"rehearsal\":false/\"rehearsal\":false,\"attestation_roots\":[\"$pin\"]/
s/\"same_keys_as\":\"root\",\"threshold\":2/\"keyholders\":[\"Alice\",\"Bo\"],\"threshold\":2,\"one_time\":true/" >"$WORK/plan"
cp "$WORK/plan" "$D/plan.json"
mkdir -p "$D/inputs/vendor-roots"
openssl x509 -in "$WORK/yubikey-root.pem" -out "$D/inputs/vendor-roots/yubikey-root.pem" # without its key
ok doctor "$D" --record
ok check "$D"
word=$(first_word)
ok accept "$D" --date "$(date -u +%Y-%m-%d)" --word "$word"
ok roll-call "$D" Alice Bo Chen Dee --administrator Ada --witness Wim
# the first seat of Alice is root's, the second that of targets, which signs once
enrol=(enrol "$D" Alice "${M[@]}" --pin-source "$WORK/pin")
ok "${enrol[@]}" --so-pin-source "$WORK/so" --accept
said "own root ${pin:0:16}"
grep -q '"event":"key-enrolled"' "$D/journal.jsonl" || fail 'no key was enrolled'
made=$(grep -c '"event":"key-generating"' "$D/journal.jsonl")
refused 12 "can't destroy a key" "$D" "${enrol[@]}" --so-pin-source "$WORK/so" --accept
[ "$(grep -c '"event":"key-generating"' "$D/journal.jsonl")" = "$made" ] || fail 'a key was begun'
order out

# firmware 5.7 leaves the factory with a management key of the kind AES, which this module does not know
order aes
order "in $WORK/Bo.image 15000002"
ok token-pin "${M[@]}" --pin-source "$WORK/factory.pin" --new-pin-source "$WORK/pin"
refused 13 'AES' "$D" enrol "$D" Bo "${M[@]}" --pin-source "$WORK/pin" --so-pin-source "$WORK/so" --accept
json 'd["tokens"][0]["pin"] == "PIN in order"' tokens "${M[@]}"
order out

# a certificate alone looks like an imported key: refused, before the PIN where the key is named by its slot
order clear
order "in $WORK/Chen.image 15000003"
order 'certificate 9a'
ok token-pin "${M[@]}" --pin-source "$WORK/factory.pin" --new-pin-source "$WORK/pin"
refused 8 'nothing shows that the private key is on the token' "$D" enrol "$D" Chen "${M[@]}" --pin-source "$WORK/no-such-pin" --key pkcs11:id=%01 --accept
refused 8 'nothing shows that the private key is on the token' "$D" enrol "$D" Chen "${M[@]}" --pin-source "$WORK/pin" --key 'pkcs11:object=Private%20key%20for%20PIV%20Authentication' --accept
order 'import 9c'
refused 8 'before the PIN' "$D" enrol "$D" Chen "${M[@]}" --pin-source "$WORK/no-such-pin" --key pkcs11:id=%02 --accept
# a key that is made on it is enrolled all the same
ok "${enrol[@]/Alice/Chen}" --so-pin-source "$WORK/so" --accept
