// SPDX-License-Identifier: Apache-2.0
// What tuf-js, that was shipped with a root, finds under a path at a web server: find.js URL ROOT PATH
// prints "found", "none", or the client's reason to refuse.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Updater } = require('tuf-js');

const [metadataBaseUrl, root, file] = process.argv.slice(2);
const metadataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'client-'));

async function find() {
  fs.copyFileSync(root, path.join(metadataDir, 'root.json'));
  const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
  await client.refresh();
  return (await client.getTargetInfo(file)) ? 'found' : 'none';
}

find().catch((error) => `refused: ${error.message}`).then((answer) => {
  fs.rmSync(metadataDir, { recursive: true });
  console.log(answer);
});
