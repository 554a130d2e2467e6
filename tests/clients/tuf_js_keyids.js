// SPDX-License-Identifier: Apache-2.0
// A repository in the form of GitHub's: all nine keyids were made before tuf-on-ci's members were added to
// the keys. Its root alone is renewed and published; clients with version 1 go on, although targets,
// snapshot and timestamp are as they were. Then a plan corrects the ids, root and targets are signed anew,
// and the online side signs under the new id: tuf_js_keyids.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { refresh, run, shipped, verify } = require('./client');
const { pair, rehearse } = require('./people');
const { Repository } = require('./repository');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'github');
const repository = Object.assign(Object.create(Repository.prototype), { folder, version: 1 });
const common = { spec_version: '1.0.31', expires: '2040-01-01T00:00:00Z', version: 1 };

const owned = (owner) => ({ owner, ...pair({ 'x-tuf-on-ci-keyowner': owner }, true) });
const root = ['@ann', '@ben', '@cid', '@dee', '@eva'].map(owned);
const targets = ['@fay', '@gus', '@hal'].map(owned);
const online = pair({ 'x-tuf-on-ci-online-uri': 'azurekms://x' }, true);
const all = [...root, ...targets, online];

const role = (keys, threshold) => ({ keyids: keys.map((k) => k.keyID), threshold });

function publish(name, signed, signers) {
  const data = Buffer.from(canonicalize(signed));
  const signatures = signers.map((k) => ({ keyid: k.keyID, sig: crypto.sign('sha256', data, k.privateKey).toString('hex') }));
  fs.writeFileSync(path.join(folder, name), JSON.stringify({ signatures, signed }));
}

fs.mkdirSync(folder);
publish('1.root.json', {
  _type: 'root', ...common, consistent_snapshot: true, 'x-tuf-on-ci-expiry-period': 240,
  keys: Object.fromEntries(all.map((k) => [k.keyID, k.json])),
  roles: { root: role(root, 3), targets: role(targets, 2), snapshot: role([online], 1), timestamp: role([online], 1) },
}, root.slice(0, 3));
publish('1.targets.json', { _type: 'targets', ...common, targets: { 'a.txt': { length: 3, hashes: { sha256: '00'.repeat(32) } } } }, targets.slice(0, 2));
publish('1.snapshot.json', { _type: 'snapshot', ...common, meta: { 'targets.json': { version: 1 } } }, [online]);
publish('timestamp.json', { _type: 'timestamp', ...common, meta: { 'snapshot.json': { version: 1 } } }, [online]);
const before = repository.read('1.root.json').signed;

// What clients embed: the root alone.
const embedded = path.join(work, 'embedded');
const ceremony = path.join(work, 'ceremony');
fs.mkdirSync(embedded);
fs.copyFileSync(repository.path('1.root.json'), path.join(embedded, '1.root.json'));
const client = shipped(repository, work);

test('a client uses the repository before', async () => {
  assert.equal((await refresh(repository, client)).trustedSet.root.signed.version, 1);
});

test('the derived plan passes, and root is renewed', () => {
  assert.equal(run(program, 'new', '--from', embedded, ceremony).status, 0);
  const { status, stdout } = run(program, 'check', '--json', ceremony);
  assert.equal(status, 0);
  assert.ok(!JSON.parse(stdout).findings.some((f) => f.rule === 'seen-threshold'));
  rehearse(program, ceremony, root, work);
  const names = fs.readdirSync(path.join(ceremony, 'bundle', 'metadata'));
  assert.deepEqual(names, ['2.root.json']);
  fs.copyFileSync(path.join(ceremony, 'bundle', 'metadata', '2.root.json'), repository.path('2.root.json'));
});

test('each key is listed as it was', () => {
  const { signatures, signed } = repository.read('2.root.json');
  assert.deepEqual(signed.keys, before.keys);
  assert.deepEqual(signed.roles, before.roles);
  assert.ok(signatures.every(({ keyid }) => before.roles.root.keyids.includes(keyid)));
});

test('the bundle knows who holds a key that is listed under another id', () => {
  const { stdout } = run(program, 'inspect', '--json', '--path', 'a.txt', path.join(ceremony, 'bundle'));
  const { keys } = JSON.parse(stdout).steps[0];
  assert.deepEqual(keys.map(({ holder }) => holder).sort(), ['@fay', '@gus', '@hal']);
});

test('accepted: by a client that has version 1, and by one that ships it', async () => {
  for (const metadata of [client, shipped(repository, work)]) {
    const trusted = (await refresh(repository, metadata)).trustedSet;
    assert.deepEqual([trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets].map((m) => m.signed.version), [2, 1, 1, 1]);
  }
  assert.deepEqual(verify(program, repository), { status: 0, accepted: true, complete: true, refused: [] });
});

// The plan says so, and the rehearsal's tokens hold the keys of both roles' people.
function correct(dir) {
  const file = path.join(dir, 'plan.json');
  const plan = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify({ ...plan, correct_keyids: true }));
}

test('ids are not corrected where something that is signed under them stays', () => {
  const dir = path.join(work, 'half');
  assert.equal(run(program, 'new', '--from', embedded, dir).status, 0);
  correct(dir);
  const { status, stdout } = run(program, 'check', '--json', dir);
  assert.notEqual(status, 0);
  assert.ok(JSON.parse(stdout).findings.some((f) => f.level === 'refused' && f.rule === 'keyids' && f.text.includes("'targets'")));
});

test('accepted: ids that are corrected with all that is signed under them', async () => {
  const dir = path.join(work, 'corrected');
  assert.equal(run(program, 'new', '--from', folder, dir).status, 0);
  assert.equal(run(program, 'edit', '--correct-keyids', 'yes', dir).status, 0);
  const { status, stdout } = run(program, 'check', '--json', dir);
  assert.equal(status, 0);
  assert.match(JSON.parse(stdout).findings.find((f) => f.rule === 'keyids').text, /: snapshot, timestamp$/);
  rehearse(program, dir, [...root, ...targets], work);
  fs.cpSync(path.join(dir, 'bundle', 'metadata'), folder, { recursive: true });
  const { keys, roles } = repository.read('3.root.json').signed;
  for (const [id, key] of Object.entries(keys))
    assert.equal(id, crypto.createHash('sha256').update(canonicalize(key)).digest('hex'));
  const renewed = { ...online, keyID: roles.timestamp.keyids[0] };
  publish('2.snapshot.json', { _type: 'snapshot', ...common, version: 2, meta: { 'targets.json': { version: 2 } } }, [renewed]);
  publish('timestamp.json', { _type: 'timestamp', ...common, version: 2, meta: { 'snapshot.json': { version: 2 } } }, [renewed]);
  for (const metadata of [client, shipped(repository, work)]) {
    const trusted = (await refresh(repository, metadata)).trustedSet;
    assert.deepEqual([trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets].map((m) => m.signed.version), [3, 2, 2, 2]);
  }
});
