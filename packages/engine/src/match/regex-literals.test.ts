import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compileRegex, type Regex } from './regex.ts';

const regex = (pattern: string): Regex => unwrap(compileRegex(pattern, 'regex'));

test('texts with gaps between them are looked for without an engine', () => {
  const cases: [string, string, boolean][] = [
    ['.*/v1/.*', '/api/v1/users', true],
    ['.*/v1/.*', '/api/v2/users', false],
    ['/api/.*', '/api/', true],
    ['/api/.+', '/api/', false],
    ['^/files/.*\\.js$', '/files/a/b.js', true],
    ['/files/.*\\.js', '/files/a.js/b', false],
    ['ab.*ba', 'aba', false],
    ['ab.*ba', 'abba', true],
    ['.*a.*b', 'xaxb', true],
    ['(.*)/(x)(.*)', 'a/xb', true],
    ['.*.*', '', true],
    ['a.*', 'a\n', false],
    ['(?s)a.*', 'a\n', true],
    ['/exact', '/exact', true],
    ['/exact', '/exact/', false],
    ['.+', '', false],
  ];
  for (const [pattern, text, expected] of cases) {
    const compiled = regex(pattern);
    assert.equal(compiled.engine, 'literals', pattern);
    assert.equal(compiled.matches(text), expected, `${pattern} on ${JSON.stringify(text)}`);
  }
});

test('what has another form is left to the engines', () => {
  for (const pattern of [
    'a|b',
    '[ab].*',
    '.a',
    '(?i)a.*',
    '.*\\b',
    '.{2,}a',
    '.+.+',
    '.*(?s).*',
    '(a.*)*',
    '.?a',
    'a$b',
    '\\n.*',
  ]) {
    assert.notEqual(regex(pattern).engine, 'literals', pattern);
  }
});

const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  '/',
  '\\.',
  '.*',
  '.+',
  '.*?',
  '(.*)',
  '(a.*b)',
  '(?:b.+)',
  '(?s:.*)',
  '\\n',
  'é',
  '😀',
);
const source = fc
  .tuple(
    fc.constantFrom('', '', '^', '(?s)'),
    fc.array(piece, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '', '$'),
  )
  .map(([begin, pieces, end]) => begin + pieces.join('') + end);
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '\n', 'é', '😀'), maxLength: 10 });

test('verdicts, places and groups are those of the RE2 engine', () => {
  let count = 0;
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 4, maxLength: 10 }), (pattern, texts) => {
      const compiled = regex(pattern);
      if (compiled.engine === 'literals') count += 1;
      const program = RE2JS.compile(pattern);
      for (const one of texts) {
        assert.equal(compiled.matches(one), program.testExact(one), `${pattern} on ${JSON.stringify(one)}`);
        assert.equal(compiled.search(one), program.test(one), `${pattern} in ${JSON.stringify(one)}`);
        assert.equal(compiled.groups(one) !== undefined, program.testExact(one));
        assert.equal(compiled.findFrom(one, 0)?.start, firstPlace(program, one));
      }
    }),
    { numRuns: 1500, endOnFailure: true },
  );
  assert.ok(count > 500, `only ${count} were looked for by hand`);
});

function firstPlace(program: RE2JS, one: string): number | undefined {
  const matcher = program.matcher(one);
  return matcher.find() ? matcher.start() : undefined;
}

test('a hostile text costs no more than its length', () => {
  const compiled = regex('.*a.*b.*a.*b.*c');
  const hostile = 'ab'.repeat(50_000);
  const before = performance.now();
  for (let i = 0; i < 20; i += 1) assert.equal(compiled.matches(hostile), false);
  assert.ok(performance.now() - before < 500);
});
