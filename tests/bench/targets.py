#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a targets file as large as a package index has it: targets.py ENTRIES > FILE

About 260 bytes an entry. The entries come in an order that is not the canonical one, for that is what
costs most.
"""
import hashlib
import sys

entries = int(sys.argv[1])
out = sys.stdout
out.write('{\n "signatures": [],\n "signed": {\n  "_type": "targets",\n')
out.write('  "expires": "2030-01-01T00:00:00Z",\n  "spec_version": "1.0.31",\n  "targets": {')
comma = ""
for i in range(entries):
    digest = hashlib.sha256(b"%d" % i).hexdigest()
    path = f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/project_{i:07d}-1.0.{i % 90}-py3-none-any.whl"
    out.write(f'{comma}\n   "{path}": {{\n    "hashes": {{\n     "sha256": "{digest}"\n    }},\n'
              f'    "length": {i * 37 + 1}\n   }}')
    comma = ","
out.write('\n  },\n  "version": 1\n }\n}\n')
