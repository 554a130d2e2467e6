// SPDX-License-Identifier: Apache-2.0
// Random repositories and random changes: what 'check' names is all that the online side must make anew.
// tuf-js reads each repository before, and after publishing the program's bundle and, made anew, the files
// that 'check' named, and nothing else: tuf_js_published.js PROGRAM - WORK
// PUBLISHED_SEED and PUBLISHED_SECONDS make longer runs, from another seed; at least FEWEST seeds are tried.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { canonicalize } = require('@tufjs/canonical-json');
const { Updater } = require('tuf-js');
const { Repository } = require('./repository');
const { run, shipped } = require('./client');
const { rehearse } = require('./people');

const [program, , work] = process.argv.slice(2);
const SEED = Number(process.env.PUBLISHED_SEED ?? 7);
const SECONDS = Number(process.env.PUBLISHED_SECONDS ?? 15);
const FEWEST = 2;
const FAILED = [113]; // once, and tried first: a role of people and the online key below one that is made anew
const EXPIRES = new Date(Date.now() + 200 * 86400e3).toISOString().replace(/\.\d+Z$/, 'Z');

// The same numbers for the same seed.
function random(seed) {
  let a = seed;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    chance: (p) => next() < p,
    to: (n) => Math.floor(next() * n),
    of(list) { return list[this.to(list.length)]; },
    some(list) { return list.filter(() => next() < 0.5); },
  };
}

class Key {
  constructor(r) {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = privateKey;
    this.pem = publicKey.export({ type: 'spki', format: 'pem' });
    this.object = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: this.pem } };
    if (r.chance(0.3)) this.object['x-owner'] = '@somebody';
    this.ownId = crypto.createHash('sha256').update(canonicalize(this.object)).digest('hex');
    this.id = r.chance(0.4) ? crypto.randomBytes(32).toString('hex') : this.ownId;
  }
}

// name -> { by: keys, threshold, children: names or bits, targets }; every role has a path of its own.
function worldOf(r) {
  const people = [new Key(r), new Key(r), new Key(r)];
  const online = [new Key(r), new Key(r)];
  const roles = {};
  const signers = (kind) => ({
    people: () => ({ by: people, threshold: 1 + r.to(3) }),
    online: () => ({ by: [r.of(online)], threshold: 1 }),
    mixed: () => ({ by: [new Key(r), online[0]], threshold: 1 + r.to(2) }),
  }[kind]());
  let n = 0;
  const grow = (parent, depth) => {
    roles[parent].children = [];
    if (depth === 3 || (depth > 0 && r.chance(0.4))) return;
    if (r.chance(0.25)) {
      const prefix = `bins${(n += 1)}`;
      roles[parent].bins = { prefix, ...signers('online') };
      for (let i = 0; i < 4; i += 1) {
        roles[`${prefix}-${i}`] = { ...roles[parent].bins, children: [], kind: 'online' };
      }
      return;
    }
    for (let i = 1 + r.to(3); i > 0; i -= 1) {
      const kind = r.of(['people', 'online', 'online', 'mixed']);
      const name = `r${(n += 1)}`;
      roles[name] = { ...signers(kind), kind };
      roles[parent].children.push(name);
      grow(name, depth + 1);
    }
  };
  roles.targets = { by: people, threshold: 1, kind: 'people' };
  grow('targets', 0);
  roles.root = { by: people, threshold: 1 + r.to(2), kind: 'people' };
  roles.snapshot = { by: [online[0]], threshold: 1, kind: 'online' };
  roles.timestamp = { by: [r.of(online)], threshold: 1, kind: 'online' };
  for (const [name, role] of Object.entries(roles)) {
    role.version = 1 + r.to(3);
    if (name === 'root') role.version = 1;
  }
  return { people, online, roles };
}

const namesBelow = (w, name) => [name, ...w.roles[name].children.flatMap((c) => namesBelow(w, c))];
const keysOf = (roles) => Object.fromEntries(roles.flatMap(({ by }) => by).map((k) => [k.id, k.object]));
const roleOf = ({ by, threshold }) => ({ keyids: by.map((k) => k.id), threshold });

