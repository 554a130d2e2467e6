// SPDX-License-Identifier: Apache-2.0
// tuf-js does not read ECDSA on P-384, and 'check' says so before anybody makes such keys:
// tuf_js_p384.js PROGRAM REHEARSAL WORK
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { refresh, run, shipped } = require('./client');
const { Repository } = require('./repository');

const [program, rehearsal, work] = process.argv.slice(2);

test('tuf-js refuses keys on P-384', async () => {
  const repository = new Repository(rehearsal, path.join(work, 'repository'));
  repository.publish();
  await assert.rejects(refresh(repository, shipped(repository, work)), (error) => {
    assert.equal(error.constructor.name, 'UnsignedMetadataError', error.stack);
    assert.match(error.message, /root was signed by 0\/2 keys/);
    return true;
  });
});

test("'check' names tuf-js when a plan wants keys on P-384", () => {
  const { status, stdout } = run(program, 'check', rehearsal);
  assert.equal(status, 0);
  assert.match(stdout.toString(), /warning: .*P-384, which tuf-js/);
});
