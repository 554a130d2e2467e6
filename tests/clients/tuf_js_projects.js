// SPDX-License-Identifier: Apache-2.0
// Projects that the repository signed for are handed over to their developers: tuf-js, that was shipped
// with the first root, finds their files, and refuses everything less; 'tuf-ceremony verify' and
// 'inspect --path' agree: tuf_js_projects.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { Updater } = require('tuf-js');
const { run, shipped, verify } = require('./client');
const { Repository, signatureOf, utc, DAY } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);
const SIMPLE = '2.targets/simple.json';

const keyidOf = (key) => crypto.createHash('sha256').update(canonicalize(key)).digest('hex');

// A private key of the rehearsal, and its keyid as the program writes keys.
function keyOf(file) {
  const privateKey = crypto.createPrivateKey(fs.readFileSync(path.join(rehearsal, file)));
  const pem = crypto.createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  return { privateKey, keyid: keyidOf({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } }) };
}

const online = keyOf('first/REHEARSAL-online-private.pem');
const django = ['django-1', 'django-2', 'django-3'].map((name) => keyOf(`REHEARSAL-developer-${name}.pem`));
const requests = [keyOf('REHEARSAL-developer-requests-1.pem')];

// The roles of projects, as their developers sign them: role -> [file, keys].
const PROJECTS = {
  'targets/simple/django': ['simple/django/index.html', django.slice(0, 2)],
  'targets/simple/requests': ['simple/requests/index.html', requests],
  'targets/simple/six': ['simple/six/index.html', [online]],
  'targets/packages/source/d/django': ['packages/source/d/django/Django-1.0.tar.gz', django.slice(1)],
  'targets/packages/py3/r/requests': ['packages/py3/r/requests/requests-3.whl', requests],
  'targets/packages/py2.py3/s/six': ['packages/py2.py3/s/six/six-1.whl', [online]],
};

class Projects extends Repository {
  // The online side lists what the bundles say it must, and what the developers signed.
  constructor(to, signers = {}) {
    super(rehearsal, to);
    this.version = 1; // root and targets stay as they were
    this.entries = {};
    for (const bundle of ['first/bundle', 'bundle']) {
      const text = fs.readFileSync(path.join(rehearsal, bundle, 'snapshot-entries.json'), 'utf8');
      Object.assign(this.entries, JSON.parse(text));
    }
    for (const [role, [file, keys]] of Object.entries(PROJECTS)) {
      this.sign(role, file, signers[role] ?? keys);
    }
  }

  sign(role, file, keys) {
    const content = `content of ${file}`;
    const sha256 = crypto.createHash('sha256').update(content).digest('hex');
    const signed = {
      _type: 'targets', spec_version: '1.0.31', version: 1, expires: utc(Date.now() + DAY),
      targets: { [file]: { length: content.length, hashes: { sha256 } } },
    };
    const signatures = keys.map(({ keyid, privateKey }) => ({ keyid, sig: signatureOf(signed, privateKey) }));
    fs.mkdirSync(path.dirname(this.path(`1.${role}.json`)), { recursive: true });
    this.write(`1.${role}.json`, JSON.stringify({ signatures, signed }));
    this.entries[`${role}.json`] = this.meta(`1.${role}.json`, 1);
  }

  // Signs snapshot and timestamp over the entries; a file that was changed here is listed as it is now.
  publish() {
    const common = { spec_version: '1.0.31', version: 1, expires: utc(Date.now() + this.lifetime) };
    for (const [name, { version }] of Object.entries(this.entries)) {
      this.entries[name] = this.meta(`${version}.${name}`, version);
    }
    this.online('1.snapshot.json', { _type: 'snapshot', ...common, meta: this.entries });
    this.online('timestamp.json', {
      _type: 'timestamp', ...common, meta: { 'snapshot.json': this.meta('1.snapshot.json', 1) },
    });
  }
}

let count = 0;
function repositoryOf({ signers, change = () => {} }) {
  const repository = new Projects(path.join(work, `repository-${count++}`), signers);
  change(repository);
  repository.publish();
  return repository;
}

// What a client that was shipped with the first root finds under that path; undefined: nothing.
function find(repository, file) {
  const metadataDir = shipped(repository, work);
  return repository.serve(async (metadataBaseUrl) => {
    const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
    await client.refresh();
    return client.getTargetInfo(file);
  });
}

test('what the bundle says that snapshot must list is so', () => {
  const repository = new Projects(path.join(work, `repository-${count++}`));
  const said = structuredClone(repository.entries);
  repository.publish();
  assert.deepEqual(repository.entries, said);
  assert.equal(said['targets.json'].version, 1);
  assert.equal(said['targets/simple.json'].version, 2);
  assert.equal(Object.keys(said).length, 1 + 1 + 216 + 6);
});

test('every project is found, whoever signs for it', async () => {
  const repository = repositoryOf({});
  for (const [role, [file]] of Object.entries(PROJECTS)) {
    const info = await find(repository, file);
    assert.equal(info?.length, `content of ${file}`.length, file);
    const { status, stdout, stderr } = run(program, 'inspect', '--json', '--path', file, repository.folder);
    assert.equal(status, 0, stderr);
    assert.match(stdout.toString(), new RegExp(`"${role}"`));
  }
  assert.equal(await find(repository, 'simple/flask/index.html'), undefined);
  assert.deepEqual(verify(program, repository), { status: 0, accepted: true, complete: true, refused: [] });
});

const refused = [
  {
    name: 'one developer too few',
    signers: { 'targets/simple/django': django.slice(0, 1) },
    role: 'targets/simple/django',
  },
  {
    name: 'the repository itself, after the project was handed over',
    signers: { 'targets/simple/django': [online] },
    role: 'targets/simple/django',
  },
  {
    name: 'developers of another project',
    signers: { 'targets/simple/django': requests },
    role: 'targets/simple/django',
  },
  {
    name: 'one keyholder too few above the project',
    change: (r) => r.edit(SIMPLE, (metadata) => metadata.signatures.splice(1)),
    role: 'targets/simple',
  },
  {
    name: 'one byte changed above the project',
    change: (r) => r.edit(SIMPLE, (metadata) => { metadata.signed.delegations.roles[0].threshold = 1; }),
    role: 'targets/simple',
  },
];

for (const c of refused) {
  test(`refused: ${c.name}`, async () => {
    const repository = repositoryOf(c);

    await assert.rejects(find(repository, 'simple/django/index.html'), (error) => {
      assert.match(error.message, new RegExp(`${c.role} was signed by \\d/\\d keys`));
      return true;
    });
    const { status, accepted, refused: rows } = verify(program, repository);
    assert.deepEqual({ status, accepted, rows }, { status: 4, accepted: false, rows: [c.role] });
  });
}
