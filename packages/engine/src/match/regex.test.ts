import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compileRegex, type Regex } from './regex.ts';
import { compileRegexSubstitution } from './regex-substitution.ts';

const BIG = { maxProgramSize: 100_000 };
const regex = (pattern: string): Regex => unwrap(compileRegex(pattern, 'regex', BIG));

test('everyday expressions need no RE2 engine and match the whole text only', () => {
  const cases: [string, string, boolean][] = [
    ['/api/v[0-9]+', '/api/v12', true],
    ['/api/v[0-9]+', '/api/v12/x', false],
    ['.*\\.js', '/static/app.js', true],
    ['(api|web)/.*', 'web/x', true],
    ['a|ab', 'ab', true],
    ['(?i)Kube', 'KUBE', true],
    ['(?i)k', '\u212a', true],
    ['(?P<id>\\d+)-(?<x>\\w+)', '12-ab', true],
    ['\\Aab\\z', 'ab', true],
    ['[[:alpha:]]+', 'abc', true],
    ['[[:^digit:]]', '7', false],
    ['\\Qa.b\\E+', 'a.bb', true],
    ['.', '\u2028', true],
    ['.', '\n', false],
    ['(?s).', '\n', true],
    ['a$', 'a\n', false],
    ['\\s', '\v', false],
    ['a{,2}', 'a{,2}', true],
    ['.', '\u{1f600}', true],
  ];
  for (const [pattern, text, expected] of cases) {
    const compiled = regex(pattern);
    assert.notEqual(compiled.engine, 're2', pattern);
    assert.equal(compiled.matches(text), expected, `${pattern} on ${JSON.stringify(text)}`);
  }
});

test('what JavaScript reads differently or cannot bound runs on the RE2 engine', () => {
  for (const pattern of [
    '\\pN+',
    '(?m)^a$',
    '(a+)+$',
    '(a|a)*b',
    '(a*)*',
    '(.*)([^b]*)(.*)x',
    '(?i)é',
    '[^/]*a[^/]*b',
    '(x+x+)+y',
  ]) {
    assert.equal(regex(pattern).engine, 're2', pattern);
  }
  assert.equal(regex('\\pN+').matches('٣'), true);
  assert.equal(regex('(?i)é').matches('É'), true);
});

test('what RE2 refuses is refused with its reason', () => {
  for (const pattern of ['(?=a)', '(a)\\1', '\\C', 'a**', '(', 'a{1001}', '\\Z']) {
    const result = compileRegex(pattern, 'match.safe_regex');
    assert.equal(result.kind, 'err', pattern);
    assert.equal(result.kind === 'err' && result.error[0]?.path, 'match.safe_regex');
  }
});

test('the size of a program is bounded', () => {
  const result = compileRegex('(abcdefghij){20}', 'regex');
  assert.match(
    result.kind === 'err' ? result.error[0]!.reason : '',
    /program size \d+ is larger than the limit of 100/,
  );
  assert.equal(compileRegex('(abcdefghij){20}', 'regex', { maxProgramSize: 1000 }).kind, 'ok');
  assert.equal(compileRegex('', 'regex').kind, 'err');
  // These are on either side of RE2's limit: anchors are no steps, and neither is the text behind the first.
  assert.equal(compileRegex('a'.repeat(96), 'regex').kind, 'ok');
  assert.equal(compileRegex('a'.repeat(97), 'regex').kind, 'err');
  assert.equal(compileRegex(`^${'a'.repeat(300)}.*$`, 'regex').kind, 'ok');
  assert.equal(compileRegex(`(^|/)${'a'.repeat(92)}$`, 'regex').kind, 'ok');
  assert.equal(compileRegex(`(^|/)${'a'.repeat(103)}$`, 'regex').kind, 'err');
});

test('catastrophic expressions finish fast on long hostile texts', () => {
  const hostile = `${'a'.repeat(8000)}!`;
  const patterns = [
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    'a*a*a*a*a*$',
    '(.*)*b',
    '(a?){30}a{30}',
    '(?:.*,){11}P',
    'a+a+$',
    '.*a.*a.*b',
  ];
  for (const pattern of patterns) {
    const compiled = regex(pattern);
    const before = performance.now();
    compiled.matches(hostile);
    compiled.search(hostile);
    compiled.findFrom(hostile, 0);
    const elapsedMs = performance.now() - before;
    assert.ok(elapsedMs < 1000, `${pattern} took ${elapsedMs} ms`);
  }
});

