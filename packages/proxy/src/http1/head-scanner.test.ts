import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { KnownHeader } from '../http/known-headers.ts';
import { ConnectionOption, HeadScan, TargetKind } from './head-scan.ts';
import { scanRequestHead, scanResponseHead } from './head-scanner.ts';
import { WIRE_ERRORS, WireError, type WireErrorName, wireErrorInfo } from './wire-errors.ts';

type Scanner = typeof scanRequestHead;
const LIMITS = { maxHeadBytes: 400, maxFields: 8, maxTargetBytes: 40 };
const bytesOf = (text: string) => Buffer.from(text, 'latin1');

/** The name of the outcome: `ok`, `more`, or the error. */
function outcomeOf(result: number): string {
  if (result === 0) return 'more';
  return result > 0 ? 'ok' : wireErrorInfo(result).name;
}

function scanText(text: string, scanner: Scanner = scanRequestHead, limits = LIMITS) {
  const scan = new HeadScan(limits);
  scan.begin(0);
  const bytes = bytesOf(text);
  const result = scanner(scan, bytes, bytes.length);
  const slice = (start: number, end: number) => bytes.toString('latin1', start, end);
  return { scan, result, outcome: outcomeOf(result), slice };
}

function fieldsOf(scan: HeadScan, bytes: Buffer): readonly (readonly [string, string])[] {
  return Array.from({ length: scan.fieldCount }, (_, field) => [
    bytes.toString('latin1', scan.nameStart(field), scan.nameEnd(field)),
    bytes.toString('latin1', scan.valueStart(field), scan.valueEnd(field)),
  ]);
}

const GET = 'GET / HTTP/1.1\r\n';
const HOST = 'Host: a\r\n';
const withFields = (fields: string) => `${GET}${HOST}${fields}\r\n`;

