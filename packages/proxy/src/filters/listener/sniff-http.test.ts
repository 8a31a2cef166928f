import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sniffHttp } from './sniff-http.ts';

function sniff(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return sniffHttp(bytes, bytes.length);
}

describe('sniffHttp', () => {
  it('tells the versions of HTTP, and waits until it can', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['GET / HTTP/1.1\r\n', 'http11'],
      ['POST /a?b=c HTTP/1.0\r\nHost: x\r\n\r\n', 'http10'],
      ['OPTIONS * HTTP/1.1\n', 'http11'],
      ['M-SEARCH+1 * HTTP/1.1\r\n', 'http11'],
      ['CONNECT example.com:443 HTTP/1.1\r\n', 'http11'],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
    ];
    for (const [text, kind] of cases) {
      assert.equal(sniff(text), kind);
      const line = kind === 'http2' ? text.length : text.indexOf('\n') + 1;
      for (let end = 0; end < line; end++) assert.equal(sniff(text.slice(0, end)), 'incomplete', text.slice(0, end));
    }
  });

  it('takes nothing else for HTTP', () => {
    for (const text of [
      '\x16\x03\x01',
      ' GET / HTTP/1.1\r\n',
      'GET /\r\n',
      'GET  HTTP/1.1\r\n',
      'GET / HTTP/2.0\r\n',
      'GET / HTTP/1.2\r\n',
      'GET / http/1.1\r\n',
      'GET /\x01 HTTP/1.1\r\n',
      'GET /\xe9 HTTP/1.1\r\n',
      'EHLO mail.example.com\r\n',
      'a'.repeat(40),
      '(1) / HTTP/1.1\r\n',
    ]) {
      assert.equal(sniff(text), 'other', JSON.stringify(text));
    }
    assert.equal(sniff(`GET /${'a'.repeat(40_000)}`), 'other');
  });

  it('never throws, and never changes its mind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), fc.nat(60), (text, length) => {
        const early = sniff(text.slice(0, length));
        const late = sniff(text);
        if (early !== 'incomplete' && length < text.length) assert.equal(late, early);
      }),
      { numRuns: 2000 },
    );
  });
});
