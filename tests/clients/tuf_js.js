// SPDX-License-Identifier: Apache-2.0
// tuf-js, the client that npm and sigstore ship, takes what a rehearsal wrote and refuses everything
// less; 'tuf-ceremony verify' agrees in every case: tuf_js.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { refresh, run, shipped, verify } = require('./client');
const { Repository, signatureOf, DAY } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);
const ROOT = '1.root.json';
const TARGETS = '1.targets.json';

const keep = (n) => (metadata) => metadata.signatures.splice(n);

// Somebody without a key of the role signs with their own, under the keyid of a keyholder.
function strangerFor(holder) {
  const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return (metadata) => {
    metadata.signatures[holder].sig = signatureOf(metadata.signed, privateKey);
  };
}

// Somebody without a key of the role signs under their own keyid, in place of a keyholder.
function strangerBeside(metadata) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = {
    keytype: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    keyval: { public: publicKey.export({ type: 'spki', format: 'pem' }) },
  };
  metadata.signatures[0] = {
    keyid: crypto.createHash('sha256').update(canonicalize(key)).digest('hex'),
    sig: signatureOf(metadata.signed, privateKey),
  };
}

// The holder who signed first signs again in place of the second, under the same keyid.
function twice(metadata) {
  metadata.signatures[1] = metadata.signatures[0];
}

// What both have to take.
const accepted = [
  { name: 'the bundle as it was written', change: () => {} },
  {
    name: 'as many signatures as the thresholds ask for',
    change: (r) => {
      r.edit(ROOT, keep(r.threshold('root')));
      r.edit(TARGETS, keep(r.threshold('targets')));
    },
  },
];

// What both have to refuse: `error` and `says` are tuf-js's; `role` and `status` are what 'verify' names
// and its exit status. What tuf-js finds in targets it wraps, so that only the text tells the kind.
const refused = [
  {
    name: 'root with one signature too few',
    change: (r) => r.edit(ROOT, keep(r.threshold('root') - 1)),
    error: 'UnsignedMetadataError',
    says: /root was signed by \d\/\d keys/,
    role: 'root',
    status: 4,
  },
  {
    name: 'root with one byte changed',
    change: (r) => r.replace(ROOT, '"version": 1', '"version": 2'),
    error: 'UnsignedMetadataError',
    says: /root was signed by 0\/\d keys/,
    role: 'root',
    status: 4,
  },
  {
    name: 'root with a stranger under the keyid of a holder',
    change: (r) => {
      r.edit(ROOT, keep(r.threshold('root')));
      r.edit(ROOT, strangerFor(0));
    },
    error: 'UnsignedMetadataError',
    says: /root was signed by/,
    role: 'root',
    status: 4,
  },
  {
    name: 'root with a stranger in place of a holder',
    change: (r) => {
      r.edit(ROOT, keep(r.threshold('root')));
      r.edit(ROOT, strangerBeside);
    },
    error: 'UnsignedMetadataError',
    says: /root was signed by/,
    role: 'root',
    status: 4,
  },
  {
    name: 'root that one holder signed twice',
    change: (r) => {
      r.edit(ROOT, keep(r.threshold('root')));
      r.edit(ROOT, twice);
    },
    error: 'ValueError',
    says: /multiple signatures found/,
    role: 'root',
    status: 3,
  },
  {
    name: 'root that holds the signatures of targets',
    change: (r) => {
      const { signatures } = r.read(TARGETS);
      r.edit(ROOT, (metadata) => { metadata.signatures = signatures; });
    },
    error: 'UnsignedMetadataError',
    says: /root was signed by 0\/\d keys/,
    role: 'root',
    status: 4,
  },
  {
    name: 'targets with one signature too few',
    change: (r) => r.edit(TARGETS, keep(r.threshold('targets') - 1)),
    error: 'RuntimeError',
    says: /targets was signed by \d\/\d keys/,
    role: 'targets',
    status: 4,
  },
  {
    name: 'targets with one byte changed',
    change: (r) => r.replace(TARGETS, '"spec_version": "1.0.31"', '"spec_version": "1.0.32"'),
    error: 'RuntimeError',
    says: /targets was signed by 0\/\d keys/,
    role: 'targets',
    status: 4,
  },
  {
    name: 'targets with a stranger under the keyid of a holder',
    change: (r) => {
      r.edit(TARGETS, keep(r.threshold('targets')));
      r.edit(TARGETS, strangerFor(1));
    },
    error: 'RuntimeError',
    says: /targets was signed by/,
    role: 'targets',
    status: 4,
  },
  {
    name: 'targets with a stranger in place of a holder',
    change: (r) => {
      r.edit(TARGETS, keep(r.threshold('targets')));
      r.edit(TARGETS, strangerBeside);
    },
    error: 'RuntimeError',
    says: /targets was signed by/,
    role: 'targets',
    status: 4,
  },
  {
    name: 'targets changed after the snapshot',
    later: (r) => r.replace(TARGETS, '"version": 1', '"version":1 '),
    error: 'RuntimeError',
    says: /Expected hash .* got/,
    role: 'targets',
    status: 4,
  },
  {
    name: 'targets in the place of another version',
    version: 2,
    change: (r) => fs.copyFileSync(r.path(TARGETS), r.path('2.targets.json')),
    error: 'RuntimeError',
    says: /Version 1 of targets does not match snapshot version 2/,
    role: 'targets',
    status: 6,
  },
  {
    name: 'a snapshot and a timestamp by a stranger',
    change: (r) => {
      r.onlineKey = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    },
    error: 'UnsignedMetadataError',
    says: /timestamp was signed by 0\/1 keys/,
    role: 'timestamp',
    status: 4,
  },
  {
    name: 'a timestamp of yesterday',
    change: (r) => { r.lifetime = -DAY; },
    error: 'ExpiredMetadataError',
    says: /timestamp.json is expired/,
    role: 'timestamp',
    status: 5,
  },
];

let count = 0;
function repositoryOf({ change = () => {}, later = () => {}, version = 1 }) {
  const repository = new Repository(rehearsal, path.join(work, `repository-${count++}`));
  change(repository);
  repository.publish(version);
  later(repository);
  return repository;
}

for (const c of accepted) {
  test(`accepted: ${c.name}`, async () => {
    const repository = repositoryOf(c);
    const client = await refresh(repository, shipped(repository, work));

    assert.equal(client.trustedSet.targets.signed.version, 1);
    const ours = verify(program, repository);
    assert.deepEqual(ours, { status: 0, accepted: true, complete: true, refused: [] });
  });
}

for (const c of refused) {
  test(`refused: ${c.name}`, async () => {
    const repository = repositoryOf(c);

    await assert.rejects(refresh(repository, shipped(repository, work)), (error) => {
      assert.equal(error.constructor.name, c.error, error.stack);
      assert.match(error.message, c.says);
      return true;
    });
    const { status, accepted, refused } = verify(program, repository);
    assert.deepEqual({ status, accepted, refused }, { status: c.status, accepted: false, refused: [c.role] });
  });
}

test('tuf-js makes the same canonical bytes', () => {
  const repository = repositoryOf({});
  for (const name of [ROOT, TARGETS, '1.snapshot.json', 'timestamp.json']) {
    const { status, stdout, stderr } = run(program, 'canonical', '--signed', repository.path(name));
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout, Buffer.from(canonicalize(repository.read(name).signed)), name);
  }
});
