/** Heads that were scanned, edited and written, against a list of pairs that is edited the plain way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { KNOWN_HEADER_ID } from '../http/known-headers.ts';
import { NameSet } from '../http/name-set.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import { requestHeadPool, responseHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';
import { scanRequestHead, scanResponseHead } from './head-scanner.ts';
import { writeRequestHead, writeResponseHead } from './head-writer.ts';
import { pairsOf } from './testing.ts';
import { parsePlain } from './testing-parser.ts';

const STYLE = { nameCase: 'preserve', isHttp10: false } as const;

/** Heads that have served another message first, as nearly all have. */
const REQUESTS = requestHeadPool(DEFAULT_HEAD_LIMITS);
const RESPONSES = responseHeadPool(DEFAULT_HEAD_LIMITS);

function requestOf(text: string) {
  const head = REQUESTS.take();
  const bytes = Buffer.from(text, 'latin1');
  head.scan.begin(0);
  assert.equal(scanRequestHead(head.scan, bytes, bytes.length), bytes.length);
  head.begin(bytes, 'http');
  return { head, bytes };
}

function responseOf(text: string) {
  const head = RESPONSES.take();
  const bytes = Buffer.from(text, 'latin1');
  head.scan.begin(0);
  assert.equal(scanResponseHead(head.scan, bytes, bytes.length), bytes.length);
  head.begin(bytes);
  return { head, bytes };
}

/** What `write` puts on a stream that makes just the room it is asked for: nothing may be cut off. */
function writtenBy(write: (stream: ByteStream) => unknown): string {
  let text = '';
  const stream = {
    out: Buffer.alloc(0),
    room: (bytes: number): number => {
      stream.out = Buffer.alloc(bytes);
      return 0;
    },
    commit: (end: number): void => {
      assert.ok(end <= stream.out.length, `${end} bytes were written to ${stream.out.length}`);
      text += stream.out.toString('latin1', 0, end);
    },
  };
  write(stream as unknown as ByteStream);
  return text;
}

const written = (head: RequestHead): string =>
  writtenBy((stream) => assert.ok(writeRequestHead(stream, head, '', 'preserve')));
const writtenResponse = (head: ResponseHead): string =>
  writtenBy((stream) => writeResponseHead(stream, head, '', STYLE));

