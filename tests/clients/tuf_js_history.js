// SPDX-License-Identifier: Apache-2.0
// Fifteen versions of root as sigstore's have come to be: hex keys in the first four and a fraction in the
// first one's expiry; PEM since version 5; from version 10 on an owner in each key under the id of before, and
// placeholders for those who have not signed. A plan is derived of them, their oddities are named, and
// 'verify' says since which version clients are not stuck: tuf_js_history.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Key, Metadata, Root, Signature } = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'sigstore-like');
const VERSIONS = 15;
const PEM_SINCE = 5;
const OWNERS_SINCE = 10;

const people = ['@ann', '@ben', '@cid', '@dan', '@eve', '@fay'].map((owner) => ({
  owner,
  ...crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}));
const online = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

// The point alone, as 130 hex digits: the last 65 bytes of the SubjectPublicKeyInfo.
const hexPoint = (key) => key.export({ format: 'der', type: 'spki' }).subarray(-65).toString('hex');

// The key as that version's root writes it, and the id that it is listed under.
function written(pair, version) {
  const pem = pair.publicKey.export({ format: 'pem', type: 'spki' });
  const json = {
    keytype: version < OWNERS_SINCE ? 'ecdsa-sha2-nistp256' : 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    ...(version < OWNERS_SINCE && { keyid_hash_algorithms: ['sha256', 'sha512'] }),
    keyval: { public: version < PEM_SINCE ? hexPoint(pair.publicKey) : pem },
  };
  const keyID = sha256(canonicalize(json)); // before the owner is added
  if (version >= OWNERS_SINCE && pair.owner) json['x-tuf-on-ci-keyowner'] = pair.owner;
  return { keyID, key: Key.fromJSON(keyID, json), privateKey: pair.privateKey };
}

// Five of six hold keys; @eve's seat goes to @fay in version 8.
const committee = (version) => (version < 8 ? people.slice(0, 5) : [...people.slice(0, 4), people[5]]);

function rootOf(version) {
  const holders = committee(version).map((p) => written(p, version));
  const machine = written(online, version);
  const ids = holders.map((h) => h.keyID);
  const offline = { keyids: ids, threshold: 3 };
  const signed = Root.fromJSON({
    _type: 'root',
    version,
    spec_version: '1.0',
    expires: version === 1 ? '2021-12-18T13:28:12.99008-06:00' : `${version < VERSIONS ? 2020 + version : 2040}-01-01T00:00:00Z`,
    consistent_snapshot: version >= 3,
    keys: Object.fromEntries([...holders, machine].map((k) => [k.keyID, k.key.toJSON()])),
    roles: { root: offline, targets: offline, ...Object.fromEntries(['snapshot', 'timestamp'].map((r) => [r, { keyids: [machine.keyID], threshold: 1 }])) },
  });
  const root = new Metadata(signed, {});
  const signs = (k) =>
    root.sign((data) => new Signature({ keyID: k.keyID, sig: crypto.sign('sha256', data, k.privateKey).toString('hex') }));

  holders.slice(0, 3).forEach(signs);
  // the keys of before sign under the ids of before
  if (version > 1)
    committee(version - 1).map((p) => written(p, version - 1)).slice(0, 3).forEach((k) => root.signatures[k.keyID] || signs(k));
  if (version >= OWNERS_SINCE)
    holders.slice(3).forEach((h) => { root.signatures[h.keyID] = new Signature({ keyID: h.keyID, sig: '' }); });
  return root;
}

const history = Array.from({ length: VERSIONS }, (_, i) => rootOf(i + 1));
fs.mkdirSync(folder);
history.forEach((root, i) => fs.writeFileSync(path.join(folder, `${i + 1}.root.json`), JSON.stringify(root.toJSON())));

function run(...args) {
  const { status, stdout } = spawnSync(program, [...args, '--json']);
  return { status, ...JSON.parse(stdout.toString()) };
}

test('the history is what it is meant to be: its own library follows every step', () => {
  history.slice(1).forEach((root, i) => {
    history[i].verifyDelegate('root', root);
    root.verifyDelegate('root', root);
  });
});

test('a plan is derived, and every oddity is named', () => {
  const plan = path.join(work, 'plan');
  assert.equal(run('new', '--from', folder, plan).status, 0);
  const { trusted, keyholders, roles } = JSON.parse(fs.readFileSync(path.join(plan, 'plan.json'), 'utf8'));
  assert.deepEqual(trusted, { root: VERSIONS });
  assert.deepEqual(keyholders.map((h) => h.name), committee(VERSIONS).map((p) => p.owner));
  assert.equal(roles.root.threshold, 3);

  const { status, changes, findings } = run('check', plan);
  assert.equal(status, 0);
  assert.equal(changes[0], 'no key and no threshold changes');
  const notes = findings.filter((f) => f.rule === 'history').map((f) => f.text);
  const named = (pattern) => notes.filter((n) => pattern.test(n)).length;
  for (const v of [1, 2, 3, 4]) assert.equal(named(new RegExp(`^root v${v} can't be read as clients read it`)), 1, notes.join('\n'));
  assert.equal(named(/^root v1 .*an old form of a time/), 1, notes.join('\n'));
  assert.equal(named(/^root v[234] .*an old form of an ECDSA key, its point as hex digits/), 3, notes.join('\n'));
  assert.equal(named(/^root v15 lists 5 of its 6 keys by ids that are not the SHA-256/), 1, notes.join('\n'));
  assert.equal(notes.length, 5, notes.join('\n'));
  assert.deepEqual(findings.filter((f) => f.level === 'refused'), []);
  // a placeholder is no sign of life
  assert.deepEqual(findings.filter((f) => f.rule === 'unseen-key').map((f) => f.text.match(/@\w+/)[0]), ['@dan', '@fay']);
});

test('verify says since which version it can be trusted', () => {
  for (let version = 1; version <= VERSIONS; version++) {
    const root = path.join(folder, `${version}.root.json`);
    const { status, accepted, accepted_since } = run('verify', '--trusted-root', root, folder);

    // there are only roots: a part of a repository, by status and words
    assert.equal(accepted, false, `version ${version}`);
    assert.equal(status === 7, version >= PEM_SINCE, `version ${version}`);
    assert.equal(accepted_since, version < PEM_SINCE ? PEM_SINCE : undefined, `version ${version}`);
  }
});

test('a stranger\'s root is told nothing about', () => {
  const root = path.join(work, 'stranger.json');
  fs.writeFileSync(root, JSON.stringify(history[0].toJSON(), null, 1));
  assert.equal(run('verify', '--trusted-root', root, folder).accepted_since, undefined);
});
