// SPDX-License-Identifier: Apache-2.0
// Roots as other tools write them, each with its own keys, members and file names: a plan is derived of each,
// with the people's names where the tool writes them, and 'verify' accepts what the plan builds on:
// tuf_js_dialects.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Key, Metadata, Root, Signature } = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');

const [program, , work] = process.argv.slice(2);

const pem = (key) => key.export({ format: 'pem', type: 'spki' });
const raw = (key) => key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

const makers = {
  ed25519: {
    pair: () => crypto.generateKeyPairSync('ed25519'),
    json: (key) => ({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw(key) } }),
    sign: (data, key) => crypto.sign(null, data, key),
  },
  ecdsa: {
    pair: () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    json: (key) => ({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem(key) } }),
    sign: (data, key) => crypto.sign('sha256', data, key),
  },
  rsa: {
    pair: () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
    json: (key) => ({ keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: pem(key) } }),
    sign: (data, key) =>
      crypto.sign('sha256', data, { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST }),
  },
};

const numbered = (count) => Array.from({ length: count }, (_, i) => `keyholder ${i + 1}`);
const hashes = { keyid_hash_algorithms: ['sha256', 'sha512'] };

const dialects = [
  {
    tool: 'python-tuf', types: ['ecdsa', 'ed25519', 'rsa'], online: 'ed25519', names: numbered(3),
    files: (v) => [`metadata/${v}.root.json`], member: () => ({}),
  },
  {
    tool: 'RSTUF', types: ['ed25519', 'ed25519'], online: 'ed25519', names: ['Lukas', 'Kairo'],
    files: (v) => [`${v}.root.json`],
    member: (name) => (name ? { 'x-rstuf-key-name': name } : { 'x-rstuf-online-key-uri': 'fn:online' }),
  },
  {
    tool: 'tuf-on-ci', types: ['ecdsa', 'ecdsa'], online: 'ecdsa', names: ['@ann', '@ben'],
    files: (v, newest) => [`metadata/root_history/${v}.root.json`, ...(v === newest ? ['metadata/root.json'] : [])],
    member: (name) => (name ? { 'x-tuf-on-ci-keyowner': name } : { 'x-tuf-on-ci-online-uri': 'gcpkms:projects/x' }),
  },
  {
    tool: 'go-tuf', types: ['ed25519', 'ed25519', 'ed25519'], online: 'ed25519', names: numbered(3),
    files: (v, newest) => [`repository/${v}.root.json`, ...(v === newest ? ['repository/root.json'] : [])],
    member: () => hashes, signature: { method: 'ed25519' },
  },
  {
    tool: 'tough', types: ['rsa', 'ecdsa', 'ed25519'], online: 'rsa', names: numbered(3),
    files: (v) => [`${v}.root.json`], member: () => ({}),
    key: (json) => ({ ...json, keyval: { public: json.keyval.public.trimEnd() } }), // no newline at the end of its PEM
  },
];

function makeKey(dialect, type, name) {
  const { publicKey, privateKey } = makers[type].pair();
  const json = { ...(dialect.key || ((j) => j))(makers[type].json(publicKey)), ...dialect.member(name) };
  const keyID = crypto.createHash('sha256').update(canonicalize(json)).digest('hex');
  return { keyID, key: Key.fromJSON(keyID, json), sign: (data) => makers[type].sign(data, privateKey) };
}

