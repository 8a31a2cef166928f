import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { asciiLower } from './ascii.ts';
import { compileCookieMatcher, cookieValue } from './cookie-matcher.ts';
import { compileHeaderMatcher, type HeaderMatch, type HeaderSource } from './header-matcher.ts';
import { compileMetadataMatcher } from './metadata-matcher.ts';
import { compileQueryMatcher, queryValue } from './query-matcher.ts';
import { compileStringMatcher, type StringMatcherSpec } from './string-matcher.ts';
import { compileValueMatcher, type ValueMatcherSpec } from './value-matcher.ts';

const headers = (values: Record<string, string>): HeaderSource => ({ get: (name) => values[name] });

test('string matchers', () => {
  const cases: [StringMatcherSpec, string, boolean][] = [
    [{ kind: 'exact', value: 'abc' }, 'abc', true],
    [{ kind: 'exact', value: 'abc' }, 'ABC', false],
    [{ kind: 'exact', value: 'aBc', ignoreCase: true }, 'AbC', true],
    [{ kind: 'exact', value: 'k', ignoreCase: true }, '\u212a', false],
    [{ kind: 'prefix', value: 'ab' }, 'abc', true],
    [{ kind: 'prefix', value: 'AB', ignoreCase: true }, 'abc', true],
    [{ kind: 'suffix', value: 'bc' }, 'abc', true],
    [{ kind: 'suffix', value: 'BC', ignoreCase: true }, 'abc', true],
    [{ kind: 'contains', value: 'b' }, 'abc', true],
    [{ kind: 'contains', value: 'B', ignoreCase: true }, 'abc', true],
    [{ kind: 'contains', value: 'x' }, 'abc', false],
    [{ kind: 'regex', regex: 'a.c' }, 'abc', true],
    [{ kind: 'regex', regex: 'a.c' }, 'ABC', false],
    [{ kind: 'regex', regex: 'b' }, 'abc', false],
  ];
  for (const [spec, text, expected] of cases) {
    assert.equal(unwrap(compileStringMatcher(spec, 'm')).matches(text), expected, JSON.stringify([spec, text]));
  }
  assert.equal(unwrap(compileStringMatcher({ kind: 'prefix', value: '/api' }, 'm')).describe(), 'prefix "/api"');
  assert.equal(compileStringMatcher({ kind: 'prefix', value: '' }, 'm').kind, 'err');
  const regex = compileStringMatcher({ kind: 'regex', regex: 'a', ignoreCase: true }, 'm');
  assert.equal(regex.kind === 'err' && regex.error[0]?.path, 'm.ignore_case');
});

test('lower-casing is that of ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(
        asciiLower(text),
        text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
      );
    }),
  );
});

test('the truth table of header conditions', () => {
  const range: HeaderMatch = { kind: 'range', range: { start: -10n, end: 0n } };
  const exact: HeaderMatch = { kind: 'exact', value: 'v' };
  const empty: HeaderMatch = { kind: 'string', string: { kind: 'regex', regex: '^$' } };
  // Condition, value, then the result: plain, inverted, missing as empty, both.
  const cases: [HeaderMatch | undefined, string | undefined, boolean, boolean, boolean, boolean][] = [
    [exact, 'v', true, false, true, false],
    [exact, 'w', false, true, false, true],
    [exact, undefined, false, false, false, true],
    [{ kind: 'exact', value: '' }, 'w', true, false, true, false],
    [range, '-1', true, false, true, false],
    [range, '0', false, true, false, true],
    [range, '-1somestring', false, true, false, true],
    [range, undefined, false, false, false, true],
    [empty, undefined, false, false, true, false],
    [{ kind: 'present', isPresent: true }, 'x', true, false, true, false],
    [{ kind: 'present', isPresent: true }, undefined, false, true, true, false],
    [{ kind: 'present', isPresent: false }, 'x', false, true, false, true],
    [{ kind: 'present', isPresent: false }, undefined, true, false, false, true],
    [undefined, 'x', true, false, true, false],
    [{ kind: 'prefix', value: 'ab' }, 'abc', true, false, true, false],
    [{ kind: 'suffix', value: 'bc' }, 'abc', true, false, true, false],
    [{ kind: 'contains', value: 'x' }, 'a,x', true, false, true, false],
    [{ kind: 'regex', regex: '\\d{3}' }, '1234', false, true, false, true],
  ];
  for (const [match, value, ...expected] of cases) {
    const actual = [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ].map(([invertMatch, treatMissingHeaderAsEmpty]) => {
      const spec = { name: 'X-H', invertMatch, treatMissingHeaderAsEmpty, ...(match === undefined ? {} : { match }) };
      const matcher = unwrap(compileHeaderMatcher(spec, 'h'));
      return matcher.matches(headers(value === undefined ? {} : { 'x-h': value }));
    });
    assert.deepEqual(actual, expected, JSON.stringify([match?.kind, value]));
  }
});

