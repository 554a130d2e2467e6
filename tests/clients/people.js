// SPDX-License-Identifier: Apache-2.0
// People whose keys another tool made, and the tokens of a rehearsal that hold them.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { canonicalize } = require('@tufjs/canonical-json');
const { run } = require('./client');

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

// A P-256 key with these members of a tool's own: { json, keyID, privateKey }. The id is the
// specification's, or (`foreign`) is made before the members are added, as tuf-on-ci did.
function pair(members = {}, foreign = false) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const bare = {
    keytype: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    keyval: { public: publicKey.export({ format: 'pem', type: 'spki' }) },
  };
  const json = { ...bare, ...members };
  return { json, keyID: sha256(canonicalize(foreign ? bare : json)), privateKey };
}

// The worthless PIN of a rehearsal's token.
function pinOf(name) {
  const n = crypto.createHash('sha256').update(name).digest().readUIntBE(0, 3) % 1000000;
  return String(n).padStart(6, '0');
}

// The people's keys ({ owner, privateKey }) move onto their tokens.
function fillTokens(ceremony, people, work) {
  const env = { ...process.env, SOFTHSM2_CONF: path.join(ceremony, 'first', 'tokens', 'softhsm2.conf') };
  for (const { owner, privateKey } of people) {
    const file = path.join(work, `${owner}.p8`);
    fs.writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { status, stderr } = spawnSync('softhsm2-util', ['--import', file, '--token', `REHEARSAL ${owner}`, '--label', 'root', '--id', '01', '--pin', pinOf(owner)], { env });
    assert.equal(status, 0, stderr.toString());
  }
}

// Rehearses the ceremony with the people's keys; the first try makes their tokens.
function rehearse(program, ceremony, people, work) {
  const file = path.join(ceremony, 'plan.json');
  const plan = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify({ ...plan, rehearsal: true }));
  fs.mkdirSync(path.join(ceremony, 'first', 'tokens'), { recursive: true, mode: 0o700 });
  const before = run(program, 'rehearse', '--unattended', ceremony);
  assert.notEqual(before.status, 0);
  assert.match(before.stderr, /key/);
  fillTokens(ceremony, people, work);
  const { status, stderr } = run(program, 'rehearse', '--unattended', ceremony);
  assert.equal(status, 0, stderr);
}

module.exports = { pair, rehearse };
