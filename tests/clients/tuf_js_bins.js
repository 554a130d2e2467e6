// SPDX-License-Identifier: Apache-2.0
// PEP 458's tree with bins that the committee signs too: their contents come from the online side, and
// tuf-js finds every file in its bin, by hash prefixes and by succinct roles; 'tuf-ceremony verify'
// agrees: tuf_js_bins.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Updater } = require('tuf-js');
const { run, shipped, verify } = require('./client');
const { Repository, utc, DAY } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);
const BINS = 32;
const FILES = Array.from({ length: 100 }, (_, i) => `files/project-${i}/project-${i}.whl`);

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');
const binOf = (file) => (parseInt(sha256(file).slice(0, 2), 16) >> 3).toString(16).padStart(2, '0');

// A ceremony as of the preset, but with few bins, which the keyholders of 'bins' sign.
function hold(dir, succinct) {
  const names = ['Alice', 'Bo', 'Chen', 'Dee', 'Ee'].flatMap((name) => ['--keyholder', name]);
  const online = path.join(rehearsal, 'inputs', 'online.pem');
  assert.equal(run(program, 'new', '--preset', 'pep458', '--online-key', online, ...names, dir).status, 0);
  const file = path.join(dir, 'plan.json');
  const plan = JSON.parse(fs.readFileSync(file, 'utf8'));
  const bins = plan.delegations.find(({ name }) => name === 'bin-{bin}');
  delete bins.online_keys;
  Object.assign(bins, {
    bins: BINS, succinct, same_keys_as: 'bins', threshold: 2, expires: '1 year', contents: { file: 'bins/{bin}.json' },
  });
  plan.sign.push('bin-{bin}');
  plan.rehearsal = true;
  fs.writeFileSync(file, JSON.stringify(plan));
  fs.mkdirSync(path.join(dir, 'inputs', 'bins'));
  for (let i = 0; i < BINS; i++) {
    const bin = i.toString(16).padStart(2, '0');
    const targets = Object.fromEntries(FILES.filter((name) => binOf(name) === bin).map((name) => [
      name, { length: name.length, hashes: { sha256: sha256(`of ${name}`) } }]));
    const signed = { _type: 'targets', spec_version: '1.0.31', version: 1, expires: utc(Date.now()), targets };
    fs.writeFileSync(path.join(dir, 'inputs', 'bins', `${bin}.json`), JSON.stringify({ signatures: [], signed }));
  }
  const { status, stderr } = run(program, 'rehearse', '--unattended', dir);
  assert.equal(status, 0, stderr);
}

class Bins extends Repository {
  constructor(dir, to) {
    fs.copyFileSync(path.join(rehearsal, 'REHEARSAL-online-private.pem'), path.join(dir, 'REHEARSAL-online-private.pem'));
    super(dir, to);
    this.entries = JSON.parse(fs.readFileSync(path.join(dir, 'bundle', 'snapshot-entries.json'), 'utf8'));
  }

  publish() {
    const common = { spec_version: '1.0.31', version: 1, expires: utc(Date.now() + DAY) };
    this.online('1.snapshot.json', { _type: 'snapshot', ...common, meta: this.entries });
    this.online('timestamp.json', {
      _type: 'timestamp', ...common, meta: { 'snapshot.json': this.meta('1.snapshot.json', 1) },
    });
  }
}

for (const succinct of [false, true]) {
  test(succinct ? 'succinct roles' : 'hash prefixes', async () => {
    const dir = path.join(work, `ceremony-${succinct}`);
    hold(dir, succinct);
    const repository = new Bins(dir, path.join(work, `repository-${succinct}`));
    repository.publish();
    assert.equal(Object.keys(repository.entries).length, 2 + BINS);
    await repository.serve(async (metadataBaseUrl) => {
      const metadataDir = shipped(repository, work);
      const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
      await client.refresh();
      for (const file of FILES) {
        const info = await client.getTargetInfo(file);
        assert.equal(info?.length, file.length, file);
      }
      assert.equal(await client.getTargetInfo('files/nothing/nothing.whl'), undefined);
    });
    assert.deepEqual(verify(program, repository), { status: 0, accepted: true, complete: true, refused: [] });
    for (const file of FILES.slice(0, 10)) {
      const { stdout } = run(program, 'inspect', '--json', '--path', file, repository.folder);
      assert.match(stdout.toString(), new RegExp(`"bin-${binOf(file)}"`));
    }
    // a bin with one signature too few
    const name = `1.bin-${binOf(FILES[0])}.json`;
    repository.edit(name, (metadata) => metadata.signatures.splice(1));
    repository.entries[name.slice(2)] = repository.meta(name, 1);
    repository.publish();
    await repository.serve(async (metadataBaseUrl) => {
      const metadataDir = shipped(repository, work);
      const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
      await client.refresh();
      await assert.rejects(client.getTargetInfo(FILES[0]), /was signed by 1\/2 keys/);
    });
    assert.equal(verify(program, repository).status, 4);
  });
}
