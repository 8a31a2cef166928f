import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regexProblem } from './re2.ts';

test('RE2 expressions pass', () => {
  for (const good of ['^/api/v[0-9]+/.*$', '(?i)abc', '(?P<n>a)', '[[:alpha:]]\\pN', '.*', 'a{2,5}']) {
    assert.equal(regexProblem(good), undefined, good);
    assert.equal(regexProblem(good), undefined, `${good} again`);
  }
});

test('what RE2 does not know is told', () => {
  assert.match(regexProblem('a(?=b)')!, /invalid or unsupported Perl syntax.*only RE2 syntax is supported/);
  assert.match(regexProblem('(a)\\1')!, /invalid escape sequence/);
  assert.match(regexProblem('a(')!, /missing closing \)/);
  assert.match(regexProblem('[z-a]')!, /invalid character class range/);
});

test('long expressions are refused before they are read', () => {
  assert.equal(regexProblem('a'.repeat(1025)), 'regex is too large, max length allowed is 1024');
});

test('the memory of verdicts is bounded', () => {
  for (let i = 0; i < 5000; i++) assert.equal(regexProblem(`a${i}`), undefined);
  assert.match(regexProblem('a(')!, /missing closing/);
});
