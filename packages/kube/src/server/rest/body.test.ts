import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiStatusError } from '../../shared/status.ts';
import { expectObject, mediaTypeOf, parseBody } from './body.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(mediaType: string, body: Uint8Array | string): ApiStatusError {
  try {
    parseBody(mediaType, typeof body === 'string' ? bytes(body) : body);
  } catch (error: unknown) {
    assert.ok(error instanceof ApiStatusError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${mediaType} was read` });
}

test('a media type counts without its parameters and in any case', () => {
  assert.equal(mediaTypeOf('Application/JSON; charset=utf-8'), 'application/json');
  assert.equal(mediaTypeOf(undefined), 'application/json');
});

test('JSON and YAML say the same', () => {
  const wanted = { a: [1, { b: 'x' }], c: null };
  for (const [type, text] of [
    ['', '{"a":[1,{"b":"x"}],"c":null}'],
    ['application/json', '{"a":[1,{"b":"x"}],"c":null}'],
    ['application/merge-patch+json', '{"a":[1,{"b":"x"}],"c":null}'],
    ['application/yaml', 'a:\n- 1\n- b: x\nc:\n'],
    ['application/apply-patch+yaml', ' {"a":[1,{"b":"x"}],"c":null}'],
  ] as const) {
    assert.deepEqual(parseBody(type, bytes(text)).value, wanted, type);
  }
});

test('members that stand twice are found in both, where they stand', () => {
  const json = parseBody('application/json', bytes('{"a":{"b":1,"b":2},"c":[{"d":1,"d":1}],"a":{}}'));
  const yaml = parseBody('application/yaml', bytes('a: {b: 1, b: 2}\nc: [{d: 1, d: 1}]\na: {}\n'));
  assert.deepEqual([...json.duplicates()].toSorted(), ['a', 'a.b', 'c[0].d']);
  assert.deepEqual([...yaml.duplicates()].toSorted(), ['a', 'a.b', 'c[0].d']);
  for (const text of ['{"a":1}', '{ "a" : 1e2 }', '{"a":"\\u0061"}']) {
    assert.deepEqual(parseBody('application/json', bytes(text)).duplicates(), [], text);
  }
});

test('what cannot be read is refused with the reason and the place', () => {
  const cases: [string, Uint8Array | string, number, RegExp][] = [
    ['application/json', '{"a":1,}', 400, /^the body is not valid JSON: .*line 1/],
    ['application/json', '', 400, /not valid JSON/],
    ['application/json', new Uint8Array([0x22, 0xff, 0x22]), 400, /^the body is not valid UTF-8/],
    ['application/json', `${'['.repeat(300)}${']'.repeat(300)}`, 400, /not valid JSON: exceeded max depth of 200/],
    ['application/yaml', 'a: [1', 400, /^the body is not valid YAML: .*line 1/],
    ['application/yaml', 'a: *missing', 400, /not valid YAML/],
    ['application/yaml', `a: ${'x'.repeat(300 * 1024)}`, 413, /limit is 262144 for YAML; send JSON/],
    [
      'text/plain',
      'a',
      415,
      /accepted media types include: application\/json, application\/yaml, application\/vnd.kubernetes.protobuf/,
    ],
    ['application/vnd.kubernetes.protobuf', 'nonsense', 400, /protobuf|magic|prefix/i],
  ];
  for (const [type, body, status, message] of cases) {
    const error = refusal(type, body);
    assert.equal(error.statusCode, status, error.message);
    assert.match(error.message, message);
  }
});

test('aliases that multiply are refused before they fill the memory', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
  assert.equal(refusal('application/yaml', lines.join('\n')).statusCode, 400);
});

test('a body must be an object where one is needed', () => {
  assert.deepEqual(expectObject(parseBody('', bytes('{"a":1}')), 'the Scale'), { a: 1 });
  for (const text of ['[1]', '"a"', 'null', '1']) {
    assert.throws(() => expectObject(parseBody('', bytes(text)), 'the Scale'), /the Scale must be a JSON object/);
  }
});
