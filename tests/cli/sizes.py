# SPDX-License-Identifier: Apache-2.0
"""sizes.py PROGRAM WORK: files that are small for whoever sends them and large for whoever reads them. Each shape is
read at one size and at four times that size: the processor time may grow with the size, not with its square. What has a
limit is refused by its name. Prints a line for each; exits 1 when one fails."""
import hashlib, json, os, resource, shutil, subprocess, sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PROGRAM, WORK = sys.argv[1:]
AT = ["--at", "2026-11-23T12:00:00Z"]
ENDS = "2030-01-01T00:00:00Z"
failed = False


def raw(key):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def key_object(public):
    return {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}}


def canonical(x):
    return json.dumps(x, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def keyid(key):
    return hashlib.sha256(canonical(key)).hexdigest()


KEY = Ed25519PrivateKey.generate()
OBJECT = key_object(raw(KEY))
ID = keyid(OBJECT)


def head(kind, version=1, **more):
    return {"_type": kind, "spec_version": "1.0.31", "version": version, "expires": ENDS, **more}


def envelope(signed, signatures=()):
    return {"signed": signed, "signatures": [{"keyid": ID, "sig": KEY.sign(canonical(signed)).hex()}, *signatures]}


def write(path, signed, signatures=()):
    with open(path, "wb") as f:
        f.write(canonical(envelope(signed, signatures)))


def repository(name, targets=None, snapshot_meta=None, root=None, files=(), signatures=()):
    """A whole repository, signed by one key."""
    folder = os.path.join(WORK, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    role = {"keyids": [ID], "threshold": 1}
    write(folder + "/1.root.json", root or head("root", consistent_snapshot=True, keys={ID: OBJECT}, roles={r: role for r in
          ("root", "targets", "snapshot", "timestamp")}))
    write(folder + "/1.targets.json", targets or head("targets", targets={}), signatures)
    for path, signed in files:
        write(f"{folder}/1.{path}.json", signed)
    meta = {"targets.json": {"version": 1}, **(snapshot_meta or {}), **{path + ".json": {"version": 1} for path, _ in files}}
    write(folder + "/1.snapshot.json", head("snapshot", meta=meta))
    write(folder + "/timestamp.json", head("timestamp", meta={"snapshot.json": {"version": 1}}))
    return folder


def run(*words):
    """Exit status, what was printed, processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return p.returncode, p.stdout.decode(errors="replace"), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fail(what):
    global failed
    failed = True
    print("FAILED:", what)


def grows(name, make, n, words, status):
    """`make(n)` gives the words of the command; the time may grow six times, and a start."""
    times = []
    for size in (n, 4 * n):
        code, text, seconds = run(*words, *make(size), *(AT if words[0] in ("verify", "inspect") else []))
        if code not in status:
            fail(f"{name} of {size}: exit status {code}: {text[-300:]}")
        times.append(seconds)
    print(f"{name}: {n} in {times[0]:.2f} s, {4 * n} in {times[1]:.2f} s")
    if times[1] > 6 * times[0] + 0.1:
        fail(f"{name} grows by more than its size")


def refused(name, words, code, text):
    got, printed, seconds = run(*words)
    print(f"{name}: refused in {seconds:.2f} s")
    if got != code or text not in printed:
        fail(f"{name}: exit status {got}, {printed[-300:]}")
    if seconds > 5:
        fail(f"{name} takes {seconds:.1f} s")


def any_key(i):
    return key_object(hashlib.sha256(str(i).encode()).hexdigest())


def delegations(n, keys, roles):
    return head("targets", targets={}, delegations={"keys": keys, "roles": roles})


def one_role(i, **more):
    return {"name": f"r{i}", "keyids": [ID], "threshold": 1, "terminating": False, "paths": [f"p{i}/*"], **more}


def many_keys(n):
    keys = {keyid(k): k for k in map(any_key, range(n))}
    return delegations(n, {ID: OBJECT, **keys}, [one_role(i, keyids=[k]) for i, k in enumerate(keys)])


def many_roles(n):
    return delegations(n, {ID: OBJECT}, [one_role(i) for i in range(n)])


def many_paths(n):
    return delegations(n, {ID: OBJECT}, [one_role(0, paths=[f"p{i}/*" for i in range(n)])])


def many_prefixes(n):
    role = one_role(0, path_hash_prefixes=[f"{i:06x}" for i in range(n)])
    del role["paths"]
    return delegations(n, {ID: OBJECT}, [role])


def many_files(n):
    return head("targets", targets={f"f{i}": {"length": 1, "hashes": {"sha256": "ab" * 32}} for i in range(n)})


def many_hashes(n):
    return head("targets", targets={"f": {"length": 1, "hashes": {f"h{i}": "ab" for i in range(n)}}})


def many_members(n):
    return head("targets", targets={}, **{f"x{i}": i for i in range(n)})


def many_strangers(n):
    """Keys under ids that are not their hashes, that no role lists."""
    return delegations(n, {ID: OBJECT, **{f"k{i}": any_key(i) for i in range(n)}}, [one_role(0)])


def long_text(n):
    return head("targets", targets={}, text="\u20ac" * n)


def nested(n):
    return head("targets", targets={"f": {"length": 1, "hashes": {"sha256": "ab" * 32}, "custom": {"x": [[[[[{"a": i} for i in
                range(n)]]]]]}}})


SHAPES = {"keys": (many_keys, 4000), "roles": (many_roles, 10000), "paths": (many_paths, 20000), "prefixes": (many_prefixes, 20000),
          "files": (many_files, 30000), "hashes": (many_hashes, 20000), "members": (many_members, 20000),
          "strangers' keys": (many_strangers, 4000), "long text": (long_text, 500000), "nesting": (nested, 30000)}

for shape, (make, n) in SHAPES.items():
    def given(size, make=make, shape=shape):
        folder = repository("verify", make(size))
        return ["--trusted-root", folder + "/1.root.json", folder]

    def alone(size, make=make):
        write(WORK + "/one.json", make(size))
        return [WORK + "/one.json"]

    def pair(size, make=make):
        signed = make(size)
        write(WORK + "/old.json", signed)
        signed = {**signed, "version": 2}
        if "delegations" in signed:
            d = signed["delegations"]
            signed["delegations"] = {**d, "roles": [{**r, "terminating": True} for r in reversed(d["roles"])]}
        signed["targets"] = {f: {**v, "length": 2} for f, v in signed["targets"].items()}
        write(WORK + "/new.json", signed)
        return [WORK + "/old.json", WORK + "/new.json"]

    grows(f"verify, {shape}", given, n, ["verify"], (0,))
    grows(f"inspect, {shape}", alone, n, ["inspect"], (0,))
    grows(f"diff, {shape}", pair, n, ["diff"], (0, 1))


def listed(size):
    folder = repository("listed", snapshot_meta={f"r{i}.json": {"version": 1} for i in range(size)})
    return ["--trusted-root", folder + "/1.root.json", folder]


def absent(size):
    folder = repository("absent", many_roles(size))
    return ["--trusted-root", folder + "/1.root.json", folder]


grows("verify, a snapshot that lists what is not there", listed, 20000, ["verify"], (0,))
grows("verify, roles that are not there", absent, 10000, ["verify"], (0,))

bins = head("targets", targets={}, delegations={"keys": {ID: OBJECT}, "succinct_roles": {"keyids": [ID], "threshold": 1,
            "bit_length": 20, "name_prefix": "bin"}})
folder = repository("bins", bins)
refused("2^20 bins", ["verify", *AT, "--trusted-root", folder + "/1.root.json", folder], 3, "2^20 bins are more than are looked at")
chain = [(f"bin-{'0' * 4}", head("targets", targets={}, delegations={"keys": {ID: OBJECT}, "succinct_roles": {"keyids": [ID],
         "threshold": 1, "bit_length": 16, "name_prefix": "deep"}}))]
bins["delegations"]["succinct_roles"]["bit_length"] = 16
folder = repository("chain", bins, files=chain)
refused("bins below bins", ["verify", *AT, "--trusted-root", folder + "/1.root.json", folder], 3, "more often than is looked at")
ids = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(200000)]
folder = repository("keyids", delegations(1, {ID: OBJECT}, [one_role(0, keyids=ids)]))
refused("200,000 keyids", ["verify", *AT, "--trusted-root", folder + "/1.root.json", folder], 3, "200000 keyids; 1024 are read at most")
folder = repository("signatures", signatures=[{"keyid": i, "sig": "00"} for i in ids])
refused("200,000 signatures", ["verify", *AT, "--trusted-root", folder + "/1.root.json", folder], 3,
        "200001 signatures; 1024 are read at most")
refused("200,000 signatures, inspect", ["inspect", folder + "/1.targets.json"], 3, "1024 are read at most")
deep = '{"signed": ' + '{"a":' * 100000 + "1" + "}" * 100000 + ', "signatures": []}'
with open(WORK + "/deep.json", "w") as f:
    f.write(deep)
refused("nesting of 100,000", ["inspect", WORK + "/deep.json"], 3, "")
sys.exit(1 if failed else 0)
