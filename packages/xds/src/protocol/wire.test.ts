import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import {
  readDeltaRequest,
  readSotwRequest,
  resourceOf,
  testNode,
  wrapped,
  writeDeltaResponse,
  writeSotwResponse,
} from '../test-support/wire-messages.ts';
import { typeUrls } from './resource-types.ts';
import { decodeResponse, decodeSotwResponse, encodeRequest, RESOURCE_WRAPPER_URL } from './wire.ts';

const typeUrl = typeUrls.cluster;

describe('encodeRequest', () => {
  it('is read by generated code as it was meant, state of the world', () => {
    const errorDetail = { code: 3, message: 'no' };
    const bytes = encodeRequest(
      { kind: 'sotw', typeUrl, versionInfo: '7', resourceNames: ['a', 'b'], responseNonce: 'n', errorDetail },
      testNode('me'),
    );
    const request = readSotwRequest(bytes);
    assert.deepEqual(request.resourceNames, ['a', 'b']);
    assert.deepEqual([request.versionInfo, request.responseNonce, request.typeUrl], ['7', 'n', typeUrl]);
    assert.deepEqual([request.node?.id, request.errorDetail?.code, request.errorDetail?.message], ['me', 3, 'no']);
  });

  it('is read by generated code as it was meant, delta', () => {
    const bytes = encodeRequest(
      {
        kind: 'delta',
        typeUrl,
        subscribe: ['a'],
        unsubscribe: ['b'],
        initialResourceVersions: new Map([['__proto__', '1']]),
        responseNonce: '',
        errorDetail: undefined,
      },
      undefined,
    );
    const request = readDeltaRequest(bytes);
    assert.deepEqual([request.resourceNamesSubscribe, request.resourceNamesUnsubscribe], [['a'], ['b']]);
    assert.deepEqual(Object.entries(request.initialResourceVersions), [['__proto__', '1']]);
    assert.deepEqual([request.node, request.errorDetail], [undefined, undefined]);
  });
});

describe('decodeResponse', () => {
  it('takes resources out of their wrappers in state of the world', () => {
    const resource = wrapped({
      name: 'a',
      version: '9',
      ttl: { seconds: 2n, nanos: 500_000_000 },
      resource: resourceOf(typeUrl, 'a'),
    });
    assert.equal(resource.typeUrl, RESOURCE_WRAPPER_URL);
    const bytes = writeSotwResponse({
      typeUrl,
      versionInfo: '1',
      nonce: 'n',
      resources: [resource, resourceOf(typeUrl, 'b')],
    });
    const [first, second] = unwrap(decodeResponse('sotw', bytes)).resources;
    assert.deepEqual([first?.name, first?.version, first?.ttlMs, first?.body?.typeUrl], ['a', '9', 2500, typeUrl]);
    assert.deepEqual([second?.name, second?.ttlMs, second?.body?.typeUrl], ['', undefined, typeUrl]);
  });

  it('reads both ways in which delta names what is removed', () => {
    const bytes = writeDeltaResponse({
      typeUrl,
      nonce: 'n',
      removedResources: ['a'],
      removedResourceNames: [{ name: 'b' }],
    });
    const response = unwrap(decodeResponse('delta', bytes));
    assert.deepEqual(response.kind === 'delta' && response.removed, ['a', 'b']);
  });

  it('keeps a broken wrapper to its resource', () => {
    const broken = { typeUrl: RESOURCE_WRAPPER_URL, value: new Uint8Array([0x0a, 0x7f]) };
    const bytes = writeSotwResponse({ typeUrl, resources: [broken, resourceOf(typeUrl, 'b')] });
    const [first, second] = unwrap(decodeSotwResponse(bytes)).resources;
    assert.match(first?.problem ?? '', /wrapper/);
    assert.equal(second?.problem, undefined);
  });

  it('ignores fields that a newer server sends', () => {
    const bytes = writeSotwResponse({ typeUrl, versionInfo: '1' });
    const newer = new Uint8Array([...bytes, 0xd2, 0x7d, 0x02, 0x68, 0x69]);
    assert.equal(unwrap(decodeSotwResponse(newer)).versionInfo, '1');
  });

  it('answers hostile bytes with a response or a reason', () => {
    const good = writeSotwResponse({
      typeUrl,
      versionInfo: '1',
      resources: [wrapped({ name: 'a', resource: resourceOf(typeUrl, 'a') })],
    });
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => good.with(at, byte));
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated),
        fc.constantFrom('sotw', 'delta'),
        (bytes, variant) => {
          const decoded = decodeResponse(variant, bytes);
          if (decoded.kind === 'err') assert.notEqual(decoded.error, '');
        },
      ),
    );
  });
});
