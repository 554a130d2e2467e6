#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PINs typed on a terminal of its own: typed.py PROGRAM MODULE URI PIN"""
import os
import pty
import re
import sys

program, module, uri, pin = sys.argv[1:]
seen = ""


def run(args, answers):
    """Answers each question; returns what the terminal showed, and the exit status."""
    global seen
    child, fd = pty.fork()
    if child == 0:
        os.execv(program, [program, *args, "--module", module, "--token", uri])
    shown = ""
    try:
        for question, answer in answers:
            while question not in shown:
                shown += os.read(fd, 4096).decode()
            rest = shown.split(question, 1)[1]
            seen += shown[:len(shown) - len(rest)]
            shown = rest
            os.write(fd, (answer(seen) if callable(answer) else answer).encode() + b"\n")
        while True:
            shown += os.read(fd, 4096).decode()
    except OSError:  # the other end is closed
        pass
    seen += shown
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def must(ok, what):
    if not ok:
        sys.exit(f"{what}:\n{seen}")


def change(old, new):
    return [("PIN that holds now", old), ("The new PIN:", new), ("The new PIN again:", new)]


new = "31415926"
must(run(["token-pin"], change(pin, new)) == 0, "the PIN was not changed")
must(pin not in seen and new not in seen, "a PIN was echoed")
must(run(["token-pin"], [("PIN that holds now", new), ("The new PIN:", pin), ("The new PIN again:", "47114712")]) == 13,
     "two that differ were taken")

# 6 6 is thrown again; 1 1 is 0, 1 2 is 1, 2 4 is 9, ...: eight digits
throws = ["66 11 12", "1 3 1 4", "24 24", "2423"]
dice = [("0 of 8", throws[0]), ("2 of 8", throws[1]), ("4 of 8", throws[2]), ("6 of 8", throws[3])]
must(run(["token-pin", "--make", "dice"],
         [("PIN that holds now", new), *dice, ("press Enter", ""), ("The new PIN again:", "01239998")]) == 0,
     "dice gave another PIN than they should")
must("The new PIN is 01239998" in seen and "\033[2K" in seen, "it was not shown, or not cleared")


def shown(text):
    return re.findall(r"The new PIN is (\d+)", text)[-1]


must(run(["token-pin", "--make", "machine"],
         [("PIN that holds now", "01239998"), ("press Enter", ""), ("The new PIN again:", shown)]) == 0,
     "the machine's PIN was not taken")
made = shown(seen)
must(len(made) == 8 and made != "01239998", "that is no new PIN")
must(run(["token-pin"], change(made, pin)) == 0, "the machine's PIN does not hold")
