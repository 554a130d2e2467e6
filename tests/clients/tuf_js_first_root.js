// SPDX-License-Identifier: Apache-2.0
// Too few of the old keys are left: a new first root, beside what was served before. A client that is
// shipped with it comes along, at the same address; one that has the old root does not, and is not led
// anywhere else: tuf_js_first_root.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { refresh, run, shipped } = require('./client');
const { Repository } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);
const both = (name) => new Repository(rehearsal, path.join(work, name));

function shippedAnew(repository) {
  const metadataDir = fs.mkdtempSync(path.join(work, 'client-'));
  fs.copyFileSync(repository.path('2.root.json'), path.join(metadataDir, 'root.json'));
  return metadataDir;
}

test('accepted: by a client that is shipped with the new first root', async () => {
  const repository = both('accepted');
  repository.publish();
  const { root, targets } = (await refresh(repository, shippedAnew(repository))).trustedSet;

  assert.deepEqual([root.signed.version, targets.signed.version], [2, 2]);
  const { status } = run(program, 'verify', '--trusted-root', repository.path('2.root.json'), repository.folder);
  assert.equal(status, 0);
});

test('refused: by a client that has the root of before', async () => {
  const repository = both('refused');
  repository.publish();
  await assert.rejects(refresh(repository, shipped(repository, work)), /root was signed by 0\//);
  const { status } = run(program, 'verify', '--trusted-root', repository.path('1.root.json'), repository.folder);
  assert.equal(status, 4);
});

test('the online key and the files of targets go on', () => {
  const repository = both('same');
  const [old, renewed] = ['1', '2'].map((n) => repository.read(`${n}.root.json`).signed);
  assert.deepEqual(renewed.roles.timestamp, old.roles.timestamp);
  assert.equal(renewed.roles.root.keyids.some((id) => old.roles.root.keyids.includes(id)), false);
  assert.deepEqual(repository.read('2.targets.json').signed.targets, repository.read('1.targets.json').signed.targets);
});
