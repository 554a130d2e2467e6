#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shape of the code, checked: structure.py TOP

A folder of code is a room. Its README says which rooms it may use; there is no circle among them, and
no include beside them. Every file says its licence, is listed, and is short enough to be read; no
function is longer than a screen; nothing mutable lives outside a function; comments are whole, and
headers name only what is there.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
FILE_LINES, FUNCTION_LINES = 600, 60
ROOM_FILES = 40
TOPS = ("metadata", "tokens", "ceremony")
# what the tokens see of the room metadata: keys, not what is signed
TOKENS_SEE = {"metadata/key.h"}
# an include that one file alone may have
ALONE = {"ncurses.h": "ceremony/ui/term.c", "curses.h": "ceremony/ui/term.c"}
# the terminal is one, and curses has one
# and socket() and connect() know no handle
MUTABLE_ALLOWED = {"ceremony/ui/term.c", "tokens/worker/network.c"}
# what is printed is made harmless there, or is the program's own
PRINTS = {"ceremony/cli/out.c", "ceremony/cli/cli.c", "metadata/base/err.c"}
PRINTING = re.compile(r"\b(?:v?f?printf|puts|fputs|putchar|fputc|putc|fwrite|perror|v?dprintf)\(")
faults = []


def fault(path, text):
    faults.append(f"{path}: {text}")


def tracked():
    if (TOP / ".git").exists():
        names = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"],
                               check=True, capture_output=True, text=True).stdout.split("\n")
    else:
        names = [str(p.relative_to(TOP)) for p in TOP.rglob("*") if p.is_file()]
    return [n for n in names if n and (TOP / n).is_file() and not n.startswith("build/")
            and "node_modules/" not in n]


def room(name):
    """The room of a file of product code, or None."""
    folder = pathlib.PurePosixPath(name).parent
    return str(folder) if folder.parts and folder.parts[0] in TOPS else None


def read_rooms(code):
    """Each room with those that it may use, as its README says."""
    files = {}
    for name in code:
        if room(name) is not None:
            files.setdefault(room(name), []).append(name)
    rooms = {}
    for here, held in files.items():
        if len(held) > ROOM_FILES:
            fault(here, f"has {len(held)} files, {ROOM_FILES} at most: it is two rooms")
        readme = TOP / here / "README.md"
        said = re.search(r"^May use: (.*)\.$", readme.read_text() if readme.is_file() else "", re.M)
        if said is None:
            fault(here, "has no README.md with a line 'May use: ... .'")
        rooms[here] = set(re.findall(r"`([a-z0-9/]+)`", said[1])) if said else set()
    return rooms


def check_circles(rooms):
    """Takes away the rooms that use none of those left, until none is left."""
    left = dict(rooms)
    while left:
        ground = [here for here, uses in left.items() if not uses & left.keys()]
        if not ground:
            fault(", ".join(sorted(left)), "use each other in a circle")
            return
        for here in ground:
            del left[here]


def check_includes(name, text, rooms, used):
    here = room(name)
    for header in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.M):
        if header in ALONE and here is not None and ALONE[header] != name:
            fault(name, f"includes {header}, which is {ALONE[header]}'s alone")
        there = room(header)
        if here is None or there is None or there == here:
            continue
        used.add((here, there))
        if there not in rooms[here]:
            fault(name, f"includes {header}: the README of {here} does not say that it may use {there}")
        if here.split("/")[0] == "tokens" and there == "metadata" and header not in TOKENS_SEE:
            fault(name, f"includes {header}: tokens see keys only")


def check_comments(name, lines):
    """A list that a formatter tore: a line of an item that hangs left of it."""
    for i, line in enumerate(lines[:-1]):
        after = lines[i + 1]
        if re.match(r"^ \*    \S|^ \*  - ", line) and not line.rstrip().endswith((".", ";", ":", "*/", ",")) \
                and re.match(r"^ \* [a-z(]", after):
            fault(name, f"line {i + 2}: a torn comment: '{after.strip()}'")


def check_architecture(rooms):
    """The page about the house names every room, and only files that are there."""
    page = "docs/architecture.md"
    text = (TOP / page).read_text()
    for here in rooms:
        if here not in text:
            fault(page, f"does not name the room {here}")
    for path in re.findall(r"`((?:metadata|tokens|ceremony|tests)/[a-z0-9_/.*]*)`", text):
        if not any(TOP.glob(path.rstrip("/"))):
            fault(page, f"names {path}, which is not there")


WORD = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def check_ghosts(code):
    """A header's comments name only what is there."""
    there = set()
    for name in code:
        there |= set(WORD.findall(COMMENT.sub(" ", (TOP / name).read_text())))
        there |= set(WORD.findall(pathlib.PurePosixPath(name).stem))
    for name in code:
        if room(name) is None or not name.endswith(".h"):
            continue
        text = (TOP / name).read_text()
        for comment in COMMENT.findall(text):
            quoted = re.sub(r'"[^"]*"', " ", comment)
            for word in WORD.findall(quoted):
                if word not in there and not any(t.startswith(word) for t in there):
                    fault(name, f"a comment names {word}, which is not there")


def check_functions(name, lines):
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            if i - start + 1 > FUNCTION_LINES:
                fault(name, f"a function of {i - start + 1} lines ends in line {i + 1}")
            start = None