test('a search is linear too where a check behind a loop fails at every start', () => {
  const hostile = 'a'.repeat(100_000);
  for (const pattern of ['[a-k]{2,}^', '(b|[a-k]+^)', 'a+\\b.', '[ab]+$c', 'x|a+^']) {
    const compiled = regex(pattern);
    const before = performance.now();
    assert.equal(compiled.search(`${hostile}!`), pattern === 'a+\\b.', pattern);
    compiled.findFrom(`${hostile}!`, 0);
    const elapsedMs = performance.now() - before;
    assert.ok(elapsedMs < 2000, `${pattern} took ${elapsedMs} ms`);
  }
});

const alphabet = fc.constantFrom('a', 'b', 'k', 'K', 's', '0', '/', '-', '.', '\n', ' ', '\u212a', '\u017f', 'é', '_');
const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    'k',
    '.',
    '\\d',
    '\\w',
    '\\W',
    '\\s',
    '[ab]',
    '[^a]',
    '[a-k0]',
    '[[:alpha:]]',
    '[[:^upper:]_]',
    '\\b',
    '^',
  ],
  ...['$', '\\.', '/', '[^/]', '\\x41', 'é', '\\Qk.\\E', '[\\w-]', '[\\D]', '(?i)', '(?s)', '(?-i)', '(?U)', '\\B'],
);
const pattern = fc.letrec<{ node: string; seq: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc.tuple(fc.constantFrom('(', '(?:', '(?i:', '(?P<n>'), tie('seq')).map(([open, body]) => `${open}${body})`),
    fc.tuple(tie('seq'), tie('seq')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{2,}'))
      .map(([body, sign]) => `${body}${sign}`),
  ),
  seq: fc.array(tie('node'), { minLength: 1, maxLength: 4 }).map((items) => items.join('')),
})).seq;

test('verdicts, places and groups are those of the RE2 engine on random expressions', () => {
  let native = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.array(fc.string({ unit: alphabet, maxLength: 8 }), { minLength: 3, maxLength: 8 }),
      (source, texts) => {
        const compiled = compileRegex(source, 'regex', BIG);
        if (compiled.kind === 'err') return;
        if (compiled.value.engine === 'native') native += 1;
        const program = RE2JS.compile(source);
        for (const text of texts) {
          const matcher = program.matcher(text);
          const matched = matcher.matches();
          assert.equal(compiled.value.matches(text), matched);
          assert.equal(compiled.value.search(text), program.test(text));
          const groups = compiled.value.groups(text);
          assert.equal(groups !== undefined, matched);
          if (groups !== undefined) assert.deepEqual([...groups], groupList(matcher));
          const finder = program.matcher(text);
          const span = compiled.value.findFrom(text, 0);
          assert.equal(span !== undefined, finder.find());
          if (span === undefined) continue;
          assert.deepEqual(
            [span.start, span.end, ...span.groups],
            [finder.start(), finder.end(), ...groupList(finder)],
          );
        }
      },
    ),
    { numRuns: 1500, endOnFailure: true },
  );
  assert.ok(native > 300, `only ${native} ran natively`);
});

function groupList(matcher: ReturnType<RE2JS['matcher']>): (string | undefined)[] {
  return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
}

test('any text is either compiled or refused with a reason', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab[]()|*+?{}\\^$.-:1,Q'.split('')), maxLength: 12 }),
      (source) => {
        const compiled = compileRegex(source, 'regex', BIG);
        if (compiled.kind === 'err') assert.ok(compiled.error[0]!.reason.length > 0);
        else assert.equal(compiled.value.matches('ab1'), RE2JS.compile(source).matches('ab1'));
      },
    ),
    { numRuns: 2000, endOnFailure: true },
  );
});

test('substitution follows RE2: groups, backslashes, empty matches', () => {
  const cases: [string, string, string, string][] = [
    ['^/service/([^/]+)(/.*)$', '\\2/instance/\\1', '/service/foo/v1/api', '/v1/api/instance/foo'],
    ['one', 'two', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/two/zzz'],
    ['^(.*?)one(.*)$', '\\1two\\2', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/one/zzz'],
    ['(?i)/xxx/', '/yyy/', '/aaa/XxX/bbb', '/aaa/yyy/bbb'],
    ['a*', 'x', 'baac', 'xbxcx'],
    ['b', '\\\\\\0', 'abc', 'a\\bc'],
    ['(a)|(b)', '[\\1\\2]', 'ab', '[a][b]'],
    ['(?:(a)|b)*', '<\\1>', 'ab', '<a>'],
  ];
  for (const [source, substitution, text, expected] of cases) {
    const compiled = unwrap(compileRegexSubstitution({ pattern: source, substitution }, 'rewrite'));
    assert.equal(compiled.apply(text), expected, source);
  }
  for (const substitution of ['\\2', '\\', '\\x']) {
    const result = compileRegexSubstitution({ pattern: '(a)', substitution }, 'rewrite');
    assert.equal(result.kind === 'err' && result.error[0]?.path, 'rewrite.substitution', substitution);
  }
});
