// SPDX-License-Identifier: Apache-2.0
// Random trees of delegations, and paths: the roles that 'inspect --path' names are those that tuf-js asks
// for over HTTP, in the same order, and both find the same: tuf_js_lookup.js PROGRAM - WORK
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Updater } = require('tuf-js');
const { run, shipped } = require('./client');
const { Tree, sha256 } = require('./tree');

const [program, , work] = process.argv.slice(2);
const TREES = 30;

// The same numbers in every run.
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
  };
}

const NAMES = ['targets/simple', 'packages/2.7/D', 'a b', '\u00e4/\u00f6', '100%', '%2F', "it's(1)!*~", '\u6f22\u5b57',
  '\u{1f600}', 'a.b', '5.x', 'x+y&z=?#', 'claimed', 'a\u0301', 'proxy;p=1', 'C:'];
const WORDS = ['simple', 'packages', 'django', 'a', 'b', 'a.b', '\u00e4', 'index.html'];
const GLOBS = ['*', '*', '*', '?', 'a*', '*a', '[a-d]*', 'd?ango', '*.html'];

const pathOf = (r, depth) => Array.from({ length: depth }, () => r.of(WORDS)).join('/');
// A path with some of its components made wild: often one that matches.
const patternOf = (r, paths) => r.of(paths).split('/').map((word) => (r.chance(0.7) ? r.of(GLOBS) : word)).join('/');

function shareOf(r, paths) {
  if (r.chance(0.7)) return { paths: Array.from({ length: 1 + r.to(3) }, () => patternOf(r, paths)) };
  const prefixes = Array.from({ length: 1 + r.to(4) }, () => sha256(r.of(paths)).slice(0, 1 + r.to(3)));
  return { path_hash_prefixes: r.chance(0.2) ? prefixes.map((p) => p.toUpperCase()) : prefixes };
}

// Up to 16 roles; each delegates to any of them, so that there are cycles and several ways to one.
function treeOf(r, paths) {
  const names = NAMES.slice(0, 3 + r.to(NAMES.length - 3));
  const roles = {};
  for (const name of ['targets', ...names]) {
    const role = { targets: {} };
    if (r.chance(0.25)) role.targets[r.of(paths)] = `of ${name}`;
    if (r.chance(0.12)) {
      const bit_length = 1 + r.to(5);
      role.succinct = { bit_length, name_prefix: `bins of ${name}`, threshold: 1 + r.to(2) };
    } else if (r.chance(0.75) || name === 'targets') {
      const distinct = new Set(Array.from({ length: 2 + r.to(5) }, () => r.of(names)));
      role.delegations = [...distinct].map((child) => (
        { name: child, terminating: r.chance(0.25), threshold: 1 + r.to(2), ...shareOf(r, paths) }));
    }
    if (name !== 'targets' && r.chance(0.15)) role[r.of(['unsigned', 'unlisted', 'gone'])] = true;
    roles[name] = role;
  }
  for (const { succinct } of Object.values(roles)) {
    const count = succinct ? 2 ** succinct.bit_length : 0;
    for (let i = 0; i < count; i++) {
      const name = `${succinct.name_prefix}-${i.toString(16).padStart((count - 1).toString(16).length, '0')}`;
      roles[name] = { targets: r.chance(0.5) ? { [r.of(paths)]: `of ${name}` } : {} };
    }
  }
  return roles;
}

let clients = 0;
// What tuf-js asks for and says: { asked: role names in order, found: length | undefined, error }.
async function theirs(tree, target) {
  const said = {};
  await tree.serve(async (metadataBaseUrl) => {
    const metadataDir = shipped(tree, work);
    clients += 1;
    try {
      const client = new Updater({ metadataDir, metadataBaseUrl, config: { fetchRetries: 0 } });
      said.found = (await client.getTargetInfo(target))?.length;
    } catch (error) {
      said.error = error;
    }
    fs.rmSync(metadataDir, { recursive: true });
  });
  said.asked = tree.requests.filter((name) => !/^(\d+\.(root|snapshot)|timestamp)\.json$/.test(name))
    .map((name) => name.replace(/^1\.(.*)\.json$/s, '$1'));
  return said;
}

function ours(tree, target) {
  const { status, stdout, stderr } = run(program, 'inspect', '--json', '--path', target, tree.folder);
  assert.notEqual(stdout.length, 0, stderr);
  return { status, ...JSON.parse(stdout.toString()) };
}

