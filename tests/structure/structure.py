#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shape of the code, checked: structure.py TOP

Includes point left only; every file says its licence, is listed, and is short enough to be read; no
function is longer than a screen; nothing mutable lives outside a function.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
FILE_LINES, TEST_LINES, FUNCTION_LINES = 400, 600, 60
ROOMS = ("metadata", "tokens", "ceremony", "ceremony/cli", "ceremony/ui")
# what a room may include, beside itself
LEFT = {
    "metadata": (),
    "tokens": ("metadata",),
    "ceremony": ("metadata", "tokens"),
    "ceremony/cli": ("metadata", "tokens", "ceremony"),
    "ceremony/ui": ("metadata", "tokens", "ceremony"),
}
# what the tokens see of metadata: bytes and keys, not what is signed
TOKENS_SEE = {"metadata/err.h", "metadata/bytes.h", "metadata/key.h", "metadata/json.h"}
# an include that one file alone may have
ALONE = {"ncurses.h": "ceremony/ui/term.c", "curses.h": "ceremony/ui/term.c"}
# the terminal is one, and curses has one
# and socket() and connect() know no handle
MUTABLE_ALLOWED = {"ceremony/ui/term.c", "tokens/network.c"}
MAIN = "ceremony/main.c"  # knows both commands and screens

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
    folder = str(pathlib.PurePosixPath(name).parent)
    return folder if folder in ROOMS else None


def check_includes(name, text):
    here = room(name)
    for header in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.M):
        if header in ALONE and here is not None and ALONE[header] != name:
            fault(name, f"includes {header}, which is {ALONE[header]}'s alone")
        there = room(header)
        if here is None or there is None or there == here or name == MAIN:
            continue
        if there not in LEFT[here]:
            fault(name, f"includes {header}: an arrow to the right")
        if here == "tokens" and header not in TOKENS_SEE:
            fault(name, f"includes {header}: tokens see err, bytes, key and json only")


def check_functions(name, lines):
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            if i - start + 1 > FUNCTION_LINES:
                fault(name, f"a function of {i - start + 1} lines ends in line {i + 1}")
            start = None


MUTABLE = re.compile(r"^(?:static |extern )?(?:_Thread_local )?(?:unsigned |signed |struct |enum )?\w+ [\w *]*"
                     r"\w+(?:\[[^\]]*\])*(?: = .*)?;$")


def check_variables(name, lines):
    depth = 0
    for i, line in enumerate(lines):
        if (depth == 0 and MUTABLE.match(line) and "const" not in line.split("=")[0]
                and not line.startswith(("typedef ", "return ", "struct ", "enum ", "union "))):
            fault(name, f"line {i + 1} is a variable of the file that can change: {line}")
        depth += line.count("{") - line.count("}")


def check_listed(name):
    folder = pathlib.PurePosixPath(name).parent
    stem = pathlib.PurePosixPath(name).stem
    for up in (folder, folder.parent):
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
    for name in code:
        text = (TOP / name).read_text()
        lines = text.splitlines()
        most = TEST_LINES if name.startswith("tests/") else FILE_LINES
        if len(lines) > most:
            fault(name, f"has {len(lines)} lines, {most} at most")
        check_includes(name, text)
        check_functions(name, lines)
        if name.endswith(".c"):
            check_listed(name)
            if room(name) is not None and name not in MUTABLE_ALLOWED:
                check_variables(name, lines)
    check_format(code)
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