const NAMES = ['x-a', 'X-B', 'Cookie', 'accept', 'User-Agent', 'X-Request-Id', 'set-cookie', 'x-c'];
const name = fc.constantFrom(...NAMES);
const value = fc.stringMatching(/^([!-~]([ -~]{0,60}[!-~])?)?$/);
const edit = fc.record({
  kind: fc.constantFrom('set', 'add', 'bytes', 'remove', 'removeAnyOf', 'read' as const),
  isById: fc.boolean(),
  name: name.map((text) => text.toLowerCase()),
  value,
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** Key: a name; value: a set with it and another one. */
const ANY_OF = new Map(NAMES.map((each) => [each.toLowerCase(), new NameSet([each.toLowerCase(), 'x-c'])]));

function applyEdit(list: FieldList, kind: Edit['kind'], field: string, text: string, id: number | undefined): void {
  if (kind === 'bytes' && id !== undefined) {
    list.addBytes(id, Buffer.from(`.${text}.`), 1, 1 + text.length);
  } else if (kind === 'add' || kind === 'bytes') {
    if (id === undefined) list.add(field, text);
    else list.addKnown(id, text);
  } else if (kind === 'set') {
    if (id === undefined) list.set(field, text);
    else list.setKnown(id, text);
  } else if (kind === 'removeAnyOf') list.removeAnyOf(ANY_OF.get(field)!);
  else if (kind === 'remove') {
    if (id === undefined) list.remove(field);
    else list.removeKnown(id);
  }
}

function applyEdits(list: FieldList, model: [string, string][], edits: readonly Edit[]): [string, string][] {
  let pairs = model;
  for (const { kind, isById, name: field, value: text } of edits) {
    const id = isById ? KNOWN_HEADER_ID.get(field) : undefined;
    applyEdit(list, kind, field, text, id);
    if (kind === 'set' || kind === 'remove') pairs = pairs.filter(([other]) => other !== field);
    if (kind === 'removeAnyOf') pairs = pairs.filter(([other]) => other !== field && other !== 'x-c');
    if (kind === 'set' || kind === 'add' || kind === 'bytes') pairs = [...pairs, [field, text]];
    const values = pairs.filter(([other]) => other === field).map(([, each]) => each);
    const expected = values.length === 0 ? undefined : values.join(field === 'cookie' ? '; ' : ',');
    assert.equal(id === undefined ? list.get(field) : list.getKnown(id), expected);
    assert.equal(id === undefined ? list.has(field) : list.hasKnown(id), values.length > 0);
    assert.equal(
      list.hasAnyOf(ANY_OF.get(field)!),
      pairs.some(([other]) => other === field || other === 'x-c'),
    );
    assert.equal(list.fieldCount, pairs.length);
  }
  assert.deepEqual(pairsOf(list), pairs);
  return pairs;
}

const fields = fc.array(fc.tuple(name, value), { maxLength: 12 });
const lower = (pairs: readonly (readonly [string, string])[]): [string, string][] =>
  pairs.map(([field, text]) => [field.toLowerCase(), text]);
const linesOf = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([field, text]) => `${field}: ${text}\r\n`).join('');
const change = fc.record(
  {
    path: fc.stringMatching(/^\/[a-z0-9/?&=%]{0,60}$/),
    authority: fc.stringMatching(/^[a-z0-9.-]{1,50}(:[0-9]{1,4})?$/),
    method: fc.constantFrom('GET', 'POST', 'PATCH', 'REPORT-ALL'),
  },
  { requiredKeys: [] },
);

describe('heads of requests', () => {
  it('are edited as lists are, kept or not, and written as they read', () => {
    const target = fc.constantFrom('/', '/a/b?c=d', 'http://other.example:80/x', 'https://other', 'http://o?q');
    fc.assert(
      fc.property(
        target,
        fields,
        fields,
        fc.array(edit, { maxLength: 12 }),
        change,
        fc.boolean(),
        (uri, before, after, edits, changes, isKept) => {
          const { head, bytes } = requestOf(
            `GET ${uri} HTTP/1.1\r\n${linesOf(before)}Host: a.example\r\n${linesOf(after)}\r\n`,
          );
          if (isKept) {
            head.retain();
            bytes.fill('#');
          }
          const model = applyEdits(head, lower([...before, ...after]), edits);
          Object.assign(head, changes);
          const expectedAuthority =
            changes.authority ??
            (uri.startsWith('/') ? 'a.example' : new URL(uri).host.replace(/^other.example$/, 'other.example:80'));
          assert.equal(head.authority, expectedAuthority);
          const [message, ...more] = parsePlain(written(head), 'request');
          assert.deepEqual(more, []);
          assert.equal(message!.start, `${head.method} ${head.path} HTTP/1.1`);
          assert.deepEqual(
            message!.fields.filter(([field]) => field === 'host'),
            [['host', expectedAuthority]],
          );
          assert.deepEqual(
            message!.fields.filter(([field]) => field !== 'host'),
            model,
          );
          // Written twice, as a retry does.
          assert.deepEqual(parsePlain(written(head), 'request')[0], message);
          // The same request by HTTP/2 counts the same.
          const { method, path, authority, scheme } = head;
          assert.equal(head.byteSize, RequestFields.of({ method, path, authority, scheme }, model).byteSize);
          REQUESTS.give(head);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('know the host by both its names, and no other pseudo-header', () => {
    const { head } = requestOf('GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n\r\n');
    assert.deepEqual(
      [head.get('host'), head.get(':authority'), head.get(':path'), head.fieldCount],
      ['a', 'a', '/', 1],
    );
    head.add('host', 'b');
    head.set(':path', '/x y');
    head.set(':method', 'PUT');
    assert.equal(written(head), 'PUT /x%20y HTTP/1.1\r\nhost: b\r\nx: 1\r\n\r\n');
    assert.throws(() => head.add(':other', 'x'), /not a field name/);
    for (const bad of ['', 'X', 'a b', 'a:', 'a\r\nb', 'é'])
      assert.throws(() => head.set(bad, 'x'), /not a field name/);
  });

  it('of CONNECT fit, however little the Host field says', () => {
    const authority = `${'x'.repeat(300)}:443`;
    const { head } = requestOf(`CONNECT ${authority} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(written(head), `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
    head.authority = 'b:1';
    assert.equal(written(head), 'CONNECT b:1 HTTP/1.1\r\nhost: b:1\r\n\r\n');
  });

  it('leave what concerns one hop behind', () => {
    const { head } = requestOf(
      'GET / HTTP/1.1\r\nhost: a\r\nconnection: close, X-One, cookie\r\nkeep-alive: 1\r\nte: gzip, trailers\r\nx-one: 1\r\ncookie: c\r\nproxy-connection: x\r\nupgrade: h2c\r\nhttp2-settings: x\r\nx-two: 2\r\n\r\n',
    );
    assert.deepEqual(pairsOf(head), [
      ['cookie', 'c'],
      ['x-two', '2'],
      ['te', 'trailers'],
    ]);
    head.set('connection', 'x');
    head.add('transfer-encoding', 'chunked');
    assert.equal(written(head), 'GET / HTTP/1.1\r\nhost: a\r\ncookie: c\r\nx-two: 2\r\nte: trailers\r\n\r\n');
  });

  it('with a Connection field full of names cost little', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `a${i}`).join();
    const { head } = requestOf(
      `GET / HTTP/1.1\r\nhost: a\r\nconnection: ${names}\r\n${'x: y\r\n'.repeat(90)}a77: z\r\n\r\n`,
    );
    assert.equal(head.fieldCount, 90);
  });
});

describe('heads of responses', () => {
  it('are edited as lists are, kept or not, and written as they read', () => {
    const line = fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 404 Gone astray', 'HTTP/1.1 201 ', 'HTTP/1.1 503');
    const status = fc.option(fc.constantFrom(200, 418, 599), { nil: undefined });
    fc.assert(
      fc.property(
        line,
        fields,
        fc.array(edit, { maxLength: 12 }),
        status,
        fc.boolean(),
        (start, pairs, edits, next, isKept) => {
          const { head, bytes } = responseOf(`${start}\r\n${linesOf(pairs)}\r\n`);
          if (isKept) {
            head.retain();
            bytes.fill('#');
          }
          const model = applyEdits(head, lower(pairs), edits);
          if (next !== undefined) head.status = next;
          const [message] = parsePlain(writtenResponse(head), 'response', () => true);
          assert.ok(message!.start.startsWith(`HTTP/1.1 ${head.status} `), message!.start);
          assert.deepEqual(message!.fields, model);
          assert.equal(head.byteSize, ResponseFields.of(head.status, model).byteSize);
          RESPONSES.give(head);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cannot be split by an edit', () => {
    const { head } = responseOf('HTTP/1.1 200 OK\r\na: b\r\n\r\n');
    head.set('location', '/x\r\nset-cookie: y\r\n\r\n<html>');
    head.add('x', 'n\u010a\0l');
    assert.equal(
      writtenResponse(head),
      'HTTP/1.1 200 OK\r\na: b\r\nlocation: /x  set-cookie: y    <html>\r\nx: n? l\r\n\r\n',
    );
  });
});

describe('names on the wire', () => {
  for (const [nameCase, expected] of [
    ['lower', 'host: b\r\nx-request-id: B:c\r\nte3-x_y!z: D\r\nx-new-one: E\r\n'],
    ['preserve', 'host: b\r\nX-REQUEST-ID: B:c\r\nte3-x_y!z: D\r\nx-new-one: E\r\n'],
    ['proper', 'Host: b\r\nX-Request-Id: B:c\r\nTe3-X_Y!Z: D\r\nX-New-One: E\r\n'],
  ] as const) {
    it(`are spelt: ${nameCase}`, () => {
      const { head } = requestOf('GET /X HTTP/1.1\r\nHost: A\r\nX-REQUEST-ID: B:c\r\nGone: X\r\nte3-x_y!z: D\r\n\r\n');
      head.authority = 'b';
      head.remove('gone');
      head.set('x-new-one', 'E');
      const text = writtenBy((stream) => writeRequestHead(stream, head, 'x-codec: F\r\n', nameCase));
      const codec = nameCase === 'proper' ? 'X-Codec' : 'x-codec';
      assert.equal(text, `GET /X HTTP/1.1\r\n${expected}${codec}: F\r\n\r\n`);
    });
  }
});
