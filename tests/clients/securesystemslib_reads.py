# SPDX-License-Identifier: Apache-2.0
"""Debian's python3-securesystemslib, below the reference client, as a third opinion on what a rehearsal
wrote: keys, key ids, canonical bytes and signatures. securesystemslib_reads.py PROGRAM REHEARSAL WORK"""
import hashlib
import json
import pathlib
import subprocess
import sys
import unittest

from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_public_key)
from securesystemslib import exceptions, keys
from securesystemslib.formats import encode_canonical

PROGRAM = sys.argv[1]
REHEARSAL, WORK = (pathlib.Path(arg) for arg in sys.argv[2:4])
BUNDLE = REHEARSAL / "bundle"
FILES = {"root": BUNDLE / "metadata/1.root.json", "targets": BUNDLE / "metadata/1.targets.json"}

# Documents whose canonical bytes are easily made in different ways.
DOCUMENTS = [
    {}, [], "", 0, -1, True, False, None,
    9007199254740991, -9007199254740991,
    {"b": 1, "a": {"d": [], "c": {}}, "": "", "B": [[[1]]], "aa": 0, "a b": 2},
    'quote " and backslash \\ and slash /',
    "control \x01 \t \n \r \x1f \x7f",
    "\u00e9 e\u0301 \u4e2d\u6587 \U0001f511 \u2028 \ufeff",
    {"\u00e9": 1, "z": 2, "\u4e2d": 3, "e\u0301": 4},
    {'"': 1, "\\": 2, "/": 3, "\n": 4},
]


def run(*args):
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, check=False)
    return done.returncode, done.stdout


def canonical_of(path, *options):
    status, out = run("canonical", *options, path)
    if status != 0:
        raise AssertionError(f"canonical {path}: exit status {status}")
    return out


def verifies(keyid, key, sig, data):
    signature = {"keyid": keyid, "sig": sig}
    try:
        return keys.verify_signature({**key, "keyid": keyid}, signature, data)
    except exceptions.CryptoError:
        return False


class Reads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = {role: json.loads(path.read_bytes()) for role, path in FILES.items()}
        cls.root = cls.files["root"]["signed"]

    def each_signature(self):
        """(role, canonical bytes, keyid, sig) of every signature in the bundle."""
        for role, path in FILES.items():
            data = canonical_of(path, "--signed")
            for signature in self.files[role]["signatures"]:
                yield role, data, signature["keyid"], signature["sig"]

    def test_canonical_bytes_of_the_bundle(self):
        for role, path in FILES.items():
            theirs = encode_canonical(self.files[role]["signed"]).encode()
            self.assertEqual(canonical_of(path, "--signed"), theirs, role)

    def test_canonical_bytes_of_other_documents(self):
        for i, document in enumerate(DOCUMENTS):
            for ascii_only in (True, False):
                path = WORK / f"document-{i}-{ascii_only}.json"
                path.write_bytes(json.dumps(document, indent=1, ensure_ascii=ascii_only).encode())
                self.assertEqual(canonical_of(path), encode_canonical(document).encode(), document)

    def test_key_ids_are_the_hash_of_the_key(self):
        self.assertGreater(len(self.root["keys"]), 1)
        for keyid, key in self.root["keys"].items():
            self.assertEqual(hashlib.sha256(encode_canonical(key).encode()).hexdigest(), keyid)

    def test_pem_files_hold_the_keys_of_root(self):
        holders = self.root["roles"]["root"]["keyids"]
        self.assertEqual(sorted(p.stem for p in BUNDLE.glob("keys/*.pem")), sorted(holders))
        for keyid in holders:
            public = load_pem_public_key((BUNDLE / f"keys/{keyid}.pem").read_bytes())
            key = self.root["keys"][keyid]
            if key["keytype"] == "ed25519":
                text = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
            else:
                text = public.public_bytes(
                    Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            self.assertEqual(text.strip(), key["keyval"]["public"].strip())

    def test_every_signature_verifies(self):
        counted = dict.fromkeys(FILES, 0)
        for role, data, keyid, sig in self.each_signature():
            self.assertIn(keyid, self.root["roles"][role]["keyids"])
            self.assertTrue(verifies(keyid, self.root["keys"][keyid], sig, data), (role, keyid))
            counted[role] += 1
        for role, n in counted.items():
            self.assertEqual(n, len(self.root["roles"][role]["keyids"]), role)
        status, _ = run("verify", "--trusted-root", FILES["root"], BUNDLE)
        self.assertEqual(status, 0)

    def test_no_signature_verifies_over_other_bytes(self):
        for role, data, keyid, sig in self.each_signature():
            other = data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]
            self.assertFalse(verifies(keyid, self.root["keys"][keyid], sig, other), (role, keyid))

    def test_no_signature_verifies_with_the_key_of_another(self):
        holders = self.root["roles"]["root"]["keyids"]
        for role, data, keyid, sig in self.each_signature():
            for other in set(holders) - {keyid}:
                self.assertFalse(
                    verifies(other, self.root["keys"][other], sig, data), (role, keyid, other))


unittest.main(argv=sys.argv[:1])