# a variable: storage and type, a name, then an array, a value, or the end of the declaration
VARIABLE = re.compile(r"^\s*(?P<type>(?:[A-Za-z_]\w* \**)+)(?P<name>\w+)(?:\[[^\]]*\])*(?: =.*|;.*|,.*)$")
FUNCTION_POINTER = re.compile(r"^\s*(?:static |extern )?[\w *]+\(\*(?P<const>const )?\w+(?:\[[^\]]*\])*\)\(.*\)(?:;| =.*)$")
NO_VARIABLE = ("typedef ", "return ", "goto ", "case ", "else ")
TYPE_ONLY = re.compile(r"^(?:static |extern )?(?:const )?(?:struct|enum|union) \w+;$")


def is_mutable(line):
    """Does a declaration leave something that can change? A pointer must be const itself."""
    pointer = FUNCTION_POINTER.match(line)
    if pointer:
        return pointer["const"] is None
    found = VARIABLE.match(line)
    if not found or line.startswith(NO_VARIABLE) or TYPE_ONLY.match(line):
        return False
    return "const" not in found["type"].rpartition("*")[2].split()


# lines, whether they declare something mutable
SPECIMENS = (
    ("static int n;", True), ("int n = 3;", True), ("static const int n = 3;", False),
    ("static const char *p;", True), ("static const char *const p = NULL;", False),
    ("const char *names[] = {", True), ("static const char *const names[] = {", False),
    ("static const char *const names[] =", False), ("static char text[N][2];", True),
    ("static struct x *all;", True), ("static const struct x table[] = {", False),
    ("static struct x *const all = &one;", False), ("_Thread_local unsigned long n;", True),
    ("static int (*hook)(void *, int);", True), ("static int (*const hook)(void) = f;", False),
    ("static int a, b;", True), ("extern const struct command cmd_new;", False),
    ("static int f(void);", False), ("struct x;", False), ("typedef int64_t utc_t;", False),
    ("int f(const struct x *, struct err *e);", False), ("static const char **list;", True),
)


def check_variables(name, lines):
    """Of the file, which begin a line, and those of functions that outlive a call."""
    opened = ""
    for i, line in enumerate(lines):
        changes = False
        if line.lstrip().startswith("static ") or not line.startswith(" "):
            changes = is_mutable(line)
        if re.match(r"^(?:static |extern )?(?:const )?(?:struct|union|enum)(?: \w+)? \{$", line):
            opened = line
        elif re.match(r"^\} \w+", line):
            changes = "const " not in opened
        if changes:
            fault(name, f"line {i + 1} is a variable that can change and outlives its function: "
                        f"{line.strip()}")


def check_prints(name, lines):
    for i, line in enumerate(lines):
        if PRINTING.search(line):
            fault(name, f"line {i + 1} prints, past cli/out.h: a name of others may steer the "
                        f"terminal: {line.strip()}")


def check_specimens():
    for line, mutable in SPECIMENS:
        if is_mutable(line) != mutable:
            fault("structure.py", f"takes '{line}' for {'constant' if mutable else 'mutable'}")


def check_listed(name):
    folder = pathlib.PurePosixPath(name).parent
    stem = pathlib.PurePosixPath(name).stem
    for up in (folder, *folder.parents):
        cmake = TOP / up / "CMakeLists.txt"
        if cmake.is_file() and re.search(rf"\b{re.escape(stem)}\b", cmake.read_text()):
            return
    fault(name, "is in no CMakeLists.txt")


def check_format(names):
    try:
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *names], cwd=TOP,
                              capture_output=True, text=True)
    except FileNotFoundError:
        fault("clang-format", "is not installed: scripts/install-packages --tests installs it")
        return
    for line in done.stderr.splitlines():
        if "error:" in line:
            faults.append(line)


def main():
    names = tracked()
    code = [n for n in names if n.endswith((".c", ".h"))]
    if len(code) < 100:
        fault("structure.py", f"sees {len(code)} files of code; is TOP right?")
    for name in names:
        path = TOP / name
        if path.suffix in (".json", ".md", ".txt", ".pem", ".jsonl") or path.name in (
                "LICENSE", ".gitignore", ".npmrc", ".clang-format", ".clang-tidy", ".editorconfig") \
                or "/corpus/" in name or "/golden/" in name:
            continue
        if "SPDX-License-Identifier: Apache-2.0" not in path.read_text().split("\n\n")[0]:
            fault(name, "does not say its licence (SPDX line)")
    rooms, used = read_rooms(code), set()
    check_circles(rooms)
    check_architecture(rooms)
    for name in code:
        text = (TOP / name).read_text()
        lines = text.splitlines()
        if len(lines) > FILE_LINES:
            fault(name, f"has {len(lines)} lines, {FILE_LINES} at most")
        check_includes(name, text, rooms, used)
        check_comments(name, lines)
        check_functions(name, lines)
        if name.endswith(".c"):
            check_listed(name)
            if room(name) is not None and name not in MUTABLE_ALLOWED:
                check_variables(name, lines)
            if room(name) is not None and name not in PRINTS:
                check_prints(name, lines)
    for here, uses in rooms.items():
        for there in uses - {t for h, t in used if h == here}:
            fault(here, f"its README says that it may use {there}: no file does")
    check_ghosts(code)
    check_specimens()
    check_format(code)
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
