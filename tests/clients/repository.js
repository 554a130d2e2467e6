// SPDX-License-Identifier: Apache-2.0
// A repository as the online side makes it from a rehearsal's bundles: their metadata/ as it is, then a
// snapshot and a timestamp signed by the rehearsal's online key, on a plain web server.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { canonicalize } = require('@tufjs/canonical-json');

const DAY = 24 * 60 * 60 * 1000; // milliseconds

const utc = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

// The DER signature of what `signed` canonically is, as hex.
function signatureOf(signed, privateKey) {
  return crypto.sign('sha256', Buffer.from(canonicalize(signed)), privateKey).toString('hex');
}

class Repository {
  // What the rehearsal published, in the folder `to`, which is made. A rehearsal that builds on metadata
  // in force has the one that made it in first/, and its online key unless it has one of its own.
  constructor(rehearsal, to) {
    const ceremonies = [path.join(rehearsal, 'first'), rehearsal].filter((dir) => fs.existsSync(dir));

    this.folder = to;
    this.lifetime = DAY;
    for (const dir of ceremonies) {
      const key = path.join(dir, 'REHEARSAL-online-private.pem');
      fs.cpSync(path.join(dir, 'bundle', 'metadata'), to, { recursive: true });
      if (fs.existsSync(key)) this.onlineKey = crypto.createPrivateKey(fs.readFileSync(key));
    }
    this.version = ceremonies.length;
  }

  get root() {
    return `${this.version}.root.json`;
  }

  get targets() {
    return `${this.version}.targets.json`;
  }

  path(name) {
    return path.join(this.folder, name);
  }

  bytes(name) {
    return fs.readFileSync(this.path(name));
  }

  read(name) {
    return JSON.parse(this.bytes(name).toString('utf8'));
  }

  write(name, bytes) {
    fs.writeFileSync(this.path(name), bytes);
  }

  // change(metadata) works on the parsed file, which is written back.
  edit(name, change) {
    const metadata = this.read(name);
    change(metadata);
    this.write(name, JSON.stringify(metadata, null, 1));
  }

  // Replaces the only occurrence of `from` by `to`, in the file's text: nothing else moves.
  replace(name, from, to) {
    const parts = this.bytes(name).toString('utf8').split(from);
    if (parts.length !== 2) throw new Error(`'${from}' is ${parts.length - 1} times in ${name}`);
    this.write(name, parts.join(to));
  }

  threshold(role) {
    return this.read(this.root).signed.roles[role].threshold;
  }

  online(name, signed) {
    const [keyid] = this.read(this.root).signed.roles[signed._type].keyids;
    const signatures = [{ keyid, sig: signatureOf(signed, this.onlineKey) }];
    this.write(name, JSON.stringify({ signatures, signed }));
  }

  meta(name, version) {
    const bytes = this.bytes(name);
    const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
    return { version, length: bytes.length, hashes: { sha256 } };
  }

  // Signs snapshot and timestamp over what lies in the folder now; they have root's version.
  publish(targetsVersion = this.version) {
    const { version } = this;
    const common = {
      spec_version: '1.0.31',
      version,
      expires: utc(Date.now() + this.lifetime),
    };
    this.online(`${version}.snapshot.json`, {
      _type: 'snapshot',
      ...common,
      meta: { 'targets.json': this.meta(this.targets, targetsVersion) },
    });
    this.online('timestamp.json', {
      _type: 'timestamp',
      ...common,
      meta: { 'snapshot.json': this.meta(`${version}.snapshot.json`, version) },
    });
  }

  // Serves the folder on a free port of the loopback while use(url) runs.
  async serve(use) {
    const server = http.createServer((request, response) => {
      const name = path.normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
      this.requests?.push(name.slice(1));
      fs.readFile(path.join(this.folder, name), (error, bytes) => {
        response.writeHead(error ? 404 : 200);
        response.end(error ? '' : bytes);
      });
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      return await use(`http://127.0.0.1:${server.address().port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }
}

module.exports = { Repository, signatureOf, utc, DAY };
