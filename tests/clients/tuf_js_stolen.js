// SPDX-License-Identifier: Apache-2.0
// A stolen online key in the program's own PEP 458 tree: the plan names it, 'check' names each file that
// must be made anew, and once these are published no file that a client reads trusts the old key:
// tuf_js_stolen.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { Updater } = require('tuf-js');
const { refresh, run, shipped, verify } = require('./client');
const { Repository, signatureOf, utc, DAY } = require('./repository');

const [program, , work] = process.argv.slice(2);
const BINS = 16;
const FILE = 'files/project-1/project-1.whl';
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');
const bins = Array.from({ length: BINS }, (_, i) => `bin-${i.toString(16)}`);
const mine = bins[parseInt(sha256(FILE)[0], 16)]; // where FILE is

// An online key, its public half in `work`, and its keyid as the program writes keys.
function onlineKey(name) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const file = path.join(work, `${name}.pem`);
  fs.writeFileSync(file, pem);
  const keyid = sha256(canonicalize({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } }));
  return { file, keyid, privateKey, pem };
}

const [old, fresh, third] = ['old', 'fresh', 'third'].map(onlineKey);
const first = path.join(work, 'first');
const second = path.join(work, 'second');
const anewDir = path.join(work, 'third');
const folder = path.join(work, 'published');
const repository = Object.assign(Object.create(Repository.prototype), { folder, version: 1 });
let client;
let anew;

function editPlan(dir, change) {
  const file = path.join(dir, 'plan.json');
  const plan = JSON.parse(fs.readFileSync(file, 'utf8'));
  plan.rehearsal = true;
  change(plan);
  fs.writeFileSync(file, JSON.stringify(plan));
}

function hold(dir) {
  const { status, stderr } = run(program, 'rehearse', '--unattended', dir);
  assert.equal(status, 0, stderr);
  fs.cpSync(path.join(dir, 'bundle', 'metadata'), folder, { recursive: true });
}

// The newest file of a role in the folder.
function newest(role) {
  const versions = fs.readdirSync(folder).filter((name) => name.replace(/^\d+\./, '') === `${role}.json`);
  return versions.sort((a, b) => parseInt(b, 10) - parseInt(a, 10))[0];
}

