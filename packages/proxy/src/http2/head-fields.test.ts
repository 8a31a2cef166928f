import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldHead } from '../http/field-head.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { KNOWN_HEADER_ID, UNKNOWN_HEADER } from '../http/known-headers.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { gathered, gatherRequest, gatherResponse, gatherTrailers } from './head-fields.ts';

/** A head as another codec would bring it: no FieldHead, and with what HTTP/1 needs on the wire. */
function foreign<T extends object>(facts: T, pairs: ReadonlyArray<readonly [string, string]>): FieldList & T {
  const list = {
    get: (name: string) => pairs.find(([each]) => each === name)?.[1],
    has: (name: string) => pairs.some(([each]) => each === name),
    forEach(visit: (name: string, value: string, id: number) => void) {
      for (const [name, value] of pairs) visit(name, value, KNOWN_HEADER_ID.get(name) ?? UNKNOWN_HEADER);
    },
    hasPrefix: () => false,
    hasAnyOf: () => false,
    removeAnyOf() {},
    repeated: () => undefined,
    set() {},
    add() {},
    remove() {},
    getKnown: () => undefined,
    hasKnown: () => false,
    setKnown() {},
    addKnown() {},
    removeKnown() {},
    addBytes() {},
    fieldCount: pairs.length,
    byteSize: 0,
    retain() {},
    release() {},
  };
  return { ...list, ...facts };
}

function text(count: number): string[] {
  return gathered.slice(0, count).map(({ name, value }) => `${name}=${value}`);
}

const LINE = { method: 'GET', path: '/p', scheme: 'http', authority: 'h', protocol: '' };

describe('gathered fields', () => {
  it('of an HTTP/1 request leave out what concerns its connection', () => {
    const head: RequestHead = foreign(LINE, [
      ['host', 'h'],
      ['connection', 'keep-alive, x'],
      ['keep-alive', '1'],
      ['proxy-connection', 'x'],
      ['transfer-encoding', 'chunked'],
      ['upgrade', 'websocket'],
      ['te', 'gzip, Trailers'],
      ['content-length', '3'],
      ['a_b', 'c'],
    ]);
    assert.deepEqual(text(gatherRequest(head)), [
      ':method=GET',
      ':authority=h',
      ':scheme=http',
      ':path=/p',
      'te=trailers',
      'content-length=3',
      'a_b=c',
    ]);
    assert.deepEqual(
      text(
        gatherTrailers(
          foreign({}, [
            ['te', 'gzip'],
            ['x', 'y'],
          ]),
        ),
      ),
      ['x=y'],
    );
  });

  it('of an upgrade are those of an extended CONNECT', () => {
    const head: RequestHead = foreign({ ...LINE, protocol: 'websocket', scheme: '' }, []);
    assert.deepEqual(text(gatherRequest(head)), [
      ':method=CONNECT',
      ':authority=h',
      ':scheme=http',
      ':path=/p',
      ':protocol=websocket',
    ]);
  });

  it('of CONNECT have neither path nor scheme', () => {
    const head: RequestHead = foreign({ ...LINE, method: 'CONNECT', path: '' }, []);
    assert.deepEqual(text(gatherRequest(head)), [':method=CONNECT', ':authority=h']);
  });

  it('of responses begin with the status, which may be another one', () => {
    const head: ResponseHead = foreign({ status: 404 }, [['x', 'y']]);
    assert.deepEqual(text(gatherResponse(head, 0)), [':status=404', 'x=y']);
    assert.deepEqual(text(gatherResponse(ResponseFields.of(101), 200)), [':status=200']);
  });

  it('are the very objects of a head that came by HTTP/2', () => {
    const head = RequestFields.of(LINE, [['x', 'y']]);
    assert.equal(gatherRequest(head), 5);
    assert.equal(gathered[0], head.methodField);
    assert.equal(gathered[4], head.fields[0]);
    const trailers = FieldHead.fromPairs([['x-unique', '1']]);
    gatherTrailers(trailers);
    assert.equal(gathered[0], trailers.fields[0]);
  });
});