// `signed` of a role as the world has it; `trusts` is whom its delegations name.
function signedOf(w, name) {
  const role = w.roles[name];
  const head = { spec_version: '1.0.31', version: role.version, expires: EXPIRES };
  if (name === 'root') {
    const top = ['root', 'targets', 'snapshot', 'timestamp'];
    return {
      _type: 'root', ...head, consistent_snapshot: true, keys: keysOf(top.map((t) => role.trusts[t])),
      roles: Object.fromEntries(top.map((t) => [t, roleOf(role.trusts[t])])),
    };
  }
  const signed = { _type: 'targets', ...head, targets: {} };
  if (role.bins) {
    const { prefix, ...who } = { ...role.bins, ...role.trusts[role.bins.prefix] };
    signed.delegations = {
      keys: keysOf([who]), succinct_roles: { ...roleOf(who), bit_length: 2, name_prefix: prefix },
    };
  } else if (role.children.length > 0) {
    signed.delegations = {
      keys: keysOf(role.children.map((c) => role.trusts[c])),
      roles: role.children.map((c) => (
        { name: c, ...roleOf(role.trusts[c]), terminating: false, paths: namesBelow(w, c).map((x) => `t/${x}`) })),
    };
  }
  return signed;
}

// Whom a role's delegations trust: those who sign for what it delegates to, now.
function trust(w, name) {
  const role = w.roles[name];
  const pick = ({ by, threshold }) => ({ by: [...by], threshold });
  if (name === 'root') {
    role.trusts = Object.fromEntries(['root', 'targets', 'snapshot', 'timestamp'].map((t) => [t, pick(w.roles[t])]));
  } else if (role.bins) role.trusts = { [role.bins.prefix]: pick(role.bins) };
  else role.trusts = Object.fromEntries((role.children ?? []).map((c) => [c, pick(w.roles[c])]));
}

function sign(signed, keys) {
  const bytes = Buffer.from(canonicalize(signed));
  const signatures = keys.map((k) => ({ keyid: k.id, sig: crypto.sign('sha256', bytes, k.privateKey).toString('hex') }));
  return JSON.stringify({ signatures, signed }, null, 1);
}

function write(w, folder, name) {
  const { version, by } = w.roles[name];
  const file = name === 'timestamp' ? 'timestamp.json' : `${version}.${name}.json`;
  const head = { spec_version: '1.0.31', version, expires: EXPIRES };
  let signed;
  if (name === 'snapshot') {
    const listed = Object.keys(w.roles).filter((n) => !['root', 'snapshot', 'timestamp'].includes(n));
    const meta = Object.fromEntries(listed.map((n) => [`${n}.json`, { version: w.roles[n].version }]));
    signed = { _type: 'snapshot', ...head, meta };
  } else if (name === 'timestamp') {
    signed = { _type: 'timestamp', ...head, meta: { 'snapshot.json': { version: w.roles.snapshot.version } } };
  } else signed = signedOf(w, name);
  fs.writeFileSync(path.join(folder, file), sign(signed, by));
}

// A client that was shipped with 1.root.json reads every role.
async function readAll(w, repository, client) {
  await repository.serve(async (metadataBaseUrl) => {
    const updater = new Updater({ metadataDir: client, metadataBaseUrl, config: { fetchRetries: 0 } });
    await updater.refresh();
    for (const name of Object.keys(w.roles)) await updater.getTargetInfo(`t/${name}`);
  });
}

// What the plan is to change: edit's options, and the same in the world once it is published.
function changeOf(r, w, plan) {
  const ours = Object.keys(w.roles).filter((n) => plan.sign.includes(n));
  const options = [];
  const signs = ours.filter((n) => (n === 'root' || n === 'targets' ? r.chance(0.8) : r.chance(0.6)));
  const swapped = r.chance(0.6);
  if (signs.length === 0 || swapped) signs.push('root');
  for (const name of ours) options.push('--sign', `${name}=${signs.includes(name) ? 'yes' : 'no'}`);
  return { options, signs: [...new Set(signs)], swapped };
}

