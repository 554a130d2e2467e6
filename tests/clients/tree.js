// SPDX-License-Identifier: Apache-2.0
// A repository with delegations, made here with keys of its own: Tree takes a description of roles and
// writes and serves what a client reads.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { canonicalize } = require('@tufjs/canonical-json');
const { Repository, utc, DAY } = require('./repository');

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

function makeKey() {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const json = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } };
  return { json, privateKey, keyid: sha256(canonicalize(json)) };
}

class Tree {
  // `roles`: name -> { targets: { path: content }, delegations: [{ name, paths | path_hash_prefixes,
  // terminating, threshold }] | succinct: { bit_length, name_prefix, threshold }, unsigned, unlisted,
  // gone }; 'targets' is one of them. Every role but the bins has the keys that keysOf gives.
  constructor(roles, to) {
    this.roles = roles;
    this.folder = to;
    this.keys = [0, 1, 2].map(makeKey);
    this.online = makeKey();
    this.requests = [];
    fs.mkdirSync(to);
    this.write();
  }

  path(name) {
    return path.join(this.folder, name);
  }

  // Two of the three keys, chosen by the name: so a role's keys are the same whoever delegates to it.
  keysOf(name) {
    const skip = sha256(name).charCodeAt(0) % 3;
    return this.keys.filter((_, i) => i !== skip);
  }

  delegations({ delegations, succinct }) {
    const keys = Object.fromEntries(this.keys.map((key) => [key.keyid, key.json]));
    const share = (name, rest) => ({ keyids: this.keysOf(name).map((key) => key.keyid), threshold: 1, ...rest });
    if (succinct) return { keys, succinct_roles: share(succinct.name_prefix, succinct) };
    return { keys, roles: delegations.map(({ name, ...rest }) => ({ name, ...share(name, rest) })) };
  }

  file(name, signed, keys) {
    const bytes = Buffer.from(canonicalize(signed));
    const signatures = keys.map(({ keyid, privateKey }) => ({ keyid, sig: crypto.sign(null, bytes, privateKey).toString('hex') }));
    const text = JSON.stringify({ signatures, signed });
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
    return { version: signed.version, length: Buffer.byteLength(text), hashes: { sha256: sha256(text) } };
  }

  write() {
    const expires = utc(Date.now() + DAY);
    const head = (type) => ({ _type: type, spec_version: '1.0.31', version: 1, expires });
    const meta = {};
    const bins = Object.values(this.roles).flatMap(({ succinct }) => (succinct ? [succinct.name_prefix] : []));
    for (const [name, role] of Object.entries(this.roles)) {
      const targets = Object.fromEntries(Object.entries(role.targets ?? {}).map(([file, content]) => [
        file, { length: Buffer.byteLength(content), hashes: { sha256: sha256(content) } }]));
      const delegations = role.delegations || role.succinct ? { delegations: this.delegations(role) } : {};
      const keys = role.unsigned ? [] : this.keysOf(bins.find((prefix) => name.startsWith(`${prefix}-`)) ?? name);
      const entry = this.file(`1.${name}.json`, { ...head('targets'), targets, ...delegations }, keys);
      if (!role.unlisted) meta[`${name}.json`] = entry;
      if (role.gone) fs.rmSync(this.path(`1.${name}.json`));
    }
    const snapshot = this.file('1.snapshot.json', { ...head('snapshot'), meta }, [this.online]);
    this.file('timestamp.json', { ...head('timestamp'), meta: { 'snapshot.json': snapshot } }, [this.online]);
    const role = (keys) => ({ keyids: keys.map((key) => key.keyid), threshold: 1 });
    const all = [...this.keys, this.online];
    this.file('1.root.json', {
      ...head('root'),
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map((key) => [key.keyid, key.json])),
      roles: {
        root: role([this.keys[0]]),
        targets: role(this.keysOf('targets')),
        snapshot: role([this.online]),
        timestamp: role([this.online]),
      },
    }, [this.keys[0]]);
  }

  // Serves the folder while use(url) runs; what is asked for is in `requests`, in order.
  serve(use) {
    this.requests = [];
    return Repository.prototype.serve.call(this, use);
  }
}

module.exports = { Tree, sha256 };
