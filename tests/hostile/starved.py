# SPDX-License-Identifier: Apache-2.0
"""starved.py STARVED WORK [EVERY]: out of memory at each allocation (or at each EVERYth) of each command.

A first root is held by the commands of STARVED, the program of whose allocations one can be made to fail; each is done
on a copy before. Then it has done all of it, the same as the whole program, or has the exit status of "no memory", an
error in three parts, and left the folder as it was or as the command leaves it: never a shorter record, never another
verdict. Prints "N points, M failures"."""
import base64, datetime, hashlib, os, random, re, shutil, subprocess, sys

STARVED, WORK = sys.argv[1:3]
EVERY = int(sys.argv[3]) if len(sys.argv) > 3 else 1
os.umask(0o077)
ROOM, STATE, COPY = WORK + "/room", WORK + "/state", WORK + "/copy"
NO_MEMORY = 1
ENVIRONMENT = {**os.environ, "XDG_STATE_HOME": STATE, "ASAN_OPTIONS": "exitcode=99:" + os.environ.get("ASAN_OPTIONS", ""),
               "LSAN_OPTIONS": "exitcode=98"}
points = failures = 0


def run(words, **more):
    p = subprocess.run([STARVED, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                       env={**ENVIRONMENT, **more}, timeout=300)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def plain(text):
    """What two runs of one command have in common: no digests, signatures, keys, times, words of digests."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z?|\d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r"-----BEGIN.*?-----END[A-Z ]*-----", "PEM", text, flags=re.S)
    text = re.sub(r"\b[0-9a-fA-F]{8,}\b|\b([0-9a-f]{4} ){3}[0-9a-f]{4}\b.*", "DIGEST", text)
    return re.sub(r"%[0-9A-F]{2}", "", text)


def picture():
    """The folder, as far as it is the same from one run to the next. A token's own files are its own matter."""
    files = {}
    for folder, folders, names in os.walk(ROOM):
        folders[:] = sorted(f for f in folders if f != "tokens")
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(".tar") and os.path.relpath(path, ROOM) != "tokens":
                with open(path, "rb") as f:
                    files[os.path.relpath(path, ROOM)] = plain(f.read().decode(errors="replace"))
    return files


def differs(a, b):
    for name in sorted(set(a) | set(b)):
        if a.get(name) != b.get(name):
            one, other = (a.get(name) or "").splitlines(), (b.get(name) or "").splitlines()
            line = next((f"{x[:300]} / {y[:300]}" for x, y in zip(one, other) if x != y), f"{len(one)} lines, {len(other)} lines")
            return f"{name}: {line}"
    return "nothing"


def reached(before, now, after):
    """Each file is as before or as after, and the journal has so many of the lines that it gets."""
    for name in set(before) | set(now) | set(after):
        if now.get(name) in (before.get(name), after.get(name)):
            continue
        was, text = before.get(name, ""), now.get(name, "")
        if name != "journal.jsonl" or not (text.startswith(was) and text.endswith("\n") and after.get(name, "").startswith(text)):
            return False
    return True


def keep():
    shutil.rmtree(COPY, ignore_errors=True)
    os.mkdir(COPY)
    for name in (ROOM, STATE):
        if os.path.isdir(name):
            shutil.copytree(name, os.path.join(COPY, os.path.basename(name)), symlinks=True)


def back():
    for name in (ROOM, STATE):
        shutil.rmtree(name, ignore_errors=True)
        saved = os.path.join(COPY, os.path.basename(name))
        if os.path.isdir(saved):
            shutil.copytree(saved, name, symlinks=True)


def fail(words, at, what):
    global failures
    failures += 1
    print(f"FAILED: {' '.join(words)}, allocation {at}: {what}")


def starve(*words, status=0):
    """The command starved at each point, and then done; its output."""
    global points
    keep()
    before = picture()
    counted = WORK + "/counted"
    whole, text, _ = run(words, STARVED_COUNT=counted)
    if whole != status:
        fail(words, 0, f"status {whole} instead of {status}: {_[-400:]}")
    after = picture()
    with open(counted) as f:
        n = int(f.read())
    for at in range(1 + random.randrange(EVERY), n + 1, EVERY):
        points += 1
        back()
        got, out, err = run(words, STARVED_AT=str(at))
        now = picture()
        if got == status:
            if plain(out) != plain(text):
                fail(words, at, "prints something else: " + differs({"output": plain(text)}, {"output": plain(out)}))
            elif now != after:
                fail(words, at, "leaves something else: " + differs(after, now))
        elif got != NO_MEMORY:
            fail(words, at, f"status {got}: {err[-700:]}")
        elif "what: " not in err or "to do: " not in err:
            fail(words, at, f"an error without its parts: {err[-300:]}")
        elif not reached(before, now, after):
            fail(words, at, "leaves something between: " + differs(before, now))
    print(f"{' '.join(words).replace(WORK, '')}: {n} allocations")
    back()
    got, text, err = run(words)
    if got != status:
        sys.exit(f"{words}: status {got}: {err}")
    return text


def done(*words):
    got, text, err = run(words)
    if got != 0:
        sys.exit(f"{words}: status {got}: {err}")
    return text


def first_word(text):
    return re.search(r"^ *(?:[0-9a-f]{4} ){3}[0-9a-f]{4}   ([A-Za-z]+) ", text, flags=re.M).group(1)


def pin(name):
    digest = hashlib.sha256(name.encode()).digest()
    with open(WORK + "/pin", "w") as f:
        f.write("%06d" % (int.from_bytes(digest[:3], "big") % 1000000))
    return ["--pin-source", WORK + "/pin"]


with open(WORK + "/online.pem", "w") as f:
    subprocess.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | openssl pkey -pubout", shell=True,
                   stdout=f, check=True)
