/** What hostile control planes send: any bytes, and good responses with some bytes changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { resourceOf, writeDeltaResponse, writeSotwResponse } from '../test-support/wire-messages.ts';
import { readResourceName } from './resource-name.ts';
import { typeUrls } from './resource-types.ts';
import { countFields } from './scan.ts';
import { decodeResponse } from './wire.ts';

const TYPE = typeUrls.cluster;
const CLUSTERS = ['a', 'b', 'c'].map((name) => resourceOf(TYPE, name, 'x'));
const SOTW = writeSotwResponse({ typeUrl: TYPE, versionInfo: '1', nonce: 'n', resources: CLUSTERS });
const DELTA = writeDeltaResponse({
  typeUrl: TYPE,
  nonce: 'n',
  resources: CLUSTERS.map((resource, i) => ({ name: String(i), version: '1', resource })),
  removedResources: ['gone'],
});

/** Some bytes of a good message are changed, and it may end early. */
function changed(good: Uint8Array) {
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  return fc.tuple(fc.array(change, { maxLength: 6 }), fc.nat(good.length)).map(([changes, cut]) => {
    const bytes = Uint8Array.from(good);
    for (const [at, value] of changes) bytes[at] = value;
    return cut % 4 === 0 ? bytes.subarray(0, cut) : bytes;
  });
}

for (const variant of ['sotw', 'delta'] as const) {
  test(`a ${variant} response is read, or refused with a reason`, () => {
    const good = variant === 'sotw' ? SOTW : DELTA;
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed(good)), (bytes) => {
        assert.ok(countFields(bytes, 100) <= 100);
        const result = decodeResponse(variant, bytes);
        if (result.kind === 'err') {
          assert.notEqual(result.error, '');
          return;
        }
        read++;
        for (const { name, body, problem } of result.value.resources) {
          assert.equal(typeof name, 'string');
          if (body === undefined) continue;
          assert.equal(problem, undefined);
          assert.ok(['string', 'undefined'].includes(typeof readResourceName(body.value)));
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(read > 100, 'hardly anything was read: the changes are too many to reach much');
  });
}