/** Heads of requests a proxy must take or refuse: each one has been used to make two parsers disagree. */
const REQUESTS: readonly (readonly [string, 'ok' | 'more' | WireErrorName])[] = [
  [`${GET}${HOST}\r\n`, 'ok'],
  [`\r\n${GET}${HOST}\r\n`, 'ok'],
  [`\r\n\r\n${GET}${HOST}\r\n`, 'leadingEmptyLines'],
  [`\n${GET}${HOST}\r\n`, 'bareLf'],
  [`\r${GET}${HOST}\r\n`, 'bareCr'],
  [` ${GET}${HOST}\r\n`, 'invalidMethod'],
  ['', 'more'],
  ['GET', 'more'],
  ['GET / HTTP/1.1\r\nHost: a\r\n', 'more'],
  ['GET / HTTP/1.0\r\n\r\n', 'ok'],
  ['GET / HTTP/1.1\r\n\r\n', 'missingHost'],
  [`${GET}${HOST}${HOST}\r\n`, 'severalHosts'],
  [`${GET}${HOST}hOST: b\r\n\r\n`, 'severalHosts'],
  ['GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n', 'severalHosts'],
  [`${GET}Host: a b\r\n\r\n`, 'invalidHost'],
  [`${GET}Host: a@b\r\n\r\n`, 'invalidHost'],
  [`${GET}Host: a/b\r\n\r\n`, 'invalidHost'],
  [`${GET}Host:\r\n\r\n`, 'ok'],
  [`${GET}Host: [::1]:80\r\n\r\n`, 'ok'],
  ['GET / HTTP/1.1\nHost: a\n\n', 'bareLf'],
  [`${GET}Host: a\n\r\n`, 'bareLf'],
  [`${GET}${HOST}\n`, 'bareLf'],
  [`${GET}Host: a\rX: b\r\n\r\n`, 'bareCr'],
  [`${GET}${HOST}\rX`, 'bareCr'],
  ['GET / HTTP/1.1\rX', 'bareCr'],
  [withFields('X: a\r\n b\r\n'), 'obsFold'],
  [withFields('X: a\r\n\tb\r\n'), 'obsFold'],
  [`${GET} Host: a\r\n\r\n`, 'obsFold'],
  [withFields('X : a\r\n'), 'whitespaceBeforeColon'],
  [withFields('Transfer-Encoding\t: chunked\r\n'), 'whitespaceBeforeColon'],
  [withFields('X Y: a\r\n'), 'whitespaceBeforeColon'],
  [withFields(': a\r\n'), 'emptyName'],
  [withFields('X\r\n'), 'missingColon'],
  [withFields('X\n'), 'bareLf'],
  [withFields('X\0Y: a\r\n'), 'controlCharacter'],
  [withFields('X(Y): a\r\n'), 'invalidName'],
  [withFields('X\xe9: a\r\n'), 'invalidName'],
  [withFields('\xa0X: a\r\n'), 'invalidName'],
  [withFields('X: a\0b\r\n'), 'controlCharacter'],
  [withFields('X: a\x7fb\r\n'), 'controlCharacter'],
  [withFields('X: a\x0bb\r\n'), 'controlCharacter'],
  [withFields('X: \xe9\t"q"\r\n'), 'ok'],
  [withFields('X:\r\n'), 'ok'],
  [withFields('X: \t \r\n'), 'ok'],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n', 'contentInConnect'],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', 'contentInConnect'],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 'ok'],
  [withFields('Content-Length: 5\r\n'), 'ok'],
  [withFields('Content-Length: 0005\r\n'), 'ok'],
  [withFields('Content-Length:\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: +5\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: -5\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 5, 5\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 0x5\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 5 5\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 5.0\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 1e3\r\n'), 'invalidContentLength'],
  [withFields('Content-Length: 999999999999999\r\n'), 'ok'],
  [withFields('Content-Length: 1000000000000000\r\n'), 'contentLengthOverflow'],
  [withFields('Content-Length: 18446744073709551617\r\n'), 'contentLengthOverflow'],
  [withFields('Content-Length: 5\r\ncontent-length: 5\r\n'), 'duplicateContentLength'],
  [withFields('Content-Length: 5\r\nContent-Length: 6\r\n'), 'duplicateContentLength'],
  [withFields('Transfer-Encoding: chunked\r\n'), 'ok'],
  [withFields('Transfer-Encoding: CHUNKED \r\n'), 'ok'],
  [withFields('Transfer-Encoding: , chunked\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: chunked,\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n'), 'chunkedNotFinal'],
  [withFields('Connection: , close,\r\n'), 'ok'],
  [withFields('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 'lengthAndTransferCoding'],
  [withFields('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'), 'lengthAndTransferCoding'],
  [withFields('Transfer-Encoding: gzip\r\nContent-Length: 0\r\n'), 'lengthAndTransferCoding'],
  [withFields('Transfer-Encoding:\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: gzip\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: chunked, gzip\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: chunked, chunked\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n'), 'chunkedNotFinal'],
  [withFields('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n'), 'unsupportedTransferCoding'],
  [withFields('Transfer-Encoding: gzip, chunked\r\n'), 'unsupportedTransferCoding'],
  [withFields('Transfer-Encoding: identity\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: xchunked\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: chunked;q=1\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: "chunked"\r\n'), 'unknownTransferCoding'],
  [withFields('Transfer-Encoding: chunked\x0b\r\n'), 'controlCharacter'],
  [withFields('Transfer_Encoding: chunked\r\n'), 'ok'],
  ['POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'transferCodingInHttp10'],
  ['GET / HTTP/1.2\r\n', 'unsupportedVersion'],
  ['GET / HTTP/2.0\r\n', 'unsupportedVersion'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'invalidTarget'],
  ['GET / http/1.1\r\n', 'badVersion'],
  ['GET / HTTP/1.10\r\n', 'badVersion'],
  ['GET / HTTP/1.1 \r\n', 'badVersion'],
  ['GET / HTTP/11\r\n', 'badVersion'],
  ['GET /\r\n', 'unsupportedVersion'],
  ['GET / \r\n', 'unsupportedVersion'],
  ['GET  / HTTP/1.1\r\n', 'invalidTarget'],
  ['GET\t/ HTTP/1.1\r\n', 'invalidMethod'],
  ['GET\r\n', 'invalidMethod'],
  ['GE(T / HTTP/1.1\r\n', 'invalidMethod'],
  ['GET\0 / HTTP/1.1\r\n', 'invalidMethod'],
  ['\x16\x03\x01', 'invalidMethod'],
  ['GET /a b HTTP/1.1\r\n', 'badVersion'],
  ['GET /a#b HTTP/1.1\r\n', 'fragmentInTarget'],
  ['GET /\xe9 HTTP/1.1\r\n', 'invalidTarget'],
  ['GET /\0 HTTP/1.1\r\n', 'invalidTarget'],
  ['GET a HTTP/1.1\r\n', 'invalidTarget'],
  ['GET * HTTP/1.1\r\n', 'invalidTarget'],
  ['OPTIONS *x HTTP/1.1\r\n', 'invalidTarget'],
  ['GET ?a HTTP/1.1\r\n', 'invalidTarget'],
  ['GET http:// HTTP/1.1\r\n', 'invalidTarget'],
  ['GET http:///a HTTP/1.1\r\n', 'invalidTarget'],
  ['GET http:/a HTTP/1.1\r\n', 'invalidTarget'],
  ['GET ftp://a/ HTTP/1.1\r\n', 'invalidTarget'],
  ['GET http://u@a/ HTTP/1.1\r\n', 'invalidTarget'],
  ['GET http://a\\b/ HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT / HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a: HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a:b HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT :80 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a:1:2 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT 1]:443 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT [::1:443 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT []:443 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a[b]:443 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT [::1]a:443 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT a:123456 HTTP/1.1\r\n', 'invalidTarget'],
  ['CONNECT http://a:80 HTTP/1.1\r\n', 'invalidTarget'],
  [`GET /${'a'.repeat(39)} HTTP/1.1\r\n${HOST}\r\n`, 'ok'],
  [`GET /${'a'.repeat(40)} HTTP/1.1\r\n${HOST}\r\n`, 'targetTooLong'],
  [withFields('X: a\r\n'.repeat(7)), 'ok'],
  [withFields('X: a\r\n'.repeat(8)), 'tooManyFields'],
  [withFields(`X: ${'a'.repeat(400 - 32)}\r\n`), 'ok'],
  [withFields(`X: ${'a'.repeat(401 - 32)}\r\n`), 'headTooLarge'],
  ['A'.repeat(500), 'headTooLarge'],
];

const RESPONSES: readonly (readonly [string, 'ok' | 'more' | WireErrorName])[] = [
  ['HTTP/1.1 200 OK\r\n\r\n', 'ok'],
  ['HTTP/1.1 200 \r\n\r\n', 'ok'],
  ['HTTP/1.1 200\r\n\r\n', 'ok'],
  ['HTTP/1.0 999 \xe9\t!\r\n\r\n', 'ok'],
  ['HTTP/1.1 100 Continue\r\n\r\n', 'ok'],
  ['HTTP/1.1 099 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/1.1 20 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/1.1 2000 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/1.1  200 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/1.1\t200 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/1.1 +20 X\r\n\r\n', 'invalidStatusLine'],
  ['HTTP/2.0 200 X\r\n\r\n', 'badVersion'],
  ['ICY 200 OK\r\n\r\n', 'badVersion'],
  ['\r\nHTTP/1.1 200 OK\r\n\r\n', 'badVersion'],
  ['HTTP/1.1 200 OK\n\n', 'bareLf'],
  ['HTTP/1.1 200\n\n', 'bareLf'],
  ['HTTP/1.1 200 O\rK\r\n\r\n', 'bareCr'],
  ['HTTP/1.1 200 O\0K\r\n\r\n', 'controlCharacter'],
  ['HTTP/1.1 200 OK\r\n Fold: a\r\n\r\n', 'obsFold'],
  ['HTTP/1.1 200 OK\r\nHost: a b\r\nHost: c\r\n\r\n', 'ok'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', 'duplicateContentLength'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'lengthAndTransferCoding'],
  ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'transferCodingInHttp10'],
  ['HTTP/1.1 200 OK', 'more'],
];

/** Feeds the text in pieces that end at the given places, one scan call each; facts are a comparable summary. */
function scanInPieces(
  text: string,
  ends: readonly number[],
  scanner: Scanner,
  from = 0,
  scan: HeadScan = new HeadScan(LIMITS),
) {
  const source = bytesOf(text);
  const bytes = Buffer.alloc(source.length + from + 8, '!');
  source.copy(bytes, from);
  scan.begin(from);
  let result = 0;
  for (const end of [...ends, source.length]) {
    result = scanner(scan, bytes, from + end);
    if (result !== 0) break;
  }
  if (result <= 0) return { result };
  scan.relocate(0);
  return { result: result - from, ...factsOf(scan), fields: fieldsOf(scan, source) };
}

function factsOf(scan: HeadScan) {
  const { limits: _limits, fields: _fields, first, counts, position: _position, state: _state, ...facts } = scan;
  return { ...facts, first: [...first], counts: [...counts] };
}

suite('head scanner', () => {
  for (const [text, expected] of REQUESTS) {
    test(`request ${JSON.stringify(text.slice(0, 80))}: ${expected}`, () => {
      assert.equal(scanText(text).outcome, expected);
      const everywhere = Array.from({ length: text.length }, (_, i) => i + 1);
      const whole = scanInPieces(text, [], scanRequestHead);
      assert.deepEqual(scanInPieces(text, everywhere, scanRequestHead, 7), whole);
      for (const end of everywhere) assert.deepEqual(scanInPieces(text, [end], scanRequestHead), whole);
    });
  }

  for (const [text, expected] of RESPONSES) {
    test(`response ${JSON.stringify(text)}: ${expected}`, () => {
      assert.equal(scanText(text, scanResponseHead).outcome, expected);
      const whole = scanInPieces(text, [], scanResponseHead);
      for (let end = 0; end < text.length; end++) {
        assert.deepEqual(scanInPieces(text, [end], scanResponseHead), whole);
      }
    });
  }

  test('every refusal that a head can cause is in the corpus, with a sentence', () => {
    const seen = new Set<string>([...REQUESTS, ...RESPONSES].map(([, outcome]) => outcome));
    const elsewhere =
      /^(invalidChunk|chunkSize|chunkExt|chunkNot|forbiddenTrailer|unexpectedSwitch|tooManyInformational)/;
    const missing = WIRE_ERRORS.filter(({ name }) => !elsewhere.test(name) && !seen.has(name));
    assert.deepEqual(missing, []);
    for (const { description } of WIRE_ERRORS) assert.match(description, /^[a-zA-Z].*[^.]$/);
    assert.throws(() => wireErrorInfo(WIRE_ERRORS.length + 1), /is no code/);
  });

  test('finds the parts of a request', () => {
    const text =
      'POST /a/b?c=d?e HTTP/1.1\r\nHost:h:8080\r\nX-Other: \t v w \t\r\nCookie: a\r\ncOOKIE: b\r\n' +
      'Connection: Keep-Alive, x-hop\r\nConnection: ,upgrade\r\nUpgrade: websocket\r\nExpect: 100-Continue\r\n\r\nbody';
    const { scan, result, slice } = scanText(text);
    assert.equal(result, text.length - 4);
    assert.equal(slice(scan.methodStart, scan.methodEnd), 'POST');
    assert.equal(slice(scan.targetStart, scan.targetEnd), '/a/b?c=d?e');
    assert.equal(slice(scan.pathStart, scan.queryStart), '/a/b');
    assert.equal(scan.targetKind, TargetKind.origin);
    assert.equal(scan.minorVersion, 1);
    assert.deepEqual(fieldsOf(scan, bytesOf(text)).slice(0, 3), [
      ['Host', 'h:8080'],
      ['X-Other', 'v w'],
      ['Cookie', 'a'],
    ]);
    assert.equal(scan.counts[KnownHeader.cookie], 2);
    assert.equal(scan.first[KnownHeader.cookie], 2);
    assert.equal(scan.next(2), 3);
    assert.equal(scan.next(3), -1);
    assert.equal(scan.connection, ConnectionOption.keepAlive | ConnectionOption.other | ConnectionOption.upgrade);
    assert.ok(scan.has(KnownHeader.upgrade) && scan.expectsContinue && !scan.has(KnownHeader.te));
    assert.equal(slice(scan.nameStart(1), scan.lineEnd(1)), 'X-Other: \t v w \t\r\n');
    assert.equal(scan.lineEnd(scan.fieldCount - 1), scan.end - 2);
  });

  test('tells the forms of the target', () => {
    const partsOf = (line: string) => {
      const { scan, slice } = scanText(`${line} HTTP/1.1\r\n${HOST}\r\n`);
      return [scan.targetKind, slice(scan.authorityStart, scan.authorityEnd), slice(scan.pathStart, scan.targetEnd)];
    };
    assert.deepEqual(partsOf('GET HTTP://h:1/p?q'), [TargetKind.absolute, 'h:1', '/p?q']);
    assert.deepEqual(partsOf('GET https://h?q'), [TargetKind.absolute, 'h', '?q']);
    assert.deepEqual(partsOf('OPTIONS http://h'), [TargetKind.absolute, 'h', '']);
    assert.deepEqual(partsOf('OPTIONS *'), [TargetKind.asterisk, '', '*']);
    assert.deepEqual(partsOf('CONNECT [::1]:443'), [TargetKind.authority, '[::1]:443', '']);
    assert.deepEqual(partsOf('CONNECT h:443'), [TargetKind.authority, 'h:443', '']);
    assert.deepEqual(partsOf('GET //x'), [TargetKind.origin, '', '//x']);
  });

  test('finds the parts of a response', () => {
    const { scan, slice } = scanText('HTTP/1.0 404 Not  Found\r\nContent-Length: 12\r\n\r\n', scanResponseHead);
    assert.deepEqual([scan.status, scan.minorVersion, scan.contentLength], [404, 0, 12]);
    assert.equal(slice(scan.statusStart, scan.reasonEnd), '404 Not  Found');
    assert.equal(slice(scan.reasonStart, scan.reasonEnd), 'Not  Found');
  });

  test('one object serves many heads without traces of the last', () => {
    const scan = new HeadScan(LIMITS);
    const good = bytesOf(withFields('Content-Length: 5\r\nCookie: a\r\n'));
    for (const [text] of REQUESTS) {
      const bytes = bytesOf(text);
      scan.begin(0);
      scanRequestHead(scan, bytes, bytes.length);
      scan.begin(0);
      scanRequestHead(scan, good, good.length);
      const fresh = new HeadScan(LIMITS);
      scanRequestHead(fresh, good, good.length);
      const { methodStart: _m, versionStart: _v, ...facts } = factsOf(scan);
      const { methodStart: _m2, versionStart: _v2, ...expected } = factsOf(fresh);
      assert.deepEqual(facts, expected);
    }
  });

  test('a client that sends byte by byte costs no more than linear work', () => {
    let reads = 0;
    const bytes = bytesOf(withFields(`X: ${'a'.repeat(20_000)}\r\n${'Y'.repeat(9000)}: b\r\n`));
    const counting = new Proxy(bytes, {
      get(target, key) {
        reads++;
        return Reflect.get(target, key, target) as unknown;
      },
    });
    const scan = new HeadScan();
    let result = 0;
    for (let end = 1; result === 0; end++) result = scanRequestHead(scan, counting, end);
    assert.equal(result, bytes.length);
    assert.ok(reads < bytes.length * 4, `${reads} reads for ${bytes.length} bytes`);
  });

  test('a head that moves while unfinished is scanned on', () => {
    fc.assert(
      fc.property(fc.nat(90), fc.nat(50), fc.nat(50), (cut, from, to) => {
        const text = 'GET http://h/p?q HTTP/1.1\r\nHost: h\r\nCookie: abc\r\nContent-Length: 10\r\nX-Y: z\r\n\r\n';
        const buffer = Buffer.alloc(200);
        buffer.write(text.slice(0, cut), from, 'latin1');
        const scan = new HeadScan(LIMITS);
        scan.begin(from);
        if (scanRequestHead(scan, buffer, from + Math.min(cut, text.length)) === 0) {
          buffer.copyWithin(to, from, from + cut);
          buffer.write(text.slice(cut), to + cut, 'latin1');
          scan.relocate(to);
          assert.equal(scanRequestHead(scan, buffer, to + text.length), to + text.length);
        }
        scan.relocate(0);
        assert.deepEqual(
          { result: text.length, ...factsOf(scan) },
          omitFields(scanInPieces(text, [], scanRequestHead)),
        );
      }),
    );
  });
});

function omitFields(outcome: object): object {
  const { fields: _fields, ...rest } = outcome as { fields?: unknown };
  return rest;
}

/** A slow parser of its own: the grammar as regular expressions over strings. Undefined = refused. */
function referenceParse(text: string): { end: number; fields: readonly (readonly [string, string])[] } | undefined {
  const lead = text.startsWith('\r\n') ? 2 : 0;
  const end = text.indexOf('\r\n\r\n', lead);
  if (end < 0 || end + 4 > LIMITS.maxHeadBytes) return undefined;
  const [line = '', ...lines] = text.slice(lead, end).split('\r\n');
  const requestLine = /^([\w!#$%&'*+.^`|~-]+) ([!"$-~]{1,40}) HTTP\/1\.([01])$/.exec(line);
  if (requestLine === null) return undefined;
  const [, method = '', target = '', minor] = requestLine;
  const authority = "[\\w.~!$&'()*+,;=:\\[\\]%-]";
  if (method === 'CONNECT') {
    if (!/^(?:\[[^[\]]+\]|[^:[\]]+):\d{1,5}$/.test(target)) return undefined;
    if (!new RegExp(`^${authority}+$`).test(target)) return undefined;
  } else if (!(target.startsWith('/') || (target === '*' && method === 'OPTIONS'))) {
    if (!new RegExp(`^https?://${authority}+(?:[/?]|$)`, 'i').test(target)) return undefined;
  }
  if (lines.length > LIMITS.maxFields) return undefined;
  const fields: (readonly [string, string])[] = [];
  for (const each of lines) {
    const match = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/.exec(each);
    if (match === null) return undefined;
    fields.push([match[1]!, match[2]!.replace(/^[ \t]+|[ \t]+$/g, '')]);
  }
  const values = (name: string) => fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  const hosts = values('host');
  if (hosts.length > 1 || (hosts.length === 0 && minor === '1')) return undefined;
  if (!new RegExp(`^${authority}*$`).test(hosts[0] ?? '')) return undefined;
  const lengths = values('content-length');
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0] ?? '0')) return undefined;
  const codings = values('transfer-encoding');
  if (codings.length > 0) {
    const list = codings.join(',').toLowerCase().split(',');
    const items = list.map((item) => item.replace(/^[ \t]+|[ \t]+$/g, ''));
    if (lengths.length > 0 || minor === '0' || items.join() !== 'chunked') return undefined;
  }
  if (method === 'CONNECT' && (codings.length > 0 || Number(lengths[0] ?? '0') > 0)) return undefined;
  return { end: end + 4, fields };
}

const goodTexts = [...REQUESTS.filter(([, outcome]) => outcome === 'ok').map(([text]) => text)].concat(
  'GET http://h:1/p?q HTTP/1.1\r\nHost: h\r\nConnection: close, x\r\n\r\n',
  'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: h\r\nExpect: 100-continue\r\n\r\nrest',
);
const SPICE = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '\0',
  ',',
  'chunked',
  'Host: b\r\n',
  'Content-Length: 3\r\n',
  '\x80',
  '@',
  '#',
  '5',
];

