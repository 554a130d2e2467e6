// SPDX-License-Identifier: Apache-2.0
// The two who judge a repository: tuf-js, and 'tuf-ceremony verify'.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Updater } = require('tuf-js');

// tuf-ceremony's exit status, standard output (bytes) and standard error (text).
function run(program, ...args) {
  const { error, status, stdout, stderr } = spawnSync(program, args, { maxBuffer: 2 ** 28 });
  if (error) throw error;
  return { status, stdout, stderr: stderr.toString() };
}

// The folder of a client that was shipped with the repository's 1.root.json, below `work`.
function shipped(repository, work) {
  const metadataDir = fs.mkdtempSync(path.join(work, 'client-'));
  fs.copyFileSync(repository.path('1.root.json'), path.join(metadataDir, 'root.json'));
  return metadataDir;
}

// The client in this folder refreshes over loopback: resolves to its Updater, or rejects with tuf-js's
// error.
function refresh(repository, metadataDir) {
  return repository.serve(async (metadataBaseUrl) => {
    const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
    await client.refresh();
    return client;
  });
}

// { status, accepted, complete, refused }: `refused` are the names of the roles that are.
function verify(program, repository) {
  const root = repository.path('1.root.json');
  const { status, stdout } = run(program, 'verify', '--json', '--trusted-root', root, repository.folder);
  const { accepted, complete, roles } = JSON.parse(stdout.toString());
  const refused = roles.filter((row) => row.verdict === 'REFUSED').map((row) => row.role);
  return { status, accepted, complete, refused };
}

module.exports = { refresh, run, shipped, verify };
