import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BodyKind, requestBodyKind, responseBodyKind } from './body-framing.ts';
import { WireError } from './wire-errors.ts';

const none = { isChunked: false, contentLength: -1 };
const five = { isChunked: false, contentLength: 5 };
const zero = { isChunked: false, contentLength: 0 };
const chunked = { isChunked: true, contentLength: -1 };
const get = { isHead: false, isConnect: false, isUpgrade: false };
const head = { ...get, isHead: true };
const connect = { ...get, isConnect: true };
const upgrade = { ...get, isUpgrade: true };

suite('body framing', () => {
  test('of requests', () => {
    assert.deepEqual([none, zero, five, chunked].map(requestBodyKind), [
      BodyKind.none,
      BodyKind.none,
      BodyKind.length,
      BodyKind.chunked,
    ]);
  });

  const cases = [
    [200, none, get, BodyKind.untilClose],
    [200, zero, get, BodyKind.none],
    [200, five, get, BodyKind.length],
    [200, chunked, get, BodyKind.chunked],
    [200, five, head, BodyKind.none],
    [200, chunked, head, BodyKind.none],
    [100, five, get, BodyKind.none],
    [103, none, upgrade, BodyKind.none],
    [204, chunked, get, BodyKind.none],
    [304, five, get, BodyKind.none],
    [200, five, connect, BodyKind.tunnel],
    [299, none, connect, BodyKind.tunnel],
    [204, none, connect, BodyKind.none],
    [300, none, connect, BodyKind.untilClose],
    [407, five, connect, BodyKind.length],
    [101, none, upgrade, BodyKind.tunnel],
    [101, none, get, -WireError.unexpectedSwitch],
    [200, five, upgrade, BodyKind.length],
    [999, none, get, BodyKind.untilClose],
  ] as const;
  for (const [status, facts, request, expected] of cases) {
    test(`of a ${status} with ${JSON.stringify(facts)} to ${JSON.stringify(request)}`, () => {
      assert.equal(responseBodyKind({ ...facts, status }, request), expected);
    });
  }
});
