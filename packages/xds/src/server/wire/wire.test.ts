// Our codec against the generated one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@weft/proto/envoy/service/discovery/v3/discovery';
import fc from 'fast-check';
import type { XdsVariant } from '../../protocol/messages.ts';
import { anyOf, serveResource } from '../served-resource.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { NameTable } from './name-table.ts';

const PREFIX_BYTES = 5;
const TYPE = 'type.googleapis.com/some.Type';
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const served = fc.record({ name: text, version: text, value: fc.uint8Array({ maxLength: 300 }) });
const context = () => ({ names: new NameTable(100), lastNames: () => undefined });

function decode(variant: XdsVariant, bytes: Uint8Array, lastNames?: string) {
  const decoded = decodeRequest(variant, bytes, { names: new NameTable(100), lastNames: () => lastNames });
  assert.ok(decoded.kind === 'ok', decoded.kind === 'err' ? decoded.error : '');
  return decoded.value;
}

describe('responses', () => {
  it('are what the generated code reads', () => {
    fc.assert(
      fc.property(
        fc.array(served, { maxLength: 5 }),
        text,
        text,
        fc.array(text),
        text,
        (all, versionInfo, nonce, removed, identifier) => {
          const resources = all.map((each) => serveResource({ ...each, typeUrl: TYPE }));
          const message = { typeUrl: TYPE, versionInfo, nonce, resources };
          const sotw = encodeResponse('sotw', { ...message, removed: [] }, identifier);
          assert.equal(sotw.readUInt32BE(1), sotw.length - PREFIX_BYTES);
          const readSotw = fromBinary(DiscoveryResponseSchema, sotw.subarray(PREFIX_BYTES));
          assert.deepEqual(
            [readSotw.versionInfo, readSotw.typeUrl, readSotw.nonce, readSotw.controlPlane?.identifier ?? ''],
            [versionInfo, TYPE, nonce, identifier],
          );
          const valuesOf = (anys: readonly ({ value: Uint8Array } | undefined)[]) => anys.map((any) => [...any!.value]);
          const values = all.map(({ value }) => [...value]);
          assert.deepEqual(valuesOf(readSotw.resources), values);
          assert.ok(readSotw.resources.every(({ typeUrl }) => typeUrl === TYPE));
          assert.deepEqual(valuesOf(resources.map(anyOf)), values);

          const delta = encodeResponse('delta', { ...message, removed }, identifier).subarray(PREFIX_BYTES);
          const readDelta = fromBinary(DeltaDiscoveryResponseSchema, delta);
          assert.deepEqual(readDelta.removedResources, removed);
          assert.deepEqual(
            [readDelta.systemVersionInfo, readDelta.typeUrl, readDelta.nonce, readDelta.controlPlane?.identifier ?? ''],
            [versionInfo, TYPE, nonce, identifier],
          );
          assert.deepEqual(
            readDelta.resources.map(({ name, version }) => ({ name, version })),
            all.map(({ name, version }) => ({ name, version })),
          );
          assert.deepEqual(valuesOf(readDelta.resources.map(({ resource }) => resource)), values);
        },
      ),
    );
  });
});

describe('requests', () => {
  const node = { id: 'n' };
  const errorDetail = { code: 3, message: 'no' };

  it('are read as the generated code writes them', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 200 }), fc.array(text), text, (names, others, responseNonce) => {
        const common = { typeUrl: TYPE, responseNonce, node, errorDetail };
        const sotw = create(DiscoveryRequestSchema, { ...common, versionInfo: 'v', resourceNames: names });
        const readSotw = decode('sotw', toBinary(DiscoveryRequestSchema, sotw));
        assert.deepEqual(readSotw.request, {
          kind: 'sotw',
          typeUrl: TYPE,
          versionInfo: 'v',
          resourceNames: names,
          responseNonce,
          errorDetail,
        });
        assert.notEqual(readSotw.nodeBytes, undefined);
        const versions = Object.fromEntries(others.map((name, index) => [`_${name}`, String(index)]));
        const delta = create(DeltaDiscoveryRequestSchema, {
          ...common,
          resourceNamesSubscribe: names,
          resourceNamesUnsubscribe: others,
          initialResourceVersions: versions,
        });
        assert.deepEqual(decode('delta', toBinary(DeltaDiscoveryRequestSchema, delta)).request, {
          kind: 'delta',
          typeUrl: TYPE,
          responseNonce,
          subscribe: names,
          unsubscribe: others,
          initialResourceVersions: new Map(Object.entries(versions)),
          errorDetail,
        });
      }),
    );
  });

  it('that repeat a long list are known by it, and only by all of it', () => {
    const bytesOf = (names: string[]) =>
      toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: TYPE, resourceNames: names }));
    const names = Array.from({ length: 100 }, (_, each) => `outbound|80||service-${each}.shop`);
    const first = decode('sotw', bytesOf(names));
    assert.equal(first.repeatsNames, false);
    assert.equal(decode('sotw', bytesOf(names), first.namesDigest).repeatsNames, true);
    assert.equal(decode('sotw', bytesOf(names.slice(1)), first.namesDigest).repeatsNames, false);
    assert.equal(decode('sotw', bytesOf(['a'])).namesDigest, undefined, 'short lists are read');
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom<XdsVariant>('sotw', 'delta'), fc.uint8Array({ maxLength: 60 }), (variant, bytes) => {
        decodeRequest(variant, bytes, context());
      }),
      { numRuns: 2000 },
    );
  });
});

describe('NameTable', () => {
  it('gives the same text for the same bytes, keeps within its limit, and refuses what is no text', () => {
    const table = new NameTable(2);
    const read = (name: string) => table.read(Buffer.from(name), 0, Buffer.byteLength(name));
    for (const name of ['a', 'b', 'a', 'ä', 'x'.repeat(1000), '']) assert.equal(read(name), name);
    assert.ok(table.size <= 2);
    assert.equal(table.read(new Uint8Array([0xff]), 0, 1), undefined);
  });
});
