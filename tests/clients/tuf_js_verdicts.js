// SPDX-License-Identifier: Apache-2.0
// Where stock clients part: what 'verify' says of tuf-js is what tuf-js does, for roots in every form of key that
// some client takes: tuf_js_verdicts.js PROGRAM NONE WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { Metadata, MetadataKind } = require('@tufjs/models');
const { run } = require('./client');

const [program, , work] = process.argv.slice(2);
const spki = { format: 'pem', type: 'spki' };

function key(keytype, scheme, pair, { pem, ...how } = {}) {
  const text = pem ?? pair.publicKey.export(spki);
  return {
    object: { keytype, scheme, keyval: { public: text } },
    sign: (bytes, hash) => crypto.sign(hash, bytes, { key: pair.privateKey, ...how }).toString('hex'),
  };
}

const ec = (curve) => crypto.generateKeyPairSync('ec', { namedCurve: curve });
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST };
const v15 = { padding: crypto.constants.RSA_PKCS1_PADDING };
const p256 = () => key('ecdsa', 'ecdsa-sha2-nistp256', ec('P-256'));
const crlf = (pair) => pair.publicKey.export(spki).replaceAll('\n', '\r\n');
const windows = ec('P-256');
const pkcs1 = rsa.publicKey.export({ format: 'pem', type: 'pkcs1' });
const unknown = { keytype: 'ml-dsa', scheme: 'ml-dsa-65/1', keyval: { public: '00' } };

// name, the key that signs, its hash, what else is odd, and the clients that refuse
const rows = [
  ['P-256', p256(), 'sha256', {}, []],
  ['P-384', key('ecdsa', 'ecdsa-sha2-nistp384', ec('P-384')), 'sha384', {}, ['tuf-js', 'tough']],
  ['P-521', key('ecdsa', 'ecdsa-sha2-nistp521', ec('P-521')), 'sha512', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['PSS, SHA-256', key('rsa', 'rsassa-pss-sha256', rsa, pss), 'sha256', {}, []],
  ['PSS, SHA-384', key('rsa', 'rsassa-pss-sha384', rsa, pss), 'sha384', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['PSS, SHA-512', key('rsa', 'rsassa-pss-sha512', rsa, pss), 'sha512', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['v1.5, SHA-256', key('rsa', 'rsa-pkcs1v15-sha256', rsa, v15), 'sha256', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['v1.5, SHA-384', key('rsa', 'rsa-pkcs1v15-sha384', rsa, v15), 'sha384', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['v1.5, SHA-512', key('rsa', 'rsa-pkcs1v15-sha512', rsa, v15), 'sha512', {}, ['tuf-js', 'go-tuf', 'tough']],
  ['PKCS #1 PEM', key('rsa', 'rsassa-pss-sha256', rsa, { ...pss, pem: pkcs1 }), 'sha256', {}, ['tuf-js', 'tough']],
  ['PEM with CR LF', key('ecdsa', 'ecdsa-sha2-nistp256', windows, { pem: crlf(windows) }), 'sha256', {}, []],
  ['an unknown key that nobody uses', p256(), 'sha256', { unused: true }, ['python-tuf', 'tough']],
  ['no consistent_snapshot', p256(), 'sha256', { bare: true }, ['tuf-js', 'go-tuf', 'tough']],
  ['a signature that is not hex', p256(), 'sha256', { notHex: true }, ['go-tuf', 'tough']],
];

function root({ object, sign }, hash, { unused, bare, notHex }) {
  const role = { keyids: ['aa'.repeat(32)], threshold: 1 };
  const keys = { [role.keyids[0]]: object };
  if (unused) keys['bb'.repeat(32)] = unknown;
  const signed = {
    _type: 'root', spec_version: '1.0.31', version: 1, expires: '2100-01-01T00:00:00Z',
    consistent_snapshot: true, keys,
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  if (bare) delete signed.consistent_snapshot;
  const sig = sign(Buffer.from(canonicalize(signed)), hash);
  const signatures = [{ keyid: role.keyids[0], sig }];
  if (notHex) signatures.push({ keyid: 'cc'.repeat(32), sig: 'zz' });
  return { signatures, signed };
}

function tufJsAccepts(json) {
  try {
    const md = Metadata.fromJSON(MetadataKind.Root, structuredClone(json));
    md.verifyDelegate('root', md);
    return true;
  } catch {
    return false;
  }
}

for (const [i, [name, by, hash, odd, refusing]] of rows.entries()) {
  test(`${name}: 'verify' names who refuses it`, () => {
    const dir = path.join(work, `verdict-${i}`);
    const file = path.join(dir, '1.root.json');
    const json = root(by, hash, odd);
    fs.mkdirSync(dir, { recursive: true });
    fs.writeFileSync(file, JSON.stringify(json));
    const { stdout } = run(program, 'verify', '--json', '--trusted-root', file, dir);
    const { clients } = JSON.parse(stdout.toString());
    const refused = Object.keys(clients).filter((client) => !clients[client].accepts);
    assert.deepEqual(refused, refusing);
    assert.equal(tufJsAccepts(json), !refused.includes('tuf-js'), 'tuf-js itself');
  });
}