// The people of the plan sign with their keys, on tokens: the bundle lies in dir.
function hold(w, dir) {
  const keys = Object.values(w.roles).flatMap(({ by }) => by);
  const { keyholders } = JSON.parse(fs.readFileSync(path.join(dir, 'plan.json'), 'utf8'));
  const people = keyholders.map(({ name, keys: ids }) => {
    const { privateKey } = keys.find(({ id }) => Object.values(ids).includes(id));
    return { owner: name, privateKey };
  });
  rehearse(program, dir, people, fs.mkdtempSync(path.join(work, 'keys-')));
}

// The bundle is copied over the folder; what was named is made anew.
function publish(w, folder, dir, change, fresh, named) {
  const [old] = w.online;
  const swapped = (by) => by.map((k) => (change.swapped && k === old ? fresh : k));
  const anew = new Set([...change.signs, ...named]);

  fs.cpSync(path.join(dir, 'bundle', 'metadata'), folder, { recursive: true });
  for (const role of Object.values(w.roles)) if (role.bins) role.bins.by = swapped(role.bins.by);
  for (const name of anew) {
    const role = w.roles[name];
    role.version += 1;
    role.by = swapped(role.by);
    // who delegates anew trusts the new key; who does not, the old one
    for (const who of Object.values(role.trusts ?? {})) who.by = swapped(who.by);
  }
  const made = named.filter((n) => !change.signs.includes(n));
  for (const name of made.filter((n) => n !== 'snapshot' && n !== 'timestamp')) write(w, folder, name);
  for (const name of ['snapshot', 'timestamp']) if (made.includes(name)) write(w, folder, name);
}

async function once(seed) {
  const r = random(seed);
  const w = worldOf(r);
  const folder = path.join(work, `published-${seed}`);
  const dir = path.join(work, `plan-${seed}`);
  const repository = Object.assign(Object.create(Repository.prototype), { folder });
  const fresh = new Key({ chance: () => false });

  fs.mkdirSync(folder);
  for (const name of Object.keys(w.roles)) trust(w, name);
  for (const name of Object.keys(w.roles)) write(w, folder, name);
  const client = shipped(repository, work);
  await readAll(w, repository, client);

  let answer = run(program, 'new', '--from', folder, dir);
  assert.equal(answer.status, 0, answer.stderr);
  fs.writeFileSync(path.join(dir, 'inputs', 'fresh.pem'), fresh.pem);
  const plan = JSON.parse(fs.readFileSync(path.join(dir, 'plan.json'), 'utf8'));
  const change = changeOf(r, w, plan);
  if (change.swapped) {
    const { name } = plan.online_keys.find((k) => k.keyid === w.online[0].id);
    change.options.push('--online', `${name}=fresh.pem`);
  }
  answer = run(program, 'edit', ...change.options, dir);
  if (answer.status !== 0) return 'refused'; // a rule says why: what it refuses is not published
  answer = run(program, 'check', '--json', dir);
  if (answer.status !== 0) return 'refused';
  const { anew } = JSON.parse(answer.stdout.toString());
  hold(w, dir);
  publish(w, folder, dir, change, fresh, anew.map(({ role }) => role));
  await readAll(w, repository, client);
  await readAll(w, repository, shipped(repository, work));
  return change.swapped ? 'swapped' : 'renewed';
}

test(`what 'check' names is all that must be made anew (seeds from ${SEED})`, async () => {
  const counts = { refused: 0, swapped: 0, renewed: 0 };
  const begun = Date.now();
  for (let n = 0; n < FAILED.length + FEWEST || Date.now() - begun < SECONDS * 1000; n += 1) {
    const seed = FAILED[n] ?? SEED + n - FAILED.length;
    try {
      counts[await once(seed)] += 1;
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
  console.log(JSON.stringify(counts));
  assert.ok(counts.swapped + counts.renewed > 0);
});
