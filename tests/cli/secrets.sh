#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private key is found in whatever a plan reads, before anything is made of it; and what a plan's keys can't do at a
# token is refused by 'check': secrets.sh PROGRAM
PROGRAM=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

private() { openssl genpkey "$@" 2>/dev/null; }
EC=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
RSA=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)
private "${EC[@]}" >"$WORK/ec.key"
private "${RSA[@]}" >"$WORK/rsa.key"
private -algorithm ED25519 >"$WORK/ed.key"
openssl pkey -in "$WORK/ec.key" -traditional >"$WORK/sec1.key"
openssl pkey -in "$WORK/rsa.key" -traditional >"$WORK/pkcs1.key"
openssl pkey -in "$WORK/ec.key" -outform DER >"$WORK/der.key"
openssl pkey -in "$WORK/ec.key" -aes256 -passout pass:x >"$WORK/encrypted.key"
openssl pkey -in "$WORK/ec.key" -pubout >"$WORK/online.pem"
printf -- "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n" >"$WORK/ssh.key"
sed 's/OPENSSH/DSA/' "$WORK/ssh.key" >"$WORK/dsa.key"
people=(--keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee)
D=$WORK/ceremony
ok new --preset root-2of4 --online-key "$WORK/online.pem" "${people[@]}" "$D"

# new, and every command that reads the plan's key files
for key in ec rsa ed sec1 pkcs1 encrypted ssh dsa der; do
    refused 16 'private key' - new --preset root-2of4 --online-key "$WORK/$key.key" "${people[@]}" "$WORK/x"
    [ ! -e "$WORK/x" ] || fail 'a folder is left'
    cp "$WORK/$key.key" "$D/inputs/online.pem"
    refused 16 'private key' "$D" check "$D"
    refused 16 'private key' "$D" review "$D"
done
cp "$WORK/online.pem" "$D/inputs/online.pem"
ok check "$D"

# in plan.json itself
plan() { # PYTHON: changes the plan `d`
    python3 - "$D/plan.json" "$WORK/ec.key" "$1" <<'P'
import json, sys
path, key, what = sys.argv[1:]
d = json.load(open(path))
exec(what)
json.dump(d, open(path, "w"))
P
}
cp "$D/plan.json" "$WORK/plan.json"
plan 'd["title"] = open(key).read()'
refused 16 'private key' "$D" check "$D"
cp "$WORK/plan.json" "$D/plan.json"
plan 'd["x"] = {"keyval": {"private": "00ff"}}'
refused 16 'private key' "$D" check "$D"
cp "$WORK/plan.json" "$D/plan.json"
plan 'd["x"] = {"keyval": {"private": ""}}' # of old tools: no secret, and no member of a plan
refused 3 'member "x" is not known' "$D" check "$D"
cp "$WORK/plan.json" "$D/plan.json"
ok check "$D"

# in what a plan names: contents that the online side made, lists of moves, attestations
secret='{"keyid": {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "00", "private": "00ff"}}}'
plan 'd["roles"]["targets"]["contents"] = {"file": "contents.json"}'
printf '{"targets": {}, "delegations": {"keys": %s, "roles": []}}' "$secret" >"$D/inputs/contents.json"
refused 16 'private' "$D" check "$D"
plan 'd["roles"]["targets"]["contents"] = {"moves": "moves.csv"}'
for key in ec ssh; do
    { echo project,role,threshold,keys; cat "$WORK/$key.key"; } >"$D/inputs/moves.csv"
    refused 16 'private key' "$D" check "$D"
done
rm "$D/inputs/contents.json" "$D/inputs/moves.csv"
cp "$WORK/plan.json" "$D/plan.json"
mkdir "$D/inputs/attestations"
for key in ec pkcs1; do
    cp "$WORK/$key.key" "$D/inputs/attestations/alice.pem"
    refused 16 'private key' "$D" check "$D"
done
rm -r "$D/inputs/attestations"
ok check "$D"

# keys that this program verifies and does not sign with: refused by 'check', and not first at the token
for type in ecdsa-p521 rsassa-pss-sha384 rsassa-pss-sha512 rsa-pkcs1v15-sha384 rsa-pkcs1v15-sha512; do
    plan "d[\"roles\"][\"root\"][\"key_type\"] = \"$type\""
    refused 8 'the plan is refused' "$D" check "$D"
    grep -q "keys of 'root' are .*can neither make them" "$WORK/out" || fail "$type is not refused for what it is"
    cp "$WORK/plan.json" "$D/plan.json"
done
plan 'd["roles"]["root"]["key_type"] = "rsa-pkcs1v15-sha256"'
ok check "$D"
grep -q "which tuf-js, go-tuf and tough refuse" <<<"$OUT" || fail 'the clients that refuse are not named'
cp "$WORK/plan.json" "$D/plan.json"

# an online key that some clients refuse is warned of once, with its roles
private -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkey -pubout >"$D/inputs/online.pem"
ok check "$D"
[ "$(grep -c "online key 'online' of 'snapshot', 'timestamp' is ECDSA on P-384" <<<"$OUT")" = 1 ] ||
    { echo "$OUT" >&2; fail 'not warned of once'; }

# what strangers left in the environment does nothing, and is named where it counts: a configuration of OpenSSL that
# would load a provider, and a smart card's log of all that it is asked
printf 'openssl_conf = a\n[a]\nproviders = b\n[b]\nevil = c\n[c]\nmodule = %s/evil.so\nactivate = 1\n' "$WORK" >"$WORK/openssl.cnf"
export OPENSSL_CONF=$WORK/openssl.cnf OPENSC_DEBUG=9
"$PROGRAM" doctor --json >"$WORK/out" 2>/dev/null || true # this machine may have a network
python3 - "$WORK/out" <<'P' || fail 'what was cleared is not named'
import json, sys
checks = {c["name"]: c for c in json.load(open(sys.argv[1]))["checks"]}
text = checks["sockets"]["text"]
sys.exit(not (checks["sockets"]["level"] != "pass" and "OPENSSL_CONF" in text and "OPENSC_DEBUG" in text))
P
ok check "$D"
