#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A ceremony by commands in which one token's maker vouches, and forgers try: attest_ceremony.sh PROGRAM
# The maker is made with OpenSSL's commands alone, in the form of a YubiHSM 2.
PROGRAM=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

# issue NAME SUBJECT ISSUER EXTENSION...: a certificate of NAME.key (or NAME.pub), signed by ISSUER
issue() {
    local name=$1 subject=$2 issuer=$3 public=()
    shift 3
    [ -e "$WORK/$name.key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$WORK/$name.key" 2>/dev/null
    [ ! -e "$WORK/$name.pub" ] || public=(-force_pubkey "$WORK/$name.pub")
    openssl req -new -key "$WORK/$name.key" -subj "/CN=$subject" -out "$WORK/csr"
    printf '%s\n' "$@" >"$WORK/ext"
    if [ "$issuer" = "$name" ]; then
        openssl x509 -req -in "$WORK/csr" -signkey "$WORK/$name.key" -days 3650 -extfile "$WORK/ext" -out "$WORK/$name.pem" 2>/dev/null
    else
        openssl x509 -req -in "$WORK/csr" "${public[@]}" -CA "$WORK/$issuer.pem" -CAkey "$WORK/$issuer.key" -set_serial 4711 \
            -days 3650 -extfile "$WORK/ext" -out "$WORK/$name.pem" 2>/dev/null
    fi
}
arc=1.3.6.1.4.1.41482.4
# attest NAME ORIGIN: the attestation of NAME.pub
attest() {
    issue "$1" 'YubiHSM Attestation id:0x0003' device "$arc.1=DER:0403020401" "$arc.2=DER:020400c96c4d" "$arc.3=DER:030200$2" \
        "$arc.5=DER:0309000000000000000080"
}
issue root 'Maker Root' root 'basicConstraints=critical,CA:TRUE'
issue device 'YubiHSM Attestation (13200461)' root 'basicConstraints=critical,CA:TRUE'
pin=$(openssl x509 -in "$WORK/root.pem" -outform DER | sha256sum | cut -d ' ' -f 1)

online_key >"$WORK/online.pem"
D=$WORK/ceremony
ok new --preset root-2of4 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$D"
sed -i "s/\"rehearsal\":\tfalse/\"rehearsal\":\ttrue, \"attestation_roots\": [\"$pin\"]/" "$D/plan.json"
ok check "$D"
grep -q 'its certificate is not there' <<<"$OUT" || fail 'a pin without its certificate is not noticed'
mkdir "$D/inputs/vendor-roots"
cp "$WORK/root.pem" "$D/inputs/vendor-roots/"
ok check "$D"
grep -q "own root ${pin:0:16}" <<<"$OUT" || fail 'the plan does not show its own root'
ok doctor "$D" --record
ok check "$D"
ok accept "$D" --date "$(date -u +%Y-%m-%d)" --word "$(first_word)"
ok roll-call "$D" Alice Bo Chen Dee --administrator Ada

rehearsal_pin Alice >"$WORK/pin"
existing=(enrol "$D" Alice --key pkcs11:object=REHEARSAL%20tuf%20root%20Alice --accept --pin-source "$WORK/pin")
ok enrol "$D" Alice --accept --pin-source "$WORK/pin"
grep -q 'no maker vouches' <<<"$OUT" || fail 'it is not said that nobody vouches'
ok withdraw "$D" Alice
python3 - "$D/journal.jsonl" >"$WORK/good.pub" <<'END'
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "key-enrolled":
        print(event["data"]["key"]["keyval"]["public"], end="")
END

# forgeries: nothing is recorded
cp "$WORK/good.pub" "$WORK/imported.pub"
attest imported 02
refused 8 'IMPORTED' - "${existing[@]}" --attestation "$WORK/imported.pem"
online_key >"$WORK/other.pub"
attest other 01
refused 8 'ANOTHER key' - "${existing[@]}" --attestation "$WORK/other.pem"
refused 3 'no file of certificates' - "${existing[@]}" --attestation "$0"
json 'not any(k.get("holder") == "Alice" and k.get("keyid") for k in d.get("keys", []))' status "$D"

# the true one
attest good 01
cat "$WORK/good.pem" "$WORK/device.pem" >"$WORK/chain.pem"
ok "${existing[@]}" --attestation "$WORK/chain.pem"
grep -q "own root ${pin:0:16}.* vouches: made on YubiHSM 2 13200461, and not exportable" <<<"$OUT" || fail 'it is not said who vouches'
for name in Bo Chen Dee; do
    rehearsal_pin "$name" >"$WORK/pin"
    ok enrol "$D" "$name" --accept --pin-source "$WORK/pin"
done
for role in root targets; do
    ok review "$D" "$role"
    ok review "$D" "$role" --accept "$(first_word)"
done
for name in Alice Bo; do
    rehearsal_pin "$name" >"$WORK/pin"
    ok sign "$D" "$name" --pin-source "$WORK/pin"
done
ok bundle "$D"

# what an auditor finds in the bundle, with this program and without it
cd "$D/bundle/keys"
[ "$(ls -- *.attestation.pem)" = "$(ls -- *.attestation.*)" ] || fail 'there is more than one attestation'
attestation=$(ls -- *.attestation.pem)
keyid=${attestation%.attestation.pem}
openssl verify -CAfile "$WORK/root.pem" -untrusted "$attestation" "$attestation" >/dev/null || fail 'OpenSSL does not agree'
openssl x509 -in "$attestation" -noout -pubkey | cmp - "$keyid.pem" || fail 'the attested key is another one'
json "d['vouches'] and d['keyid'] == '$keyid'" attest "$attestation" --pin "$pin" --key "$keyid.pem"
python3 - <<'END' || fail 'the records of the keys say something else'
import glob, json, sys
records = [json.load(open(name)) for name in glob.glob("*.json")]
vouched = [record["holder"] for record in records if record["attestation"] and record["attestation"]["vouches"]]
sys.exit(0 if vouched == ["Alice"] and len(records) == 4 else 1)
END
grep -q 'attestation: YubiHSM 2 13200461, firmware 2.4.1' ../transcript.txt || fail 'the transcript does not have the attestation'
[ "$(grep -c 'no attestation: no maker vouches' ../transcript.txt)" = 3 ] || fail 'the transcript does not say of whom nobody vouches'
