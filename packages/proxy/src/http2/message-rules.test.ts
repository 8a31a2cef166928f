import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUTHORITY_BYTE, TARGET_BYTE, TOKEN_BYTE, VALUE_BYTE } from '../http1/bytes.ts';
import { literalField } from './hpack/index.ts';
import type { Pair } from './hpack/testing.ts';
import { headFacts, requestOf, responseOf, trailersOf } from './message-rules.ts';

const fields = (pairs: readonly Pair[]) => pairs.map(([name, value]) => literalField(name, value));

function request(changes: Readonly<Record<string, string>>) {
  const given = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'a', ...changes };
  const decoded = fields(Object.entries(given));
  return requestOf(decoded, decoded.length, 'allow', false);
}

describe('the rules of messages', () => {
  for (const [name, table, wrap] of [
    [':method', TOKEN_BYTE, (char: string) => `A${char}Z`],
    [':path', TARGET_BYTE, (char: string) => `/a${char}z`],
    [':authority', AUTHORITY_BYTE, (char: string) => `a${char}z`],
    ['x-any', VALUE_BYTE, (char: string) => `a${char}z`],
  ] as const) {
    it(`allow the same bytes in ${name} as HTTP/1 does`, () => {
      for (let byte = 0; byte < 256; byte++) {
        const head = request({ [name]: wrap(String.fromCharCode(byte)) });
        assert.equal(head !== undefined, table[byte] !== 0, `byte ${byte}`);
      }
    });
  }

  it('allow the bytes of a token in names, but no upper case', () => {
    for (let byte = 0; byte < 256; byte++) {
      const isUpper = byte >= 65 && byte <= 90;
      const head = request({ [`a${String.fromCharCode(byte)}z`]: '' });
      assert.equal(head !== undefined, TOKEN_BYTE[byte] === 1 && !isUpper, `byte ${byte}`);
    }
  });

  it('find the content-length', () => {
    request({ 'content-length': '0042' });
    assert.equal(headFacts.contentLength, 42);
    for (const wrong of ['', '-1', '1.0', '1e3', '0x1', '1 ', '9'.repeat(16)]) {
      assert.equal(request({ 'content-length': wrong }), undefined, wrong);
    }
    request({});
    assert.equal(headFacts.contentLength, -1);
  });

  it('hold for responses and trailers too', () => {
    const ok = fields([
      [':status', '200'],
      ['x', 'y'],
    ]);
    assert.equal(responseOf(ok, 2, 'allow')?.status, 200);
    assert.equal(responseOf(ok, 0, 'allow'), undefined);
    for (const status of ['99', '1000', 'abc', '+20', '']) {
      assert.equal(responseOf(fields([[':status', status]]), 1, 'allow'), undefined, status);
    }
    assert.equal(trailersOf(ok, 2, 'allow'), undefined);
    assert.equal(trailersOf(ok.slice(1), 1, 'allow')?.get('x'), 'y');
    assert.equal(trailersOf(fields([['x', 'a\nb']]), 1, 'allow'), undefined);
  });

  it('remember what they found out about a shared field', () => {
    const [good, bad] = fields([
      ['x', 'y'],
      ['x', 'y\n'],
    ]);
    for (let time = 0; time < 2; time++) {
      assert.ok(trailersOf([good!], 1, 'allow'));
      assert.equal(trailersOf([bad!], 1, 'allow'), undefined);
    }
    assert.notEqual(good!.valueCheck, bad!.valueCheck);
  });
});
