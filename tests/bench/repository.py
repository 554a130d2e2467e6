#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the metadata in force of a large repository: repository.py PROGRAM FOLDER ENTRIES [DELEGATIONS]

FOLDER gets 1.root.json (two of three keys sign root and targets) and 1.targets.json with that many target
files and delegated roles, each with a key of its own, signed by keys that OpenSSL makes.
"""
import hashlib
import json
import pathlib
import subprocess
import sys

program, folder, entries = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
delegations = int(sys.argv[4]) if len(sys.argv) > 4 else 0
EXPIRES = "2030-01-01T00:00:00Z"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def canonical(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("\\n", "\n").encode()  # canonical JSON escapes neither newline nor letters


def key_object(pem):
    return {"keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": {"public": pem}}


def keyid(key):
    return hashlib.sha256(canonical(key)).hexdigest()


def new_key(name):
    private = folder / f"{name}.key"
    private.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    key = key_object(openssl("pkey", "-in", str(private), "-pubout").decode())
    return {"id": keyid(key), "object": key, "private": str(private)}


def sign(path, keys):
    """Puts signatures over the canonical bytes into the file, whose first line is '{ "signatures": [],'."""
    signed = folder / "signed"
    with open(signed, "wb") as out:
        subprocess.run([program, "canonical", "--signed", str(path)], check=True, stdout=out)
    rows = [{"keyid": k["id"], "sig": openssl("dgst", "-sha256", "-sign", k["private"], str(signed)).hex()}
            for k in keys]
    text = path.read_text()
    path.write_text(text.replace('"signatures": []', '"signatures": ' + json.dumps(rows), 1))
    signed.unlink()


def write_root(keys, online):
    role = {"keyids": [k["id"] for k in keys], "threshold": 2}
    one = {"keyids": [online["id"]], "threshold": 1}
    signed = {"_type": "root", "spec_version": "1.0.31", "version": 1, "expires": EXPIRES,
              "consistent_snapshot": True, "keys": {k["id"]: k["object"] for k in [*keys, online]},
              "roles": {"root": role, "targets": role, "snapshot": one, "timestamp": one}}
    path = folder / "1.root.json"
    path.write_text(json.dumps({"signatures": [], "signed": signed}, indent=1))
    sign(path, keys[:2])


def delegated(out):
    """Keys that are all different and all valid: Ed25519 takes many encodings of points; here multiples
    of one point would cost too much, so each role lists the one key under a name of its own."""
    raw = openssl("pkey", "-in", str(folder / "developer.key"), "-pubout", "-outform", "DER")[-32:].hex()
    keys, roles = {}, []
    for i in range(delegations):
        key = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": raw}, "x-example-project": f"p{i}"}
        keys[keyid(key)] = key
        roles.append({"name": f"project-{i:07d}", "keyids": [keyid(key)], "threshold": 1, "terminating": True,
                      "paths": [f"simple/project-{i:07d}/*", f"packages/project-{i:07d}/*"]})
    out.write(',\n  "delegations": ' + json.dumps({"keys": keys, "roles": roles}, indent=1))


def write_targets(keys):
    path = folder / "1.targets.json"
    here = pathlib.Path(__file__).parent
    subprocess.run([sys.executable, str(here / "targets.py"), str(entries)], check=True, stdout=path.open("wb"))
    if delegations:
        text = path.read_text()
        tail = '\n  },\n  "version"'
        with path.open("w") as out:
            out.write(text[:text.rindex(tail)] + "\n  }")
            delegated(out)
            out.write(text[text.rindex(tail) + len("\n  }"):])
    sign(path, keys[:2])


folder.mkdir(parents=True)
root_keys = [new_key(f"holder{i}") for i in range(3)]
(folder / "developer.key").write_bytes(openssl("genpkey", "-algorithm", "ED25519"))
write_root(root_keys, new_key("online"))
write_targets(root_keys)
for private in folder.glob("*.key"):
    private.unlink()
