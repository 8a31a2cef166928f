import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/proto/envoy/config/cluster/v3/cluster';
import fc from 'fast-check';
import { resourceOf } from '../test-support/wire-messages.ts';
import { readResourceName } from './resource-name.ts';
import { typeUrls } from './resource-types.ts';
import { countFields } from './scan.ts';

describe('readResourceName', () => {
  it('finds the name of every named type', () => {
    for (const typeUrl of [typeUrls.cluster, typeUrls.endpoints, typeUrls.listener, typeUrls.route]) {
      assert.equal(
        readResourceName(resourceOf(typeUrl, 'xdstp://authority/type/näme?a=b', 'x').value),
        'xdstp://authority/type/näme?a=b',
      );
    }
  });

  it('takes the last of several names, as decoding does', () => {
    const twice = new Uint8Array([...nameField('first'), ...nameField('second')]);
    assert.equal(readResourceName(twice), 'second');
    assert.equal(fromBinary(ClusterSchema, twice).name, 'second');
  });

  it('finds none in what has none or is no message', () => {
    const bytes = [[], [0x0a], [0x0a, 0x05, 0x61], [0x0b], [0x0a, 0x00], [0x0a, 0x01, 0xff], new Array(11).fill(0x80)];
    for (const each of bytes) assert.equal(readResourceName(new Uint8Array(each as number[])), undefined);
  });

  it('agrees with decoding for any bytes that decode', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0 }), fc.string(), (name, limit, statName) => {
        const message = create(ClusterSchema, {
          name,
          perConnectionBufferLimitBytes: limit % 2 ** 32,
          altStatName: statName,
        });
        assert.equal(
          readResourceName(toBinary(ClusterSchema, message)),
          message.name === '' ? undefined : message.name,
        );
      }),
    );
  });

  it('ends on hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const name = readResourceName(bytes);
        assert.ok(name === undefined || name.length <= bytes.length);
        assert.ok(countFields(bytes, 50) <= 50);
      }),
    );
  });
});

describe('countFields', () => {
  it('counts the fields of a message, and no further than asked', () => {
    const bytes = new Uint8Array([...nameField('a'), ...nameField('b'), ...nameField('c')]);
    assert.equal(countFields(bytes, 10), 3);
    assert.equal(countFields(bytes, 2), 2);
  });
});

function nameField(name: string): number[] {
  return [0x0a, name.length, ...Buffer.from(name)];
}
