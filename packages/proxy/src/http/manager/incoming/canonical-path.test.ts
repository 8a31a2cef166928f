import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalPath } from './canonical-path.ts';

/** Paths and what a real Envoy 1.40 makes of them. */
const SEEN_IN_ENVOY: readonly (readonly [path: string, canonical: string])[] = [
  ['/', '/'],
  ['/a/%2E', '/a/'],
  ['/a/%2e%2e', '/'],
  ['/a/.%2e/b', '/b'],
  ['/%2e%2e', '/'],
  ['/a/b/..', '/a/'],
  ['/a//../b', '/a/b'],
  ['/a/./', '/a/'],
  ['/.', '/'],
  ['/a/%2e%2fb', '/a/.%2fb'],
  ['/a\\..\\b', '/b'],
  ['//a', '//a'],
  ['/a/..//b', '//b'],
  ['/a/..;x/b', '/b'],
  ['/a/.;x/b', '/a/b'],
  ['/a/..;x', '/'],
  ['/a/...;x', '/a/...;x'],
  ['/a/b;x/c', '/a/b;x/c'],
  ['/a/..%3bx/b', '/a/..%3bx/b'],
  ['/a/..;a..;b/c', '/c'],
  ['/a/..;x%2fy/b', '/b'],
  ['/a//..;/c', '/a/c'],
  ['/a/b/../../../c', '/c'],
  ['/./..//../a', '/a'],
  ['/a/.x;/b', '/a/.x;/b'],
  ['/%', '/%'],
  ['/a%2', '/a%2'],
  ['/a%2e%', '/a.%'],
  ['/a/%%32%65', '/a/%252e'],
  ['/a/%zz', '/a/%zz'],
  ['/a/%41%7e%2D', '/a/A~-'],
  ['/a"<>^`{|}b', '/a%22%3C%3E%5E%60%7B%7C%7Db'],
  ["/!$&'()*+,-./:;=@[]_~", "/!$&'()*+,-./:;=@[]_~"],
];

test('paths become what Envoy makes of them', () => {
  for (const [path, canonical] of SEEN_IN_ENVOY) assert.equal(canonicalPath(path), canonical, path);
});

test('parameters hide no dots that were encoded either', () => {
  assert.equal(canonicalPath('/a/%2e%2e;x/b'), '/b');
  assert.equal(canonicalPath('/a\\..;x\\b'), '/b');
});

test('an encoded NUL has no canonical form', () => {
  assert.equal(canonicalPath('/a%00b'), undefined);
});

test('nothing of what was to be removed is left, and doing it again changes nothing', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '\\',
    '%2e',
    '%2F',
    '%5c',
    '%',
    '%25',
    '2',
    'e',
    ';',
    'a',
    '%32',
    '|',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const path = `/${pieces.join('')}`;
      const canonical = canonicalPath(path);
      assert.ok(canonical !== undefined);
      assert.doesNotMatch(canonical, /[\\"<>^`{|}\u0080-\uffff]/);
      assert.doesNotMatch(canonical, /\/\.\.?(?:[/;]|$)/);
      assert.doesNotMatch(canonical, /%2e/i);
      assert.equal(canonicalPath(canonical), canonical);
    }),
    { numRuns: 2000 },
  );
});
