// SPDX-License-Identifier: Apache-2.0
// A repository that tuf-js's models made, without consistent snapshots, whose people have their keys on
// tokens: its plan is derived, one person is replaced, and a client that has version 1 arrives, asking for
// "targets.json" as it always did: tuf_js_unversioned.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Key, Metadata, MetaFile, Root, Signature, Snapshot, Targets, Timestamp } = require('@tufjs/models');
const { refresh, run, shipped } = require('./client');
const { pair, rehearse } = require('./people');
const { Repository } = require('./repository');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'unversioned');
const ceremony = path.join(work, 'ceremony');
const expires = '2040-01-01T00:00:00Z';
const common = { spec_version: '1.0.31', expires };

const people = ['ann', 'ben', 'cid'].map((owner) => ({ owner, ...pair({ 'x-tuf-on-ci-keyowner': owner }) }));
const online = pair();

function publish(name, signed, signers) {
  const metadata = new Metadata(signed, {});
  for (const k of signers)
    metadata.sign((data) => new Signature({ keyID: k.keyID, sig: crypto.sign('sha256', data, k.privateKey).toString('hex') }));
  fs.writeFileSync(path.join(folder, name), JSON.stringify(metadata.toJSON()));
}

// Snapshot and timestamp over targets of that version, under the names without versions.
function publishOnline(version) {
  publish('snapshot.json', new Snapshot({ version, specVersion: '1.0.31', expires, meta: { 'targets.json': new MetaFile({ version }) } }), [online]);
  publish('timestamp.json', new Timestamp({ version, specVersion: '1.0.31', expires, snapshotMeta: new MetaFile({ version }) }), [online]);
}

const roles = (ids) => ({ keyids: ids, threshold: 2 });
fs.mkdirSync(folder);
publish('1.root.json', Root.fromJSON({
  _type: 'root', version: 1, ...common, consistent_snapshot: false,
  keys: Object.fromEntries([...people, online].map((k) => [k.keyID, Key.fromJSON(k.keyID, k.json).toJSON()])),
  roles: {
    root: roles(people.map((k) => k.keyID)),
    targets: roles(people.map((k) => k.keyID)),
    snapshot: { keyids: [online.keyID], threshold: 1 },
    timestamp: { keyids: [online.keyID], threshold: 1 },
  },
}), people.slice(0, 2));
publish('targets.json', Targets.fromJSON({ _type: 'targets', version: 1, ...common, targets: { 'a/file.txt': { length: 3, hashes: { sha256: '00'.repeat(32) } } } }), people.slice(0, 2));
publishOnline(1);

const repository = Object.assign(Object.create(Repository.prototype), { folder, version: 2 });

test('the repository before is one that its own client accepts', async () => {
  const { root, targets } = (await refresh(repository, shipped(repository, work))).trustedSet;
  assert.deepEqual([root.signed.version, targets.signed.version], [1, 1]);
});

test('one person is replaced', () => {
  assert.equal(run(program, 'new', '--from', folder, ceremony).status, 0);
  assert.equal(run(program, 'edit', ceremony, '--leave', 'cid', '--join', 'dee').status, 0);
  rehearse(program, ceremony, people, work);
});

test('the files have the names that clients of that repository ask for', () => {
  const names = fs.readdirSync(path.join(ceremony, 'bundle', 'metadata'));
  assert.deepEqual(names.sort(), ['2.root.json', 'targets.json']);
  fs.cpSync(path.join(ceremony, 'bundle', 'metadata'), folder, { recursive: true });
  publishOnline(2);
});

test('accepted: by a client that has version 1', async () => {
  const { root, targets } = (await refresh(repository, shipped(repository, work))).trustedSet;
  assert.deepEqual([root.signed.version, targets.signed.version], [2, 2]);
  assert.equal(root.signed.consistentSnapshot, false);
  assert.equal(root.signed.roles.root.keyIDs.includes(people[2].keyID), false);
  assert.deepEqual(Object.keys(targets.signed.targets), ['a/file.txt']);
  assert.equal(run(program, 'verify', '--trusted-root', repository.path('1.root.json'), folder).status, 0);
});
