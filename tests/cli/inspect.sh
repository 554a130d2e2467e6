#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An auditor's 'inspect' and 'diff' hide nothing, and read what old tools wrote; 'verify' refuses that by its name:
# inspect.sh PROGRAM
PROGRAM=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

# make FILE EXPIRES EC ED PRIVATE: a root of one ECDSA key (pem or hex), one Ed25519 key (hex or pem), and one of no role
make() {
    python3 - "$@" <<'P'
import json, subprocess, sys
out, expires, ec, ed, private = sys.argv[1:]
run = lambda *a, **k: subprocess.run(a, capture_output=True, check=True, **k).stdout
def public(*algorithm):
    key = run("openssl", "genpkey", "-algorithm", *algorithm)
    return run("openssl", "pkey", "-pubout", input=key).decode(), run("openssl", "pkey", "-pubout", "-outform", "DER", input=key)
def key(keytype, scheme, text, **more):
    return {"keytype": keytype, "scheme": scheme, "keyval": {"public": text}, **more}
pem, der = public("EC", "-pkeyopt", "ec_paramgen_curve:P-256")
edpem, edder = public("ED25519")
keys = {"aa": key("ecdsa", "ecdsa-sha2-nistp256", pem if ec == "pem" else der[-65:].hex(), **{"x-tuf-on-ci-keyowner": "@alice"}),
        "bb": key("ed25519", "ed25519", edpem if ed == "pem" else edder[-32:].hex(), keyid_hash_algorithms=["sha256"]),
        "cc": key("sphincs", "sphincs-shake-128s", "00")}
keys["aa"]["keyval"]["x-val"] = "inner"
if private != "none":
    keys["bb"]["keyval"]["private"] = {"empty": "", "hex": "c0ffee11" * 8}[private]
role = lambda name: {"keyids": ["aa", "bb"], "threshold": 2, "x-role": "of " + name}
signed = {"_type": "root", "spec_version": "1.0.31", "version": 1, "expires": expires, "keys": keys, "x-signed": [1],
          "roles": {n: role(n) for n in ("root", "targets", "snapshot", "timestamp")}}
if expires != "old":
    signed["consistent_snapshot"] = True
else:
    signed["expires"] = "2029-12-31T23:30:00.5-00:30"
json.dump({"signed": signed, "signatures": [{"keyid": "aa", "sig": "zz", "x-signature": "odd"}, {"keyid": "bb", "sig": ""}],
           "x-file": "beside"}, open(out, "w"))
P
}

# reads FILE: inspect reads it, and every member is in its output
reads() {
    ok inspect "$1" --at 2026-11-23T12:00:00Z
    for text in 'root, version 1, valid until 2030-01-01T00:00:00Z' '"x-tuf-on-ci-keyowner" of key "aa": "@alice"' \
        '"keyid_hash_algorithms" of key "bb"' '"x-val" of the keyval of key "aa": "inner"' 'no role lists key "cc"' \
        '"x-role" of role "targets": "of targets"' '"x-signed": \[1\]' 'x-file" of the file, which nobody signed: "beside"' \
        'x-signature" of a signature, which nobody signed: "odd"' 'aa  not hex' 'bb  pending'; do
        grep -q -- "$text" <<<"$OUT" || fail "inspect $1 does not print: $text"
    done
}

make "$WORK/now.json" 2030-01-01T00:00:00Z pem hex none
reads "$WORK/now.json"
if grep -q 'old form\|empty' <<<"$OUT"; then fail 'an old form is named where there is none'; fi

# old forms: read here, and refused by their names where a client is played
make "$WORK/old.json" old hex pem empty
reads "$WORK/old.json"
for text in "'expires' is written in an old form.*-00:30" 'an ECDSA key, its point as hex' 'an Ed25519 key, as PEM' \
    "'consistent_snapshot' is not there, an old form" "'keyval.private' is there and empty"; do
    grep -q -- "$text" <<<"$OUT" || fail "inspect does not print: $text"
done
ok diff "$WORK/old.json" "$WORK/now.json"
# --json has the same words, but for the digest and the signatures, which are members of their own
ok inspect "$WORK/old.json" --at 2026-11-23T12:00:00Z
grep -v '^ *[0-9a-f]\{4\} [0-9a-f]\{4\} \|^SHA-256 of\|signatures (not checked\|^    [0-9a-z]*  \(not hex\|pending\)' <<<"$OUT" >"$WORK/words"
[ "$(wc -l <"$WORK/words")" -gt 20 ] || fail 'too few words'
ok inspect "$WORK/old.json" --json --at 2026-11-23T12:00:00Z
python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)["text"]))' <<<"$OUT" | diff "$WORK/words" - ||
    fail '--json has other words'
ok diff "$WORK/now.json" "$WORK/old.json" --json
mkdir "$WORK/none"
by_name() { # FILE TEXT: it is called what it is, and not a bad copy
    refused 3 "$2" - verify --trusted-root "$1" "$WORK/none"
    "$PROGRAM" verify --trusted-root "$1" "$WORK/none" >/dev/null 2>"$WORK/err" || true
    grep -q 'may well be the correct one' "$WORK/err" || { cat "$WORK/err" >&2; fail 'the correct copy is called a bad one'; }
}
by_name "$WORK/old.json" 'an old form of a time.*python-tuf refuses it'
make "$WORK/hex.json" 2030-01-01T00:00:00Z hex hex none
by_name "$WORK/hex.json" 'an old form of an ECDSA key.*python-tuf and go-tuf refuse it'
make "$WORK/pem.json" 2030-01-01T00:00:00Z pem pem none
by_name "$WORK/pem.json" 'an old form of an Ed25519 key.*only tuf-js reads it'

# a private key is printed first, and is the exit status; for machines it is the document's error
stolen() {
    for how in "" --json; do # and never shown
        # shellcheck disable=SC2086 # none or one
        "$PROGRAM" "$@" $how >"$WORK/out" 2>&1 || true
        grep -q "$half" "$WORK/out" && fail "the private half is shown: $* $how"
    done
    refused 16 'private key' - "$@"
    python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["error"]["class"] != "secret")' <"$WORK/out" ||
        fail "--json does not name the private key: $*"
    "$PROGRAM" "$@" >"$WORK/out" 2>/dev/null || true
    head -n 1 "$WORK/out" | grep -q '^STOLEN KEY: a private key' || fail "it is not printed first: $*"
}
make "$WORK/secret.json" 2030-01-01T00:00:00Z pem hex hex
half=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["signed"]["keys"]["bb"]["keyval"]["private"])' "$WORK/secret.json")
stolen inspect "$WORK/secret.json"
stolen diff "$WORK/now.json" "$WORK/secret.json"
stolen diff "$WORK/secret.json" "$WORK/now.json"
