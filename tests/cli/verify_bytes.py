# SPDX-License-Identifier: Apache-2.0
"""Changes each file of a bundle in each way, and wants 'verify' to name it: PROGRAM ROOT CEREMONY WORK"""
import json
import os
import shutil
import subprocess
import sys
import tarfile

PROGRAM, ROOT, CEREMONY, WORK = sys.argv[1:]
BUNDLE = os.path.join(CEREMONY, "bundle")
NAMES = sorted(os.path.relpath(os.path.join(d, f), BUNDLE) for d, _, fs in os.walk(BUNDLE) for f in fs)


def verify(path):
    run = subprocess.run([PROGRAM, "verify", "--json", "--trusted-root", ROOT, path], capture_output=True, text=True)
    return run.returncode, json.loads(run.stdout)


def faults(answer):
    return {f["file"] for f in answer.get("files", []) if f["verdict"] == "fault"}


def flip(at):
    def change(data):
        at_byte = {"first": 0, "middle": len(data) // 2, "last": len(data) - 1}[at]
        return data[:at_byte] + bytes([data[at_byte] ^ 1]) + data[at_byte + 1:]
    return change


CHANGES = {"first": flip("first"), "middle": flip("middle"), "last": flip("last"),
           "shorter": lambda d: d[:-1], "longer": lambda d: d + b"\n", "empty": lambda d: b""}
bad = []


def want(what, name, path):
    status, answer = verify(path)
    named = faults(answer) or {answer["error"]["what"] + answer["error"]["where"]}
    if status == 0 or not any(name in n for n in named):
        bad.append(f"{what} {name}: status {status}, at fault: {sorted(named)}")


def fresh():
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(BUNDLE, WORK)


def member_offset(name):
    with tarfile.open(BUNDLE + ".tar") as tar:
        return tar.getmember("bundle/" + name).offset_data


fresh()
for name in NAMES:
    path = os.path.join(WORK, name)
    data = open(path, "rb").read()
    for what, change in CHANGES.items():
        open(path, "wb").write(change(data))
        want(what, name, WORK)
    os.remove(path)
    want("missing", name, WORK)
    os.symlink(os.path.abspath(os.path.join(BUNDLE, name)), path)
    want("link", name, WORK)
    os.remove(path)
    open(path, "wb").write(data)
    if len(data) > 0:
        tar = bytearray(open(BUNDLE + ".tar", "rb").read())
        tar[member_offset(name) + len(data) // 2] ^= 1
        open(WORK + ".tar", "wb").write(tar)
        want("in the tar", name, WORK + ".tar")

for extra in ("extra", "metadata/2.targets.json", "metadata/README", "keys/extra.json", "inputs/extra.pem", ".hidden"):
    with open(os.path.join(WORK, extra), "w", encoding="ascii") as f:
        f.write("{}")
    want("too many", extra, WORK)
    os.remove(os.path.join(WORK, extra))

pems = [n for n in NAMES if n.startswith("keys/") and n.endswith(".pem")][:2]
a, b = (os.path.join(WORK, n) for n in pems)
os.rename(a, a + ".x"), os.rename(b, a), os.rename(a + ".x", b)
for name in pems:
    want("swapped", name, WORK)
fresh()
assert verify(WORK)[0] == 0, "the fresh copy is not whole"

# A tar: twice, out of its folder, a link, other times, something behind its end.
def retar(what, name, build, filter=None):
    with tarfile.open(WORK + ".tar", "w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(BUNDLE, "bundle", filter=filter)
        build(tar)
    want(what, name, WORK + ".tar")


def link(tar):
    info = tarfile.TarInfo("bundle/metadata/2.root.json")
    info.type, info.linkname = tarfile.SYMTYPE, "1.root.json"
    tar.addfile(info)


manifest = os.path.join(BUNDLE, "manifest.json")
retar("twice", "bundle/manifest.json", lambda t: t.add(manifest, "bundle/manifest.json"))
retar("out of it", "bundle/../x", lambda t: t.add(manifest, "bundle/../x"))
retar("link", "metadata/2.root.json", link)
retar("other form", WORK + ".tar", lambda t: None)
whole = open(BUNDLE + ".tar", "rb").read()
for at in (100, 136, 257, 500, len(whole) - 1, len(whole) - 600):  # mode, time, magic, padding, end
    changed = bytearray(whole)
    changed[at] ^= 1
    open(WORK + ".tar", "wb").write(changed)
    want(f"byte {at} of", WORK + ".tar", WORK + ".tar")
open(WORK + ".tar", "wb").write(whole + b"x")
want("behind", WORK + ".tar", WORK + ".tar")

# All of it made to agree, but for the journal and what it gives
fresh()
import hashlib
record = os.path.join(WORK, "transcript.txt")
text = open(record, encoding="utf-8").read().replace("signed in this ceremony", "signed in that ceremony")
open(record, "w", encoding="utf-8").write(text)
listed = json.load(open(os.path.join(WORK, "manifest.json"), encoding="utf-8"))
listed["files"]["transcript.txt"] = hashlib.sha256(text.encode()).hexdigest()
json.dump(listed, open(os.path.join(WORK, "manifest.json"), "w", encoding="utf-8"))
want("forged with its digest", "transcript.txt", WORK)

print("\n".join(bad))
sys.exit(1 if bad else 0)
