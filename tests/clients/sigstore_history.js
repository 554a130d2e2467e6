// SPDX-License-Identifier: Apache-2.0
// A real history: roots 8 to 10 of sigstore, as its own client shipped them, become a plan. Between them the
// tool changed, from go-tuf to tuf-on-ci, and with it the ids of keys that stayed:
// sigstore_history.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'sigstore');
const run = (...args) => execFileSync(program, args, { encoding: 'utf8' });
const file = (version) => path.join(folder, `${version}.root.json`);

fs.mkdirSync(folder);
for (const version of [8, 9, 10]) {
  const seeds = Object.values(require(`sigstore-root-${version}/seeds.json`));
  const roots = seeds.map((seed) => Buffer.from(seed['root.json'], 'base64'));
  const root = roots.find((bytes) => JSON.parse(bytes).signed.version === version);
  assert.ok(root, `the package has root ${version}`);
  fs.writeFileSync(file(version), root);
}

// any of them may be the last
for (const last of [8, 9, 10]) {
  const from = path.join(work, `up-to-${last}`);
  fs.mkdirSync(from);
  for (let version = 8; version <= last; version++) fs.copyFileSync(file(version), path.join(from, `${version}.root.json`));
  const plan = path.join(work, `plan-${last}`);
  run('new', '--from', from, plan);
  const written = JSON.parse(fs.readFileSync(path.join(plan, 'plan.json'), 'utf8'));
  assert.deepStrictEqual(written.trusted, { root: last });
  assert.strictEqual(written.roles.root.threshold, 3);
  assert.strictEqual(written.keyholders.length, 5);
  if (last === 10) // tuf-on-ci says who they are
    assert.deepStrictEqual(written.keyholders.map((h) => h.name).sort(),
      ['@bobcallaway', '@dlorenc', '@joshuagl', '@mnm678', '@santiagotorres']);
  assert.match(run('check', plan), /no key and no threshold changes/);
}

// nobody came and nobody went, but all five have another id, in root and in targets
const said = run('diff', file(9), file(10)).split('\n');
for (const role of ['root', 'targets']) {
  assert.strictEqual(said.filter((line) => line.startsWith(`${role}: `) && line.includes(' gets another id: ')).length, 5);
  assert.ok(!said.some((line) => line.startsWith(`${role}: `) && / (comes|goes)$/.test(line)));
}

// one byte of a root in between is another: clients would be stuck there, and it is said what to do
const forged = path.join(work, 'forged');
fs.cpSync(folder, forged, { recursive: true });
const bytes = fs.readFileSync(path.join(forged, '9.root.json'), 'utf8');
fs.writeFileSync(path.join(forged, '9.root.json'), bytes.replace('"threshold": 3', '"threshold": 2'));
const plan = path.join(work, 'forged-plan');
run('new', '--from', forged, plan);
assert.match(run('check', plan), /warning: root v9 carries 0 of the 3 signatures that v8 asks for.*\n.*once more from the repository/);
assert.doesNotMatch(run('check', path.join(work, 'plan-10')), /warning: root v\d+ (carries|can't)/);

// and one byte of the last root: nothing can follow it
fs.writeFileSync(file(10), fs.readFileSync(file(10), 'utf8').replace('"threshold": 3', '"threshold": 2'));
const refused = spawnSync(program, ['new', '--from', folder, path.join(work, 'refused')], { encoding: 'utf8' });
assert.strictEqual(refused.status, 4);
assert.match(refused.stderr, /signatures that 'root' needs/);
assert.ok(!fs.existsSync(path.join(work, 'refused')));
