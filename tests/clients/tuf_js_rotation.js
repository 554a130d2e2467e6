// SPDX-License-Identifier: Apache-2.0
// What a rehearsal built on metadata in force: clients that know only version 1 of root come along, and
// nobody comes along with fewer signatures of either committee: tuf_js_rotation.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { refresh, shipped, verify } = require('./client');
const { Repository } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);
const ROOT = '2.root.json';

let count = 0;
const folder = () => path.join(work, `repository-${count++}`);
const before = () => new Repository(path.join(rehearsal, 'first'), folder());
const now = () => new Repository(rehearsal, folder());

// Who signed version 2: of both committees, of the old one only, of the new one only.
const [old, renewed] = ['1.root.json', ROOT].map((name) => now().read(name).signed.roles.root);
const signers = now().read(ROOT).signatures.map((signature) => signature.keyid);
const both = signers.filter((id) => old.keyids.includes(id) && renewed.keyids.includes(id));
const leaving = signers.filter((id) => old.keyids.includes(id) && !renewed.keyids.includes(id));
const joining = signers.filter((id) => !old.keyids.includes(id) && renewed.keyids.includes(id));

const keep = (keyids) => (metadata) => {
  metadata.signatures = metadata.signatures.filter(({ keyid }) => keyids.includes(keyid));
};

async function isAccepted(repository, client) {
  const { root, targets } = (await refresh(repository, client)).trustedSet;

  assert.deepEqual([root.signed.version, targets.signed.version], [2, 2]);
  const ours = verify(program, repository);
  assert.deepEqual(ours, { status: 0, accepted: true, complete: true, refused: [] });
}

async function isRefused(repository, role, says) {
  await assert.rejects(refresh(repository, shipped(repository, work)), (error) => {
    assert.equal(error.constructor.name, 'UnsignedMetadataError', error.stack);
    assert.match(error.message, says);
    return true;
  });
  const { status, accepted, refused } = verify(program, repository);
  assert.deepEqual({ status, accepted, refused }, { status: 4, accepted: false, refused: [role] });
}

test('accepted: by a client that was shipped with version 1', async () => {
  const repository = now();
  repository.publish();
  await isAccepted(repository, shipped(repository, work));
});

test('accepted: by a client that used version 1 yesterday', async () => {
  const [yesterday, today] = [before(), now()];
  const client = shipped(yesterday, work);

  yesterday.publish();
  today.publish();
  assert.equal((await refresh(yesterday, client)).trustedSet.root.signed.version, 1);
  await isAccepted(today, client);
});

test('accepted: with as many signatures as both committees need', async () => {
  const repository = now();
  const need = Math.max(old.threshold, renewed.threshold);
  assert.ok(both.length >= need);
  repository.edit(ROOT, keep(both.slice(0, need)));
  repository.publish();
  await isAccepted(repository, shipped(repository, work));
});

test('refused: one signature of the old committee too few', async () => {
  const repository = now();
  repository.edit(ROOT, keep([...both.slice(0, old.threshold - 1), ...joining]));
  repository.publish();
  await isRefused(repository, 'root', new RegExp(`root was signed by ${old.threshold - 1}/`));
});

if (leaving.length > 0) {
  test('refused: one signature of the new committee too few', async () => {
    const repository = now();
    repository.edit(ROOT, keep([...both.slice(0, renewed.threshold - 1), ...leaving]));
    repository.publish();
    await isRefused(repository, 'root', new RegExp(`root was signed by ${renewed.threshold - 1}/`));
  });
}

test('refused: one byte of the new root changed', async () => {
  const repository = now();
  repository.replace(ROOT, '"spec_version": "1.0.31"', '"spec_version": "1.0.32"');
  repository.publish();
  await isRefused(repository, 'root', /root was signed by 0\//);
});

if (fs.existsSync(path.join(rehearsal, 'REHEARSAL-online-private.pem'))) {
  test('refused: a timestamp by the online key that was replaced', async () => {
    const repository = now();
    const { onlineKey } = before();
    assert.notDeepEqual(
      crypto.createPublicKey(onlineKey).export({ format: 'jwk' }),
      crypto.createPublicKey(repository.onlineKey).export({ format: 'jwk' })
    );
    repository.onlineKey = onlineKey;
    repository.publish();
    await isRefused(repository, 'timestamp', /timestamp was signed by 0\/1 keys/);
  });
}
