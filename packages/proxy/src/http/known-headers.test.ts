import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KNOWN_HEADER_IDS, KnownHeader, knownHeaderName, lookupHeader, UNKNOWN_HEADER } from './known-headers.ts';

function lookup(name: string): number {
  const bytes = Buffer.from(`..${name}..`, 'latin1');
  return lookupHeader(bytes, 2, bytes.length - 2);
}

suite('known headers', () => {
  test('every name is found in any case and its neighbours are not', () => {
    for (const [name, id] of Object.entries(KnownHeader)) {
      assert.equal(lookup(name), id);
      assert.equal(lookup(name.toUpperCase()), id);
      assert.equal(knownHeaderName(id), name);
      for (const other of [`${name}x`, `x${name}`, name.slice(1), name.slice(0, -1), name.replaceAll('-', '_')]) {
        assert.equal(lookup(other), (KnownHeader as Readonly<Record<string, number>>)[other] ?? UNKNOWN_HEADER, other);
      }
      // Every single place counts, not only the probed ones.
      for (let at = 0; at < name.length; at++) {
        assert.equal(lookup(`${name.slice(0, at)}~${name.slice(at + 1)}`), UNKNOWN_HEADER);
      }
    }
  });

  test('other names have id 0', () => {
    for (const name of ['', 'x', 'x-custom', 'hos', '\r\n', 'ho\x53t\0', 'x'.repeat(300)]) {
      assert.equal(lookup(name), UNKNOWN_HEADER);
    }
    assert.equal(knownHeaderName(UNKNOWN_HEADER), undefined);
    assert.ok(KNOWN_HEADER_IDS < 256, 'ids are kept in bytes');
  });
});