/** A good message with a few pieces put in, taken out or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...goodTexts),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.oneof(fc.constantFrom(...SPICE), fc.string({ unit: 'binary-ascii' }))), {
      maxLength: 3,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((old, [place, removed, piece]) => {
      const at = place % (old.length + 1);
      return old.slice(0, at) + piece + old.slice(at + removed);
    }, text),
  );

suite('head scanner, properties', () => {
  test('agrees with the slow parser on mutated messages, at any split', () => {
    let accepted = 0;
    const used = new HeadScan(LIMITS);
    fc.assert(
      fc.property(mutated, fc.array(fc.nat(300), { maxLength: 5 }), (text, cuts) => {
        const expected = referenceParse(text);
        const ends = cuts.filter((cut) => cut < text.length).sort((a, b) => a - b);
        const whole = scanInPieces(text, [], scanRequestHead);
        assert.deepEqual(scanInPieces(text, ends, scanRequestHead, 3), whole);
        // Nor does it matter which heads were scanned before.
        assert.deepEqual(scanInPieces(text, ends, scanRequestHead, 3, used), whole);
        if (expected === undefined) assert.ok(whole.result <= 0, 'the scanner took what the slow parser refuses');
        else {
          accepted++;
          assert.equal(whole.result, expected.end);
          assert.deepEqual('fields' in whole && whole.fields, expected.fields);
        }
      }),
      { numRuns: 4000 },
    );
    assert.ok(accepted > 200, 'too few messages are good for the test to mean something');
  });

  test('random bytes end in a result inside the limit, in both roles', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, isRequest) => {
        const prefix = bytesOf(isRequest ? GET + HOST : 'HTTP/1.1 200 OK\r\n');
        for (const bytes of [noise, Buffer.concat([prefix, noise])]) {
          const scan = new HeadScan(LIMITS);
          const result = (isRequest ? scanRequestHead : scanResponseHead)(scan, bytes, bytes.length);
          assert.ok(Number.isInteger(result) && result <= bytes.length && -result <= WireError.unexpectedSwitch);
          assert.ok(scan.position <= bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('takes what Node takes among well-formed requests', async () => {
    const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
    const fields = fc.array(fc.tuple(token, fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?$/)), {
      maxLength: 5,
    });
    const samples = fc.sample(fc.tuple(fc.constantFrom('GET', 'POST', 'OPTIONS'), token, fields), {
      numRuns: 60,
      seed: 7,
    });
    for (const [method, path, list] of samples) {
      const lines = list.map(([name, value]) => `x-${name}: ${value}\r\n`).join('');
      const text = `${method} /${path.replaceAll('#', '')} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
      const { scan, outcome, slice } = scanText(text);
      const seen = await parseWithNode(text);
      assert.equal(outcome, 'ok', text);
      assert.equal(slice(scan.targetStart, scan.targetEnd), seen.url);
      assert.deepEqual(fieldsOf(scan, bytesOf(text)).flat(), seen.rawHeaders);
    }
  });

  test('takes nothing of the corpus that Node refuses', async () => {
    for (const [text, outcome] of REQUESTS) {
      if (outcome !== 'ok' || text.startsWith('CONNECT')) continue;
      // Rejects, and so fails, if Node is stricter.
      await parseWithNode(text);
    }
  });
});

interface NodeView {
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

/** What node:http makes of a request; rejects if its parser refuses. */
function parseWithNode(text: string): Promise<NodeView> {
  return new Promise((resolve, reject) => {
    const server = createServer((request) => {
      resolve({ url: request.url ?? '', rawHeaders: request.rawHeaders });
      socket.destroy();
    });
    server.on('clientError', (error) => {
      reject(new Error(`node refuses ${JSON.stringify(text)}`, { cause: error }));
      socket.destroy();
    });
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    server.emit('connection', socket);
    socket.push(bytesOf(text));
  });
}
