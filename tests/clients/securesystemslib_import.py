# SPDX-License-Identifier: Apache-2.0
"""A root that the reference implementation's library made becomes a plan:
securesystemslib_import.py PROGRAM REHEARSAL WORK
"""
import hashlib
import json
import pathlib
import subprocess
import sys

from securesystemslib import formats, keys

program, _, work = sys.argv[1:]
folder, plan = pathlib.Path(work, "elsewhere"), pathlib.Path(work, "plan")
people = [keys.generate_ecdsa_key(), keys.generate_ecdsa_key(), keys.generate_rsa_key(2048)]
online = keys.generate_ecdsa_key()


def public(key):
    return {"keytype": key["keytype"], "scheme": key["scheme"], "keyval": {"public": key["keyval"]["public"]}}


def keyid(key):
    """The hash of the object as it is written, which the library's own keyid is not always."""
    return hashlib.sha256(formats.encode_canonical(public(key)).encode()).hexdigest()


ids = [keyid(k) for k in people]
signed = {
    "_type": "root", "version": 1, "spec_version": "1.0.31", "expires": "2030-01-01T00:00:00Z",
    "consistent_snapshot": True, "keys": {keyid(k): public(k) for k in people + [online]},
    "roles": {
        "root": {"keyids": ids, "threshold": 3}, "targets": {"keyids": [keyid(online)], "threshold": 1},
        "snapshot": {"keyids": [keyid(online)], "threshold": 1}, "timestamp": {"keyids": [keyid(online)], "threshold": 1},
    },
}
data = formats.encode_canonical(signed).encode()
signatures = [{"keyid": keyid(k), "sig": keys.create_signature(k, data)["sig"]} for k in people]
folder.mkdir()
(folder / "1.root.json").write_text(json.dumps({"signatures": signatures, "signed": signed}))

subprocess.run([program, "new", "--from", str(folder), str(plan)], check=True, stdout=subprocess.DEVNULL)
written = json.loads((plan / "plan.json").read_text())
assert [h["keys"]["root"] for h in written["keyholders"]] == ids, written
assert written["roles"]["targets"] == {"online_keys": ["online"], "threshold": 1}, written
assert written["sign"] == ["root"], written
checked = json.loads(subprocess.run([program, "check", "--json", str(plan)], check=True, capture_output=True).stdout)
assert not [f for f in checked["findings"] if f["level"] == "refused"], checked
assert not [f for f in checked["findings"] if f["rule"] == "unseen-key"], checked
