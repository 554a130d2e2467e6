# SPDX-License-Identifier: Apache-2.0
"""cases_root.py WORK KIND: a whole repository in WORK/KIND whose root is signed by 2 of 3 keys of that kind, the other
roles by one P-256 key. Keys are made once in WORK. KIND hostile: the people sign targets, too, which delegates to a role
of the online key whose name, owner and pattern steer a terminal."""
import hashlib, json, os, subprocess, sys, urllib.parse

WORK, KIND = sys.argv[1:]
RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
EC = ["-algorithm", "EC", "-pkeyopt"]
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
# kind: (keytype, scheme, how the key is made, digest, options of the signature)
KINDS = {
    "v15": ("rsa", "rsa-pkcs1v15-sha256", RSA, "256", []),
    "pss384": ("rsa", "rsassa-pss-sha384", RSA, "384", PSS),
    "pss512": ("rsa", "rsassa-pss-sha512", RSA, "512", PSS),
    "pkcs1": ("rsa", "rsassa-pss-sha256", RSA, "256", PSS),
    "p521": ("ecdsa", "ecdsa-sha2-nistp521", EC + ["ec_paramgen_curve:P-521"], "512", []),
    "p256": ("ecdsa", "ecdsa-sha2-nistp256", EC + ["ec_paramgen_curve:P-256"], "256", []),
}
KINDS["crlf"] = KINDS["hostile"] = KINDS["p256"]
NAME = "\u202eevil"  # right to left; no role is called by C0 or C1, which are refused in names
EVIL = "\x1b]0;evil\x07\x9b31m" + NAME  # and a title, and red


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def canonical(x):
    """OLPC's: strings escape only the quote and the backslash."""
    if isinstance(x, dict):
        return "{" + ",".join(canonical(k) + ":" + canonical(x[k]) for k in sorted(x)) + "}"
    if isinstance(x, list):
        return "[" + ",".join(map(canonical, x)) + "]"
    if isinstance(x, str):
        return '"' + x.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(x)


class Key:
    def __init__(self, name, kind):
        keytype, scheme, how, self.digest, self.options = KINDS[kind]
        self.path = f"{WORK}/{name}-{how[1]}-{how[-1].split(':')[1]}.key"
        if not os.path.exists(self.path):
            openssl("genpkey", *how, "-out", self.path)
        form = ["rsa", "-RSAPublicKey_out"] if kind == "pkcs1" else ["pkey", "-pubout"]
        pem = openssl(*form, "-in", self.path).decode()
        if kind == "crlf":
            pem = pem.replace("\n", "\r\n")
        self.object = {"keytype": keytype, "scheme": scheme, "keyval": {"public": pem}}
        self.own(None)

    def own(self, owner):
        if owner:
            self.object["x-tuf-on-ci-keyowner"] = "@" + owner
        self.id = hashlib.sha256(canonical(self.object).encode()).hexdigest()

    def sign(self, signed):
        sig = openssl("dgst", "-sha" + self.digest, "-sign", self.path, *self.options, given=canonical(signed).encode())
        return {"keyid": self.id, "sig": sig.hex()}


def write(name, signed, keys):
    text = json.dumps({"signatures": [k.sign(signed) for k in keys], "signed": signed})
    with open(f"{WORK}/{KIND}/{name}", "w") as f:
        f.write(text)


def head(kind):
    return {"_type": kind, "spec_version": "1.0.31", "version": 1, "expires": "2040-01-01T00:00:00Z"}


os.mkdir(f"{WORK}/{KIND}")
people, online = [Key(n, KIND) for n in "abc"], Key("online", "p256")
if KIND == "hostile":
    people[0].own(EVIL)
roles = {r: {"keyids": [online.id], "threshold": 1} for r in ("snapshot", "targets", "timestamp")}
roles["root"] = {"keyids": [k.id for k in people], "threshold": 2}
targets, signers, delegated = {**head("targets"), "targets": {}}, [online], {}
if KIND == "hostile":
    roles["targets"], signers = roles["root"], people[:2]
    targets["delegations"] = {"keys": {online.id: online.object}, "roles": [
        {"name": NAME, "keyids": [online.id], "threshold": 1, "terminating": False, "paths": [NAME + "/*"], EVIL: EVIL}]}
    write(f"1.{urllib.parse.quote(NAME)}.json", {**head("targets"), "targets": {}, EVIL: EVIL}, [online])
    delegated = {f"{NAME}.json": {"version": 1}}
write("1.root.json", {**head("root"), "consistent_snapshot": True, "roles": roles,
                      "keys": {k.id: k.object for k in people + [online]}}, people[:2])
write("1.targets.json", targets, signers)
write("1.snapshot.json", {**head("snapshot"), "meta": {"targets.json": {"version": 1}, **delegated}}, [online])
write("timestamp.json", {**head("timestamp"), "meta": {"snapshot.json": {"version": 1}}}, [online])