// Two versions of one root, the second by the first's keys; returns the keyids of root.
function publish(dialect, folder) {
  const named = (i) => (dialect.names[i].startsWith('keyholder') ? undefined : dialect.names[i]);
  const people = dialect.types.map((type, i) => makeKey(dialect, type, named(i)));
  const online = makeKey(dialect, dialect.online);
  const offline = { keyids: people.map((k) => k.keyID), threshold: 2 };
  const machine = { keyids: [online.keyID], threshold: 1 };

  for (const version of [1, 2]) {
    const root = new Metadata(Root.fromJSON({
      _type: 'root', version, spec_version: '1.0.31', expires: '2040-01-01T00:00:00Z', consistent_snapshot: true,
      keys: Object.fromEntries([...people, online].map((k) => [k.keyID, k.key.toJSON()])),
      roles: { root: offline, targets: offline, snapshot: machine, timestamp: machine },
    }), {});
    people.forEach((k) => root.sign((data) => new Signature({ keyID: k.keyID, sig: k.sign(data).toString('hex') })));
    const json = root.toJSON();
    if (dialect.signature) json.signatures = json.signatures.map((s) => ({ ...s, ...dialect.signature }));
    for (const name of dialect.files(version, 2)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), JSON.stringify(json, null, 1));
    }
  }
  return offline.keyids;
}

function run(...args) {
  const { status, stdout, stderr } = spawnSync(program, [...args, '--json']);
  assert.equal(status, 0, `${args.join(' ')}\n${stderr}`);
  return JSON.parse(stdout.toString());
}

for (const dialect of dialects) {
  test(`${dialect.tool}: a plan of its root, changed by words`, () => {
    const folder = path.join(work, dialect.tool);
    const plan = path.join(work, `${dialect.tool}-plan`);
    const ids = publish(dialect, folder);

    run('new', '--from', folder, plan);
    const { trusted, keyholders } = JSON.parse(fs.readFileSync(path.join(plan, 'plan.json'), 'utf8'));
    assert.deepEqual(trusted, { root: 2 });
    assert.deepEqual(keyholders.map((h) => h.name), dialect.names);
    assert.deepEqual(keyholders.map((h) => h.keys.root), ids);
    assert.deepEqual(run('check', plan).changes, ['no key and no threshold changes']);
    run('edit', plan, '--replace', dialect.names[0], '--join', 'Zoe', '--sign', 'targets=no', '--threshold', 'root=2');
    // people that were given their names keep them when another plan is made from this one's folder
    if (dialect.names[0] === 'keyholder 1') {
      const text = fs.readFileSync(path.join(plan, 'plan.json'), 'utf8');
      fs.writeFileSync(path.join(plan, 'plan.json'), text.replaceAll('"keyholder 1"', '"Ada"'));
      run('new', '--from', plan, `${plan}-again`);
      const again = JSON.parse(fs.readFileSync(path.join(`${plan}-again`, 'plan.json'), 'utf8'));
      assert.deepEqual(again.keyholders.map((h) => h.name), ['Ada', ...dialect.names.slice(1)]);
      fs.writeFileSync(path.join(plan, 'plan.json'), text);
    }
    const { changes } = run('check', plan);
    assert.ok(changes.some((c) => c.includes(`${dialect.names[0]} gets a new key`)), changes.join('\n'));
    assert.ok(changes.some((c) => c.includes('Zoe joins')), changes.join('\n'));
  });

  test(`${dialect.tool}: the last root only is enough`, () => {
    const folder = path.join(work, `${dialect.tool}-last`);
    const plan = path.join(work, `${dialect.tool}-last-plan`);
    const [newest] = dialect.files(2, 2);

    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(work, dialect.tool, newest), path.join(folder, 'root.json'));
    run('new', '--from', folder, plan);
    const { findings } = run('check', plan);
    assert.deepEqual(findings.filter((f) => f.level === 'refused' || f.rule === 'history'), []);
  });

  test(`${dialect.tool}: verify follows its chain`, () => {
    const folder = path.dirname(path.join(work, dialect.tool, dialect.files(1, 2)[0]));
    const { status, stdout } = spawnSync(program, ['verify', '--json', '--trusted-root', path.join(folder, '1.root.json'), folder]);
    const { accepted, roles } = JSON.parse(stdout.toString());
    assert.equal(status, 7); // there is nothing but the roots: a part
    assert.equal(accepted, false);
    assert.deepEqual(roles.filter((r) => r.verdict === 'REFUSED'), []);
    assert.equal(roles.filter((r) => r.role === 'root').length, 2);
  });
}