// Compares both about one path; returns our answer.
async function compare(tree, target) {
  const [they, we] = [await theirs(tree, target), ours(tree, target)];
  const visited = we.steps.filter((step) => step.visited);
  // a role that the snapshot does not list is an error before anything is asked for
  const asked = we.end === 'absent' ? visited.slice(0, -1) : visited;
  const about = JSON.stringify({ target, roles: tree.roles, they, we }, null, 1);

  assert.deepEqual(asked.map((step) => step.role), they.asked, about);
  assert.equal(we.end === 'found' ? we.length : undefined, they.found, about);
  assert.equal(['absent', 'refused'].includes(we.end), they.error !== undefined, about);
  assert.equal(we.status === 0, we.end !== 'refused', about);
  for (const step of visited) {
    const { succinct } = tree.roles[step.delegator] ?? {};
    const keys = tree.keysOf(succinct ? succinct.name_prefix : step.role);
    assert.deepEqual(step.keys.map((key) => key.keyid), keys.map((key) => key.keyid), about);
    const delegation = tree.roles[step.delegator]?.delegations?.find(({ name }) => name === step.role);
    assert.equal(step.threshold, (succinct ?? delegation)?.threshold ?? 1, about);
  }
  return we;
}

let count = 0;
const make = (roles) => new Tree(roles, path.join(work, `tree-${count++}`));

test('random trees and paths', async () => {
  const seen = { found: 0, nowhere: 0, refused: 0, absent: 0, deep: 0, bins: 0, prefixes: 0, differ: 0 };
  for (let seed = 1; seed <= TREES; seed++) {
    const r = random(seed);
    const depth = 1 + r.to(3);
    const paths = Array.from({ length: 5 }, () => pathOf(r, r.chance(0.8) ? depth : 1 + r.to(3)));
    const tree = make(treeOf(r, paths));
    for (const target of new Set(paths)) {
      const we = await compare(tree, target);
      seen[we.end] += 1;
      seen.deep += we.steps.filter((step) => step.visited).length > 4;
      seen.bins += we.steps.some((step) => step.share === 'succinct bin');
      seen.prefixes += we.steps.some((step) => step.share === 'hash prefix');
      seen.differ += we.steps.some((step) => step.clients_differ);
    }
  }
  console.log(JSON.stringify({ clients, ...seen }));
  for (const kind of ['found', 'nowhere', 'refused', 'absent', 'deep', 'bins', 'prefixes']) assert.ok(seen[kind] > 2, kind);
  assert.equal(seen.differ, 0);
});

const fan = (n, holder) => ({
  targets: { delegations: Array.from({ length: n }, (_, i) => ({ name: `r${i}`, paths: ['*'], terminating: false })) },
  ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`r${i}`, i === holder ? { targets: { x: 'here' } } : {}])),
});

for (const [holder, end] of [[30, 'found'], [31, 'found'], [32, 'limit'], [39, 'limit']]) {
  test(`a target in delegation ${holder + 1} of 40: ${end}`, async () => {
    const we = await compare(make(fan(40, holder)), 'x');
    assert.equal(we.end, end);
  });
}

test('exactly 32 delegations and no target: nothing more would come', async () => {
  assert.equal((await compare(make(fan(32)), 'x')).end, 'nowhere');
});

test('a terminating role hides what its delegator would have asked next, and those above', async () => {
  const roles = {
    targets: { delegations: [
      { name: 'a', paths: ['*'], terminating: false }, { name: 'late', paths: ['*'], terminating: false }] },
    a: { delegations: [
      { name: 'b', paths: ['*'], terminating: true }, { name: 'c', paths: ['*'], terminating: false }] },
    b: {}, c: { targets: { x: 'c' } }, late: { targets: { x: 'late' } },
  };
  assert.equal((await compare(make(roles), 'x')).end, 'nowhere');
});

test('where clients part, it is said: a leading dot, a character of two units', async () => {
  const roles = {
    targets: { delegations: [{ name: 'a', paths: ['*x', '?'], terminating: false }] },
    a: { targets: { '.x': 'a', '\u{1f600}': 'a' } },
  };
  const tree = make(roles);
  for (const target of ['.x', '\u{1f600}']) {
    assert.equal((await theirs(tree, target)).found, undefined);
    const we = ours(tree, target);
    assert.equal(we.end, 'found');
    assert.equal(we.steps[1].clients_differ, true);
  }
});

// What 'number-name' and 'script-name' in ceremony/rules/delegation_rules.c are about: tuf-js keeps roles by name in
// an object, which puts numbers first, and has names of its own.
const siblings = (names) => make({
  targets: { delegations: names.map((name) => ({ name, paths: ['*'], terminating: false })) },
  ...Object.fromEntries(names.map((name) => [name, {}])),
});

test('names that are numbers: tuf-js puts them first, and refuses the file when they were not', async () => {
  for (const names of [['1', '2', 'b'], ['b', '01', '2a', '4294967295', '-1', '1.5']]) {
    await compare(siblings(names), 'x');
  }
  for (const names of [['b', '1'], ['2', '1'], ['00', '10'], ['4294967295', '4294967294']]) {
    const { asked, error } = await theirs(siblings(names), 'x');
    assert.deepEqual(asked, ['targets']);
    assert.match(error.message, /targets was signed by 0/);
  }
});

test("names of JavaScript's own objects: tuf-js does not ask for them", async () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    const { asked, error } = await theirs(siblings(['b', name, 'c']), 'x');
    assert.deepEqual({ asked, error }, { asked: ['targets', 'b', 'c'], error: undefined }, name);
  }
});
