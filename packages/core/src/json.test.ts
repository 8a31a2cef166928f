import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonError, parseJson } from './json.ts';
import { findDuplicateJsonKeys, findJsonProblem } from './json-problem.ts';
import { unwrap } from './result.ts';
import { decodeUtf8, findInvalidUtf8 } from './utf8.ts';

function refusal(input: string | Uint8Array, maxDepth?: number): string {
  const result = parseJson(input, maxDepth === undefined ? {} : { maxDepth });
  assert.ok(result.kind === 'err', `accepted ${JSON.stringify(input)}`);
  return result.error.message;
}

test('what the host parses, we parse to the same value', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      assert.deepEqual(unwrap(parseJson(text)), JSON.parse(text));
      assert.deepEqual(unwrap(parseJson(new TextEncoder().encode(text))), JSON.parse(text));
    }),
  );
});

test('our slow reader and the host agree on what is JSON, for any mangled document', () => {
  const mangled = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '0', '-', '.', 'e', 'u', ' ', '\n', '\t', '\u0001', 'é', 't'),
    )
    .map(([text, at, piece]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + piece + text.slice(cut + (at % 3));
    });
  fc.assert(
    fc.property(fc.oneof(mangled, fc.string()), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      assert.equal(findJsonProblem(text) === undefined, isJson, JSON.stringify(text));
      assert.equal(parseJson(text).kind === 'ok', isJson);
    }),
    { numRuns: 3_000 },
  );
});

test('mistakes are told in the words of Go with line and column', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input at line 1, column 1'],
    ['{\n  "a": 1,\n}', "invalid character '}' looking for beginning of object key string at line 3, column 1"],
    ['{"a" 1}', "invalid character '1' after object key at line 1, column 6"],
    ['{"a": 1 "b": 2}', `invalid character '"' after object key:value pair at line 1, column 9`],
    ['[1 2]', "invalid character '2' after array element at line 1, column 4"],
    ['[1,]', "invalid character ']' looking for beginning of value at line 1, column 4"],
    ['{} x', "invalid character 'x' after top-level value at line 1, column 4"],
    ['{"é💥": tru}', "invalid character '}' in literal true (expecting 'e') at line 1, column 11"],
    ['"a\nb"', "invalid character '\\n' in string literal at line 1, column 3"],
    ['"\\x"', "invalid character 'x' in string escape code at line 1, column 3"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape at line 1, column 6"],
    ['01', "invalid character '1' after top-level value at line 1, column 2"],
    ['-', 'unexpected end of JSON input at line 1, column 2'],
    ['1.', 'unexpected end of JSON input at line 1, column 3'],
    ['1.x', "invalid character 'x' after decimal point in numeric literal at line 1, column 3"],
    ['1e+', 'unexpected end of JSON input at line 1, column 4'],
    ["{'a': 1}", "invalid character '\\'' looking for beginning of object key string at line 1, column 2"],
    ['\ufeff{}', "invalid character '\\ufeff' looking for beginning of value at line 1, column 1"],
  ];
  for (const [text, message] of cases) assert.equal(refusal(text), message);
  const error = parseJson('{\n x');
  assert.ok(error.kind === 'err' && error.error instanceof JsonError);
  assert.deepEqual(
    [error.error.line, error.error.column, error.error.offset, error.error.code],
    [2, 2, 3, 'MESH_JSON'],
  );
});

test('nesting is bounded before anything is built, and brackets in strings do not count', () => {
  assert.equal(parseJson('['.repeat(200) + ']'.repeat(200)).kind, 'ok');
  assert.equal(refusal('['.repeat(201) + ']'.repeat(201)), 'exceeded max depth of 200 at line 1, column 201');
  assert.match(refusal('{"a":'.repeat(1_000_000)), /exceeded max depth of 200/);
  assert.match(refusal('[[{}]]', 2), /exceeded max depth of 2 at line 1, column 3/);
  const text = JSON.stringify(['['.repeat(500), `"\\"${'{'.repeat(500)}`, '\\']);
  assert.equal(parseJson(text).kind, 'ok');
  for (const value of [`"${'['.repeat(500)}`, `\\"${'['.repeat(500)}`, `\\\\"${'{'.repeat(500)}`]) {
    assert.deepEqual(unwrap(parseJson(JSON.stringify(value))), value);
  }
  assert.match(refusal(`["\\\\",${'['.repeat(300)}`), /exceeded max depth/);
  assert.equal(parseJson(`[${'[],'.repeat(1_000)}[]]`).kind, 'ok');
  assert.match(refusal(`x${'['.repeat(300)}`), /invalid character 'x'/);
});

test('bytes that are not UTF-8 are refused with their offset', () => {
  const bytes = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : Buffer.from([p]))));
  assert.equal(refusal(bytes('{"é":"', 0xff, '"}')), 'invalid UTF-8 at byte 7 (0xff)');
  for (const [sequence, offset] of [
    [[0xc0, 0x80], 0],
    [[0xe0, 0x80, 0x80], 0],
    [[0xed, 0xa0, 0x80], 0],
    [[0xf4, 0x90, 0x80, 0x80], 0],
    [[0xf5], 0],
    [[0x41, 0xe2, 0x82], 1],
    [[0x80], 0],
  ] as const) {
    const decoded = decodeUtf8(Uint8Array.from(sequence));
    assert.ok(decoded.kind === 'err' && decoded.error.message.includes(`byte ${offset} `), String(sequence));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(findInvalidUtf8(new TextEncoder().encode(text)), -1),
    ),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (data) => {
      const isValid = Buffer.from(Buffer.from(data).toString('utf8')).equals(data);
      assert.equal(findInvalidUtf8(data) === -1, isValid);
    }),
    { numRuns: 2_000 },
  );
});

test('keys given twice are found with their path, also when they are written differently', () => {
  const text = '{"spec": {"http": [{"name": 1}, {"name": 1, "n\\u0061me": 2}], "x": {}}, "spec": 1, "a": {"spec": 1}}';
  assert.deepEqual(findDuplicateJsonKeys(text), [
    { path: 'spec.http[1].name', offset: text.indexOf('"n\\u0061me"') },
    { path: 'spec', offset: text.indexOf('"spec": 1, "a"') },
  ]);
  assert.deepEqual(findDuplicateJsonKeys('[{"a": 1}, {"a": 1}, "a"]'), []);
  assert.equal(findDuplicateJsonKeys(`{${'"a":1,'.repeat(1_000)}"a":1}`).length, 100);
});