test('each value of a repeated header is looked at by itself', () => {
  const source: HeaderSource = {
    get: (name) => (name === 'x-h' ? 'a,b' : name === 'cookie' ? 'a=1; b=2' : 'a,b'),
    repeated: (name) => (name === 'x-h' ? ['a', 'b'] : name === 'cookie' ? ['a=1', 'b=2'] : undefined),
  };
  const exact = (name: string, value: string, invertMatch = false): boolean =>
    unwrap(compileHeaderMatcher({ name, match: { kind: 'exact', value }, invertMatch }, 'h')).matches(source);
  assert.deepEqual([exact('x-h', 'b'), exact('x-h', 'a,b'), exact('x-h', 'c')], [true, false, false]);
  assert.deepEqual([exact('x-h', 'b', true), exact('x-h', 'c', true)], [false, true]);
  assert.deepEqual([exact('x-once', 'a,b'), exact('x-once', 'a')], [true, false]);
  assert.deepEqual([exact('cookie', 'b=2'), exact('cookie', 'a=1; b=2')], [true, false]);
});

test('header mistakes and 64-bit ranges', () => {
  assert.equal(compileHeaderMatcher({ name: 'a b' }, 'h').kind, 'err');
  assert.equal(compileHeaderMatcher({ name: 'a', match: { kind: 'prefix', value: '' } }, 'h').kind, 'err');
  const max = 2n ** 63n - 1n;
  const matcher = unwrap(
    compileHeaderMatcher({ name: ':n', match: { kind: 'range', range: { start: max - 1n, end: max } } }, 'h'),
  );
  for (const [text, expected] of [
    ['9223372036854775806', true],
    ['9223372036854775807', false],
    ['9223372036854775805', false],
    ['10.9', false],
    ['', false],
    [' 9223372036854775806', true],
  ] as const) {
    assert.equal(matcher.matches(headers({ ':n': text })), expected, text);
  }
});

test('query parameters: first value, undecoded', () => {
  assert.equal(queryValue('a=1&b=2&a=3', 'a'), '1');
  assert.equal(queryValue('ab=1&b', 'b'), '');
  assert.equal(queryValue('aa=1', 'a'), undefined);
  assert.equal(queryValue('a=%20', 'a'), '%20');
  const naive = (query: string, name: string): string | undefined => {
    for (const part of query.split('&')) {
      const at = part.indexOf('=');
      if ((at === -1 ? part : part.slice(0, at)) === name) return at === -1 ? '' : part.slice(at + 1);
    }
    return undefined;
  };
  const noise = fc.string({ unit: fc.constantFrom('a', 'b', '=', '&'), maxLength: 12 });
  fc.assert(
    fc.property(noise, fc.constantFrom('a', 'b', 'ab'), (query, name) =>
      assert.equal(queryValue(query, name), naive(query, name)),
    ),
  );
  const absent = unwrap(compileQueryMatcher({ name: 'a', isPresent: false }, 'q'));
  assert.deepEqual([absent.matches('b=1'), absent.matches('a')], [true, false]);
  const value = unwrap(compileQueryMatcher({ name: 'a', string: { kind: 'exact', value: '1' } }, 'q'));
  assert.deepEqual([value.matches('a=1'), value.matches('a=2'), value.matches('')], [true, false, false]);
  assert.equal(compileQueryMatcher({ name: '' }, 'q').kind, 'err');
});

