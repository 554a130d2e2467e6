// SPDX-License-Identifier: Apache-2.0
// Bins by succinct roles and as a list with hash prefixes: 'inspect --path' goes where tuf-js goes, and
// 'verify' looks at 16,384 of them, as PEP 458 has, in seconds: tuf_js_many_bins.js PROGRAM - WORK
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { Updater } = require('tuf-js');
const { run, shipped, verify } = require('./client');
const { Tree, sha256 } = require('./tree');

const [program, , work] = process.argv.slice(2);
const SECONDS = 300; // on a slow, busy machine, with sanitizers; four seconds are usual
const MANY = Number(process.env.MANY_BINS_BITS ?? 14); // 16,384; fewer where the program is instrumented
const FILE = 'packages/4f/d2/django-5.0.tar.gz';

const hex = (n, width = 4) => n.toString(16).padStart(width, '0');
const top = { delegations: [{ name: 'bins', paths: ['*/*/*/*'], terminating: false }] };
const binName = (bits, i) => `bin-n-${hex(i, Math.ceil(bits / 4))}`;
const homeOf = (bits) => binName(bits, parseInt(sha256(FILE).slice(0, 4), 16) >> (16 - bits));

// 2^bits bins; the file is in the one that its hash goes to.
function bins(bits) {
  const names = Array.from({ length: 2 ** bits }, (_, i) => binName(bits, i));
  return Object.fromEntries(names.map((name) => [name, { targets: name === homeOf(bits) ? { [FILE]: 'wheel' } : {} }]));
}

const succinct = (bits) => ({
  targets: top, bins: { succinct: { bit_length: bits, name_prefix: 'bin-n' } }, ...bins(bits) });

function listed(bits) {
  const each = 2 ** (16 - bits);
  const delegations = Array.from({ length: 2 ** bits }, (_, i) => ({
    name: binName(bits, i),
    path_hash_prefixes: Array.from({ length: each }, (_, k) => hex(each * i + k)),
    terminating: true,
  }));
  return { targets: top, bins: { delegations }, ...bins(bits) };
}

const lookup = (tree) => JSON.parse(run(program, 'inspect', '--json', '--path', FILE, tree.folder).stdout.toString());

for (const [name, roles] of [['succinct', succinct], ['listed', listed]]) {
  test(`256 bins, ${name}`, async () => {
    const tree = new Tree(roles(8), path.join(work, `${name}-8`));
    const we = lookup(tree);
    assert.equal(we.found_in, homeOf(8));
    await tree.serve(async (metadataBaseUrl) => {
      const client = new Updater({ metadataDir: shipped(tree, work), metadataBaseUrl, config: { fetchRetries: 0 } });
      assert.equal((await client.getTargetInfo(FILE)).length, we.length);
    });
    assert.deepEqual(tree.requests.slice(-3), ['1.targets.json', '1.bins.json', `1.${homeOf(8)}.json`]);
  });

  // Not by tuf-js, whose time for a list or a snapshot grows with the square of its length.
  test(`${2 ** MANY} bins, ${name}`, () => {
    const tree = new Tree(roles(MANY), path.join(work, `${name}-many`));
    const started = process.hrtime.bigint();
    assert.deepEqual(verify(program, tree), { status: 0, accepted: true, complete: true, refused: [] });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    console.log(`verify: ${seconds.toFixed(1)} s`);
    assert.ok(seconds < SECONDS, `verify takes ${seconds} s`);
    assert.equal(lookup(tree).found_in, homeOf(MANY));
  });
}
