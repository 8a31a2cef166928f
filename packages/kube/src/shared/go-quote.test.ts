import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuote } from './go-quote.ts';

const CASES: readonly [string, string][] = [
  ['plain', '"plain"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['line\nnext\ttab\x07', '"line\\nnext\\ttab\\a"'],
  ['\x01\x7f', '"\\x01\\x7f"'],
  ['größe 日本', '"größe 日本"'],
  ['\u200b', '"\\u200b"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['😀', '"😀"'],
  ['\ud800', '"\ufffd"'],
];

for (const [text, quoted] of CASES) {
  test(`quotes ${JSON.stringify(text)} as Go does`, () => assert.equal(goQuote(text), quoted));
}