test('cookies', () => {
  assert.equal(cookieValue('a=1; b="x y";bad; c=', 'b'), 'x y');
  assert.equal(cookieValue('a=1; b="x y";bad; c=', 'c'), '');
  assert.equal(cookieValue('a=1; a=2', 'a'), '1');
  assert.equal(cookieValue('bad; xa=1', 'a'), undefined);
  assert.equal(cookieValue('a=b=c', 'a'), 'b=c');
  const inverted = unwrap(
    compileCookieMatcher({ name: 's', string: { kind: 'exact', value: 'x' }, invertMatch: true }, 'c'),
  );
  assert.deepEqual(
    [{}, { cookie: 's=x' }, { cookie: 's=y' }].map((h) => inverted.matches(headers(h as Record<string, string>))),
    [true, false, true],
  );
  assert.equal(compileCookieMatcher({ name: 'a=b', string: { kind: 'exact', value: '' } }, 'c').kind, 'err');
});

test('values', () => {
  const text: ValueMatcherSpec = { kind: 'string', string: { kind: 'prefix', value: 'pr' } };
  const cases: [ValueMatcherSpec, unknown, boolean][] = [
    [{ kind: 'null' }, null, true],
    [{ kind: 'null' }, undefined, false],
    [{ kind: 'bool', value: false }, false, true],
    [{ kind: 'bool', value: false }, undefined, false],
    [{ kind: 'double', double: { kind: 'exact', value: 9 } }, 9, true],
    [{ kind: 'double', double: { kind: 'range', start: 1, end: 2 } }, 2, false],
    [{ kind: 'double', double: { kind: 'range', start: 1, end: 2 } }, 1, true],
    [{ kind: 'double', double: { kind: 'range', start: 1, end: 2 } }, '1', false],
    [text, 'pro', true],
    [text, 7, false],
    [{ kind: 'present', isPresent: true }, 0, true],
    [{ kind: 'present', isPresent: true }, undefined, false],
    [{ kind: 'present', isPresent: false }, undefined, false],
    [{ kind: 'list', oneOf: text }, ['x', 'pro'], true],
    [{ kind: 'list', oneOf: text }, [], false],
    [{ kind: 'list', oneOf: text }, 'pro', false],
    [{ kind: 'or', alternatives: [{ kind: 'null' }, text] }, 'pro', true],
    [{ kind: 'or', alternatives: [{ kind: 'null' }, text] }, 'x', false],
  ];
  for (const [spec, value, expected] of cases) {
    assert.equal(unwrap(compileValueMatcher(spec, 'v')).matches(value), expected, JSON.stringify([spec, value]));
  }
  assert.equal(compileValueMatcher({ kind: 'or', alternatives: [{ kind: 'null' }] }, 'v').kind, 'err');
});

test('metadata is found by its path, and only its own keys', () => {
  const metadata = { 'envoy.filters.http.rbac': { fields: 1, a: { b: { c: 'pro' }, t: ['m', 'n'] } } };
  const matches = (path: string[], value: ValueMatcherSpec, invert = false): boolean =>
    unwrap(compileMetadataMatcher({ filter: 'envoy.filters.http.rbac', path, value, invert }, 'm')).matches(metadata);
  assert.equal(matches(['a', 'b', 'c'], { kind: 'string', string: { kind: 'prefix', value: 'pr' } }), true);
  assert.equal(
    matches(['a', 't'], { kind: 'list', oneOf: { kind: 'string', string: { kind: 'exact', value: 'm' } } }),
    true,
  );
  assert.equal(matches(['a', 'x'], { kind: 'present', isPresent: true }), false);
  assert.equal(matches(['a', 'x'], { kind: 'present', isPresent: true }, true), true);
  assert.equal(matches(['constructor'], { kind: 'present', isPresent: true }), false);
  assert.equal(compileMetadataMatcher({ filter: '', path: ['a'], value: { kind: 'null' } }, 'm').kind, 'err');
});
