// SPDX-License-Identifier: Apache-2.0
// The online side, over the files of bundles that lie in a folder: signs roles that others sign, then
// snapshot and timestamp: publish.js FOLDER ONLINE_KEY ENTRIES,... [ROLE=PATH=KEY,...]...
//   ENTRIES  snapshot-entries.json of the bundles, in their order
//   ROLE     a role that signs for PATH (nothing: no file), with those private keys (PEM)
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { canonicalize } = require('@tufjs/canonical-json');
const { signatureOf, utc, DAY } = require('./repository');

const [folder, onlineKey, lists, ...roles] = process.argv.slice(2);
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');

// A private key, and its keyid as the program writes keys.
function keyOf(file) {
  const privateKey = crypto.createPrivateKey(fs.readFileSync(file));
  const pem = crypto.createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  const json = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } };
  return { privateKey, keyid: sha256(canonicalize(json)) };
}

function meta(name, version) {
  const bytes = fs.readFileSync(path.join(folder, name));
  return { version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

function put(name, signed, keys) {
  const all = { spec_version: '1.0.31', version: 1, expires: utc(Date.now() + DAY), ...signed };
  const signatures = keys.map(({ keyid, privateKey }) => ({ keyid, sig: signatureOf(all, privateKey) }));
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), JSON.stringify({ signatures, signed: all }));
}

const entries = Object.assign({}, ...lists.split(',').map((list) => JSON.parse(fs.readFileSync(list, 'utf8'))));
for (const role of roles) {
  const [name, file, keys] = role.split('=');
  const targets = file ? { [file]: { length: file.length, hashes: { sha256: sha256(file) } } } : {};
  put(`1.${name}.json`, { _type: 'targets', targets }, keys.split(',').map(keyOf));
  entries[`${name}.json`] = meta(`1.${name}.json`, 1);
}
const online = [keyOf(onlineKey)];
put('1.snapshot.json', { _type: 'snapshot', meta: entries }, online);
put('timestamp.json', { _type: 'timestamp', meta: { 'snapshot.json': meta('1.snapshot.json', 1) } }, online);