// The online side makes these roles in `version`, with this key.
function make(roles, version, { keyid, privateKey }) {
  const common = { spec_version: '1.0.31', version, expires: utc(Date.now() + 2 * DAY) };
  const put = (role, rest) => {
    const signed = { _type: role.startsWith('bin') ? 'targets' : role, ...common, ...rest };
    const name = role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`;
    fs.writeFileSync(path.join(folder, name), JSON.stringify({ signatures: [{ keyid, sig: signatureOf(signed, privateKey) }], signed }));
  };
  const entry = (role) => repository.meta(newest(role), parseInt(newest(role), 10));
  for (const role of roles.filter((name) => bins.includes(name))) {
    put(role, { targets: role === mine ? { [FILE]: { length: 3, hashes: { sha256: sha256('one') } } } : {} });
  }
  if (roles.includes('snapshot')) {
    put('snapshot', { meta: Object.fromEntries(['targets', 'bins', ...bins].map((role) => [`${role}.json`, entry(role)])) });
  }
  if (roles.includes('timestamp')) put('timestamp', { meta: { 'snapshot.json': entry('snapshot') } });
}

// A client finds FILE, and looks into every bin.
async function reads(metadataDir) {
  await repository.serve(async (metadataBaseUrl) => {
    const updater = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
    await updater.refresh();
    assert.equal((await updater.getTargetInfo(FILE))?.length, 3);
    for (let i = 0; i < BINS; i += 1) await updater.getTargetInfo(pathIn(i));
  });
}

// A path whose hash begins with that digit.
function pathIn(bin) {
  let n = 0;
  while (parseInt(sha256(`files/${n}`)[0], 16) !== bin) n += 1;
  return `files/${n}`;
}

test('the first ceremony, published', async () => {
  const names = ['Alice', 'Bo', 'Chen', 'Dee', 'Ee'].flatMap((name) => ['--keyholder', name]);
  assert.equal(run(program, 'new', '--preset', 'pep458', '--online-key', old.file, ...names, first).status, 0);
  editPlan(first, (plan) => { plan.delegations.find(({ name }) => name === 'bin-{bin}').bins = BINS; });
  hold(first);
  make([...bins, 'snapshot', 'timestamp'], 1, old);
  client = shipped(repository, work);
  await reads(client);
});

test('a plan that leaves the stolen key trusted is refused, and the plan is as it was', () => {
  const inForce = path.join(work, 'in-force'); // the bundle before, which knows who holds a key, and all that is published
  fs.cpSync(path.join(first, 'bundle'), inForce, { recursive: true });
  fs.cpSync(folder, path.join(inForce, 'metadata'), { recursive: true });
  assert.equal(run(program, 'new', '--from', inForce, second).status, 0);
  fs.copyFileSync(fresh.file, path.join(second, 'inputs', 'fresh.pem'));
  editPlan(second, () => {});
  const before = fs.readFileSync(path.join(second, 'plan.json'));
  const { status, stderr } = run(program, 'edit', '--stolen', 'online=fresh.pem', '--sign', 'bins=no', second);
  assert.equal(status, 8);
  assert.match(stderr, /bins v1 .*bin-0 and 15 more, which is stolen/);
  assert.match(stderr, /--sign bins=yes/);
  assert.deepEqual(fs.readFileSync(path.join(second, 'plan.json')), before);
});

test("'check' names every file that the online side must make anew", () => {
  assert.equal(run(program, 'edit', '--stolen', 'online=fresh.pem', second).status, 0);
  const { status, stdout } = run(program, 'check', '--json', second);
  assert.equal(status, 0);
  anew = JSON.parse(stdout).anew.map(({ role }) => role);
  assert.deepEqual([...anew].sort(), [...bins, 'snapshot', 'timestamp'].sort());
});

test('the bundle, and what was named, published: clients go on', async () => {
  fs.cpSync(path.join(first, 'tokens'), path.join(second, 'first', 'tokens'), { recursive: true });
  const file = path.join(second, 'first', 'tokens', 'softhsm2.conf');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll(first, path.join(second, 'first')));
  hold(second);
  const { make_anew: listed } = JSON.parse(run(program, 'status', '--json', second).stdout);
  assert.deepEqual(listed.map((line) => line.split(':')[0]), ['bin-0, bin-1, bin-2, bin-3, bin-4, bin-5, bin-6, bin-7 and 8 more', 'snapshot and timestamp']);
  const entries = JSON.parse(fs.readFileSync(path.join(second, 'bundle', 'snapshot-entries.json'), 'utf8'));
  assert.deepEqual(Object.keys(entries).filter((name) => name.startsWith('bin-')), []);
  await assert.rejects(reads(shipped(repository, work)), /timestamp was signed by 0\/1 keys/);
  make(anew, 2, fresh);
  await reads(client);
  await reads(shipped(repository, work));
  assert.deepEqual(verify(program, repository), { status: 0, accepted: true, complete: true, refused: [] });
});

test('no file that a client reads trusts the old key', async () => {
  repository.requests = [];
  await reads(shipped(repository, work));
  const read = repository.requests.filter((name) => fs.existsSync(repository.path(name)));
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'bins', ...bins])
    assert.ok(read.includes(newest(role)), role);
  for (const name of read) {
    const text = repository.bytes(name).toString();
    assert.ok(!text.includes(old.keyid) && !text.includes(JSON.stringify(old.pem).slice(1, -1)), name);
  }
});

// A bundle is whole by the root before it as by its own.
function bundleIsAccepted(dir, root) {
  const { status, stdout, stderr } = run(program, 'verify', '--trusted-root', root, path.join(dir, 'bundle.tar'));
  assert.equal(status, 0, stderr);
  assert.match(stdout.toString(), /The bundle is whole\.\nA client accepts its metadata\./);
}

test('the bundle is accepted from the root before, and from its own', () => {
  for (const name of ['1.root.json', '2.root.json']) bundleIsAccepted(second, path.join(folder, name));
});

test('a new first root: the online key that was stolen again is swapped below it, too', async () => {
  const inForce = path.join(second, 'in-force');
  fs.cpSync(path.join(second, 'bundle'), inForce, { recursive: true });
  fs.cpSync(folder, path.join(inForce, 'metadata'), { recursive: true });
  assert.equal(run(program, 'new', '--from', inForce, '--first-root', anewDir).status, 0);
  fs.copyFileSync(third.file, path.join(anewDir, 'inputs', 'third.pem'));
  editPlan(anewDir, () => {});
  const { status, stderr } = run(program, 'edit', '--stolen', 'online=third.pem', '--sign', 'bins=no', anewDir);
  assert.equal(status, 8);
  assert.match(stderr, /bins/);
  assert.equal(run(program, 'edit', '--stolen', 'online=third.pem', anewDir).status, 0);
  anew = JSON.parse(run(program, 'check', '--json', anewDir).stdout).anew.map(({ role }) => role);
  assert.deepEqual([...anew].sort(), [...bins, 'snapshot', 'timestamp'].sort());
  hold(anewDir);
  make(anew, 3, third);
  bundleIsAccepted(anewDir, path.join(folder, '3.root.json'));
  const metadataDir = fs.mkdtempSync(path.join(work, 'client-'));
  fs.copyFileSync(repository.path('3.root.json'), path.join(metadataDir, 'root.json'));
  repository.requests = [];
  await reads(metadataDir);
  await assert.rejects(reads(client), /root was signed by 0\/3 keys/);
  for (const name of repository.requests.filter((file) => fs.existsSync(repository.path(file))))
    assert.ok(!repository.bytes(name).toString().includes(fresh.keyid), name);
});

test('who has an old key is refused', async () => {
  for (const key of [old, fresh]) {
    make(['timestamp'], 4, key);
    const metadataDir = fs.mkdtempSync(path.join(work, 'client-'));
    fs.copyFileSync(repository.path('3.root.json'), path.join(metadataDir, 'root.json'));
    await assert.rejects(refresh(repository, metadataDir), /timestamp was signed by 0\/1 keys/);
    const { status } = run(program, 'verify', '--trusted-root', repository.path('3.root.json'), folder);
    assert.equal(status, 4);
  }
});
