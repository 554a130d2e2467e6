#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command five times: cost.py COMMAND...

Prints the least processor time (user and system, in microseconds) and the largest peak of resident
memory (in KiB). Processor time, because other work on the machine does not count.
"""
import os
import subprocess
import sys

times, peaks = [], []
for _ in range(5):
    child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"cost.py: failed: {' '.join(sys.argv[1:])}")
    times.append(usage.ru_utime + usage.ru_stime)
    peaks.append(usage.ru_maxrss)
print(int(min(times) * 1e6), max(peaks))
