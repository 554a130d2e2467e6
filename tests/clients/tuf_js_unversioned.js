// SPDX-License-Identifier: Apache-2.0
// A repository that tuf-js's models made, without consistent snapshots, whose people have their keys on
// tokens: its plan is derived, one person is replaced, and a client that has version 1 arrives, asking for
// "targets.json" as it always did: tuf_js_unversioned.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Key, Metadata, MetaFile, Root, Signature, Snapshot, Targets, Timestamp } = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');
const { refresh, run, shipped } = require('./client');
const { Repository } = require('./repository');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'unversioned');
const ceremony = path.join(work, 'ceremony');
const expires = '2040-01-01T00:00:00Z';
const common = { spec_version: '1.0.31', expires };

function pair(owner) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const json = {
    keytype: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    keyval: { public: publicKey.export({ format: 'pem', type: 'spki' }) },
    ...(owner && { 'x-tuf-on-ci-keyowner': owner }),
  };
  const keyID = crypto.createHash('sha256').update(canonicalize(json)).digest('hex');
  return { owner, json, keyID, privateKey };
}

const people = ['ann', 'ben', 'cid'].map(pair);
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

// The worthless PIN of a rehearsal's token.
function pinOf(name) {
  const n = crypto.createHash('sha256').update(name).digest().readUIntBE(0, 3) % 1000000;
  return String(n).padStart(6, '0');
}

// The people's keys move onto their tokens, which the first try of the rehearsal makes.
function fillTokens() {
  const env = { ...process.env, SOFTHSM2_CONF: path.join(ceremony, 'first', 'tokens', 'softhsm2.conf') };
  for (const { owner, privateKey } of people) {
    const file = path.join(work, `${owner}.p8`);
    fs.writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { status, stderr } = spawnSync('softhsm2-util', ['--import', file, '--token', `REHEARSAL ${owner}`, '--label', 'root', '--id', '01', '--pin', pinOf(owner)], { env });
    assert.equal(status, 0, stderr.toString());
  }
}

const repository = Object.assign(Object.create(Repository.prototype), { folder, version: 2 });

test('the repository before is one that its own client accepts', async () => {
  const { root, targets } = (await refresh(repository, shipped(repository, work))).trustedSet;
  assert.deepEqual([root.signed.version, targets.signed.version], [1, 1]);
});

test('one person is replaced', () => {
  assert.equal(run(program, 'new', '--from', folder, ceremony).status, 0);
  assert.equal(run(program, 'edit', ceremony, '--leave', 'cid', '--join', 'dee').status, 0);
  const plan = JSON.parse(fs.readFileSync(path.join(ceremony, 'plan.json'), 'utf8'));
  fs.writeFileSync(path.join(ceremony, 'plan.json'), JSON.stringify({ ...plan, rehearsal: true }));
  fs.mkdirSync(path.join(ceremony, 'first', 'tokens'), { recursive: true, mode: 0o700 });
  const before = run(program, 'rehearse', '--unattended', ceremony);
  assert.notEqual(before.status, 0);
  assert.match(before.stderr, /key/);
  fillTokens();
  const { status, stderr } = run(program, 'rehearse', '--unattended', ceremony);
  assert.equal(status, 0, stderr);
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
