// SPDX-License-Identifier: Apache-2.0
// A root that another library made, with members of its own, becomes a plan; so does its successor:
// tuf_js_import.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Key, Metadata, Root, Signature } = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');

const [program, , work] = process.argv.slice(2);
const folder = path.join(work, 'elsewhere');
const plan = path.join(work, 'plan');

// Three people and an online key; the owners' names as tuf-on-ci writes them.
const pairs = ['@ann', '@ben', '@cid', undefined].map((owner) => {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const json = {
    keytype: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    keyval: { public: publicKey.export({ format: 'pem', type: 'spki' }) },
    ...(owner && { 'x-tuf-on-ci-keyowner': owner }),
  };
  const keyID = crypto.createHash('sha256').update(canonicalize(json)).digest('hex');
  return { key: Key.fromJSON(keyID, json), keyID, privateKey };
});
const ids = pairs.slice(0, 3).map((p) => p.keyID);
const online = [pairs[3].keyID];

for (const version of [1, 2]) {
  const root = new Metadata(Root.fromJSON({
    _type: 'root',
    version,
    spec_version: '1.0.31',
    expires: '2030-01-01T00:00:00Z',
    consistent_snapshot: true,
    keys: Object.fromEntries(pairs.map((p) => [p.keyID, p.key.toJSON()])),
    roles: {
      root: { keyids: ids, threshold: 2 },
      targets: { keyids: ids, threshold: 2 },
      snapshot: { keyids: online, threshold: 1, 'x-tuf-on-ci-expiry-period': 4 },
      timestamp: { keyids: online, threshold: 1 },
    },
    'x-tuf-on-ci-signing-period': 60,
  }), {});
  for (const p of pairs.slice(0, 2))
    root.sign((data) => new Signature({ keyID: p.keyID, sig: crypto.sign('sha256', data, p.privateKey).toString('hex') }));
  root.signatures[ids[2]] = new Signature({ keyID: ids[2], sig: '' }); // asked, and not there yet
  fs.mkdirSync(path.join(folder, 'root_history'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'root_history', `${version}.root.json`), JSON.stringify(root.toJSON()));
  if (version === 2) fs.writeFileSync(path.join(folder, 'root.json'), JSON.stringify(root.toJSON()));
}

execFileSync(program, ['new', '--from', folder, plan]);
const written = JSON.parse(fs.readFileSync(path.join(plan, 'plan.json'), 'utf8'));
assert.deepStrictEqual(written.trusted, { root: 2 });
assert.deepStrictEqual(written.keyholders.map((h) => h.name), ['@ann', '@ben', '@cid']);
assert.deepStrictEqual(written.keyholders.map((h) => h.keys.root), ids);
assert.deepStrictEqual(written.online_keys.map((k) => k.keyid), online);
const checked = JSON.parse(execFileSync(program, ['check', '--json', plan]));
assert.deepStrictEqual(checked.changes, ['no key and no threshold changes']);
assert.ok(checked.findings.some((f) => f.rule === 'unseen-key' && f.text.includes('@cid')));
assert.ok(!checked.findings.some((f) => f.level === 'refused'));
