#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An attestation in an auditor's hands, with nothing but files; OpenSSL's own command agrees: attest.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"
corpus=$(cd "$(dirname "$0")/../fuzz/corpus" && pwd)

# in the corpus: root, device, issuer, attestation
csplit -s -z -f "$WORK/c" "$corpus/attestation/pem" '/BEGIN/' '{*}'
root=$WORK/c00 leaf=$WORK/c03
cat "$WORK/c01" "$WORK/c02" >"$WORK/issuers"
pin=$(openssl x509 -in "$root" -outform DER | sha256sum | cut -d ' ' -f 1)
key=$corpus/key/point
at=(--day 2026-11-23)
openssl verify -CAfile "$root" -untrusted "$WORK/issuers" "$leaf" >/dev/null || fail 'OpenSSL does not agree'

good=(attest "$leaf" "$WORK/issuers" --root "$root" --pin "$pin" --key "$key" --serial 0013200461 "${at[@]}")
json "d['vouches'] and d['form'] == 'yubihsm2' and d['serial'] == '13200461' and len(d['answers']) == 6" "${good[@]}"
ok "${good[@]}"
grep -q "about this key *yes" <<<"$OUT" || fail 'the key is not compared'
json "d['vouches']" attest "$corpus/attestation/yubihsm" --pin "$pin" "${at[@]}" # one file, root and all

# without a pin, without the root, without the issuers: nobody stands for it
refused 4 'does not vouch' - attest "$leaf" "$WORK/issuers" --root "$root" --key "$key" "${at[@]}"
refused 4 'does not vouch' - attest "$leaf" "$WORK/issuers" --pin "$pin" "${at[@]}"
refused 4 'does not vouch' - attest "$leaf" --root "$root" --pin "$pin" "${at[@]}"
# another day, key, token
refused 4 'does not vouch' - "${good[@]}" --day 2099-01-01
refused 4 'does not vouch' - "${good[@]}" --serial 13200462
online_key >"$WORK/other.pem"
refused 4 'does not vouch' - "${good[@]}" --key "$WORK/other.pem"
# a changed byte
openssl x509 -in "$leaf" -outform DER >"$WORK/leaf.der"
python3 - "$WORK/leaf.der" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-1] ^= 1
open(sys.argv[1], "wb").write(data)
END
refused 4 'does not vouch' - attest "$WORK/leaf.der" "$WORK/issuers" --root "$root" --pin "$pin" "${at[@]}"

# card-verifiable ones
cvc=$(python3 - "$corpus/attestation/sc-hsm" <<'END'
import hashlib, sys
data = open(sys.argv[1], "rb").read()
print(hashlib.sha256(data[:5 + int.from_bytes(data[3:5], "big")]).hexdigest())
END
)
json "d['vouches'] and d['form'] == 'smartcard-hsm'" attest "$corpus/attestation/sc-hsm" --pin "$cvc" --serial DENK0102947 "${at[@]}"
refused 4 'does not vouch' - attest "$corpus/attestation/sc-hsm" --pin "$cvc" --serial DENK0102948 "${at[@]}"

# what is none
refused 3 'no attestation in the files' - attest "$root"
refused 3 'no file of certificates' - attest "$0"
refused 3 'no public key' - attest "$leaf" --key "$0"
refused 2 'no SHA-256' - attest "$leaf" --pin abc
refused 2 'no date' - attest "$leaf" --day tomorrow

# the roots that the guide names are those that the program pins
python3 - "$(dirname "$0")/../.." <<'END' || fail 'the guide names other roots than the program'
import pathlib, re, sys
top = pathlib.Path(sys.argv[1])
guide = dict(re.findall(r"^\| ([^|`]+) \| `([0-9a-f]{64})` \|$", (top / "docs/plan.md").read_text(), re.M))
table = (top / "tokens/attestation/attestation.c").read_text().split("roots[] = {")[1].split("};")[0]
rows = {m[0]: "".join(re.findall(r"0x([0-9a-f]{2})", m[1])) for m in re.findall(r'"([^"]+)",\s*\{([^}]*)\}', table)}
sys.exit(0 if rows == guide and len(rows) == 4 else f"{rows}\n{guide}")
END

# a rehearsal's tokens have no maker: the transcript says so
ok rehearse --unattended --preset root-2of4 "$WORK/done"
ok transcript "$WORK/done"
grep -q 'no attestation: no maker vouches' <<<"$OUT" || fail 'the transcript does not say that nobody vouches'