PEOPLE = ["Alice", "Bo", "Chen", "Dee", "Ee"]
starve("new", "--preset", "root-3of5", "--online-key", WORK + "/online.pem", *[w for p in PEOPLE for w in ("--keyholder", p)], ROOM)
with open(ROOM + "/plan.json") as f:
    plan = f.read()
with open(ROOM + "/plan.json", "w") as f:
    f.write(plan.replace('"rehearsal":\tfalse', '"rehearsal":\ttrue'))
starve("edit", ROOM, "--expires", "root=2 years")
word = first_word(starve("check", ROOM))
starve("check", ROOM, "--json")
starve("doctor", ROOM, "--record")
starve("accept", ROOM, "--date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"), "--word", word)
starve("roll-call", ROOM, *PEOPLE, "--administrator", "Ada", "--witness", "Wim")
starve("status", ROOM)
starve("enrol", ROOM, "Alice", "--accept", *pin("Alice"))
for name in PEOPLE[1:]:
    done("enrol", ROOM, name, "--accept", *pin(name))
starve("withdraw", ROOM, "Ee")
done("enrol", ROOM, "Ee", "--accept", *pin("Ee"))
word = first_word(starve("review", ROOM, "root"))
starve("review", ROOM, "root", "--accept", word)
done("review", ROOM, "targets", "--accept", first_word(done("review", ROOM, "targets")))
starve("review", ROOM, "--json")
starve("bag", ROOM, "Alice", "B-17")
starve("sign", ROOM, "Alice", *pin("Alice"))
starve("skip", ROOM, "Bo", "--reason", "is late")
for name in ("Chen", "Dee"):
    done("sign", ROOM, name, *pin(name))
starve("status", ROOM, "--json")
starve("bundle", ROOM)
starve("transcript", ROOM)
starve("close", ROOM)
first_root = ROOM + "/bundle/metadata/1.root.json"
starve("verify", ROOM + "/bundle", "--trusted-root", first_root)
starve("verify", ROOM + "/bundle.tar", "--trusted-root", first_root, "--json")
starve("inspect", first_root)
starve("canonical", "--signed", first_root)
starve("diff", first_root, first_root)
print(f"{points} points, {failures} failures")
sys.exit(failures != 0)
