import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiStatusError } from '../shared/status.ts';
import { applyJsonPatch, type JsonPatchOperation } from './json-patch.ts';
import { formatJsonPointer, parseJsonPointer } from './json-pointer.ts';

const APPLIED: readonly [string, unknown, unknown[], unknown][] = [
  ['add a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['add replaces a member', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
  ['insert into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
  ['append to a list', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
  ['insert at the end by number', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
  ['remove a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
  ['remove an item', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
  ['remove the last item', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
  ['replace a member', { a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: [1] }], { a: { b: [1] } }],
  ['replace adds a missing member, as in Kubernetes', {}, [{ op: 'replace', path: '/a', value: 1 }], { a: 1 }],
  ['replace an item', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
  ['replace everything', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
  ['move a member', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
  ['move an item', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
  ['copy a member', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
  [
    'test a value',
    { a: { x: 1, y: [] } },
    [{ op: 'test', path: '/a', value: { y: [], x: 1 } }],
    { a: { x: 1, y: [] } },
  ],
  ['test a missing member against null', {}, [{ op: 'test', path: '/a', value: null }], {}],
  ['test a missing member without value', {}, [{ op: 'test', path: '/a' }], {}],
  ['escaped names', { 'a/b': { '~': 1 } }, [{ op: 'remove', path: '/a~1b/~0' }], { 'a/b': {} }],
  ['the empty name', { '': 1 }, [{ op: 'remove', path: '/' }], {}],
];

for (const [name, document, patch, expected] of APPLIED) {
  test(`applies: ${name}`, () => assert.deepEqual(applyJsonPatch(document, patch), expected));
}

const HEAD = 'the server rejected our request due to an error in our request: ';
const REFUSED: readonly [unknown, unknown, number, string][] = [
  [{}, {}, 400, 'a JSON patch must be a list of operations'],
  [{}, [1], 400, 'operation 0 of the JSON patch must be an object'],
  [{}, [{ op: 'merge', path: '/a' }], 422, `${HEAD}Unexpected kind: merge`],
  [{}, [{ op: 'add', value: 1 }], 422, `${HEAD}add operation failed to decode path: missing value`],
  [{}, [{ op: 'add', path: '/a' }], 422, `${HEAD}add operation for path "/a" has no value`],
  [{}, [{ op: 'copy', path: '/a' }], 422, `${HEAD}copy operation failed to decode from: missing value`],
  [
    {},
    [{ op: 'add', path: '/a/b', value: 1 }],
    422,
    `${HEAD}add operation does not apply: doc is missing path: "/a/b": missing value`,
  ],
  [
    { a: 1 },
    [{ op: 'add', path: '/a/b', value: 1 }],
    422,
    `${HEAD}add operation does not apply: doc is missing path: "/a/b": missing value`,
  ],
  [
    { a: [] },
    [{ op: 'add', path: '/a/1', value: 1 }],
    422,
    `${HEAD}error in add for path: '/a/1': Unable to access invalid index: 1: invalid index referenced`,
  ],
  [
    { a: [] },
    [{ op: 'add', path: '/a/x', value: 1 }],
    422,
    `${HEAD}error in add for path: '/a/x': value was not a proper array index: 'x'`,
  ],
  [
    {},
    [{ op: 'remove', path: '/a' }],
    422,
    `${HEAD}error in remove for path: '/a': Unable to remove nonexistent key: a: missing value`,
  ],
  [{}, [{ op: 'remove', path: '' }], 422, `${HEAD}error in remove for path: '': the whole document cannot be removed`],
  [
    { a: [] },
    [{ op: 'replace', path: '/a/0', value: 1 }],
    422,
    `${HEAD}replace operation does not apply: doc is missing key: /a/0: missing value`,
  ],
  [{ a: 1 }, [{ op: 'test', path: '/a', value: 2 }], 422, `${HEAD}testing value /a failed: test failed`],
  [
    {},
    [{ op: 'test', path: '/a/b', value: null }],
    422,
    `${HEAD}test operation does not apply: is missing path: /a/b: missing value`,
  ],
  [
    {},
    [{ op: 'copy', from: '/a', path: '/b' }],
    422,
    `${HEAD}copy operation does not apply: doc is missing from path: /a: missing value`,
  ],
  [{ a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], 422, `${HEAD}"/a" cannot be moved into itself: "/a/b"`],
];

for (const [document, patch, code, message] of REFUSED) {
  test(`refuses ${JSON.stringify(patch)} on ${JSON.stringify(document)}`, () => {
    assert.throws(
      () => applyJsonPatch(document, patch),
      (thrown: unknown) => {
        assert.ok(thrown instanceof ApiStatusError);
        assert.deepEqual([thrown.statusCode, thrown.message], [code, message]);
        return true;
      },
    );
  });
}

test('too many operations are refused', () => {
  const patch = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} }));
  assert.throws(
    () => applyJsonPatch({}, patch),
    /Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001/,
  );
});

test('a copy bomb is refused before it has grown', () => {
  const patch = [
    { op: 'add', path: '/a', value: ['x'.repeat(1000)] },
    ...Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
  ];
  assert.throws(
    () => applyJsonPatch({}, patch),
    (thrown: unknown) => thrown instanceof ApiStatusError && thrown.statusCode === 413,
  );
});

test('a patch that digs too deep is refused', () => {
  const patch = Array.from({ length: 300 }, (_, i) => ({ op: 'add', path: '/a'.repeat(i + 1), value: {} }));
  assert.throws(() => applyJsonPatch({}, patch), /nested deeper than/);
});

test('inserting before a very long list again and again is refused', () => {
  const document = { a: Array.from({ length: 100_000 }, (_, i) => i) };
  const patch = Array.from({ length: 10_000 }, () => ({ op: 'add', path: '/a/0', value: 0 }));
  assert.throws(() => applyJsonPatch(document, patch), /inserts into or removes from long lists too often/);
});

test('ten thousand operations on a long list are quick, because containers are copied once', () => {
  const document = { a: Array.from({ length: 100_000 }, (_, i) => i) };
  const patch = Array.from({ length: 10_000 }, (_, i) => ({ op: 'replace', path: `/a/${i}`, value: -1 }));
  const patched = applyJsonPatch(document, patch) as { a: number[] };
  assert.equal(patched.a[9_999], -1);
  assert.equal(document.a[9_999], 9_999);
});

test('names of prototypes are plain data', () => {
  const patched = applyJsonPatch({}, [
    { op: 'add', path: '/__proto__', value: { polluted: 1 } },
    { op: 'add', path: '/__proto__/also', value: 2 },
    { op: 'add', path: '/constructor', value: { prototype: {} } },
    { op: 'add', path: '/constructor/prototype/polluted', value: 3 },
  ]);
  assert.equal(
    JSON.stringify(patched),
    '{"__proto__":{"polluted":1,"also":2},"constructor":{"prototype":{"polluted":3}}}',
  );
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.throws(() => applyJsonPatch({}, [{ op: 'add', path: '/constructor/prototype', value: 1 }]), ApiStatusError);
});

/** The slowest and simplest model: a deep copy per operation, and no sharing. */
function applyNaively(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  let current = structuredClone(document);
  for (const operation of operations) {
    const next = structuredClone(current);
    current = applyOne(next, operation);
  }
  return current;
}

function applyOne(document: unknown, operation: JsonPatchOperation): unknown {
  const root = { '': document };
  const locate = (path: string) => {
    const tokens = ['', ...parseJsonPointer(path)];
    let holder: unknown = root;
    for (const token of tokens.slice(0, -1)) holder = (holder as Record<string, unknown>)[token];
    if (typeof holder !== 'object' || holder === null) throw new Error('missing');
    return { holder: holder as Record<string, unknown>, token: tokens.at(-1)! };
  };
  const read = (path: string) => {
    const { holder, token } = locate(path);
    if (!Object.hasOwn(holder, token) || (Array.isArray(holder) && token === 'length')) throw new Error('missing');
    return holder[token];
  };
  const add = (path: string, value: unknown) => {
    const { holder, token } = locate(path);
    if (!Array.isArray(holder)) holder[token] = value;
    else if (token === '-') holder.push(value);
    else if (/^\d+$/.test(token) && Number(token) <= holder.length) holder.splice(Number(token), 0, value);
    else throw new Error('index');
  };
  const remove = (path: string) => {
    const { holder, token } = locate(path);
    read(path);
    if (path === '') throw new Error('root');
    if (Array.isArray(holder)) holder.splice(Number(token), 1);
    else delete holder[token];
  };
  switch (operation.op) {
    case 'add':
      add(operation.path, operation.value);
      break;
    case 'remove':
      remove(operation.path);
      break;
    case 'replace': {
      const { holder, token } = locate(operation.path);
      if (Array.isArray(holder)) read(operation.path);
      holder[token] = operation.value;
      break;
    }
    case 'move': {
      const value = read(operation.from);
      if (operation.path.startsWith(`${operation.from}/`)) throw new Error('inside');
      remove(operation.from);
      add(operation.path, value);
      break;
    }
    case 'copy':
      add(operation.path, structuredClone(read(operation.from)));
      break;
    case 'test':
      assert.deepEqual(read(operation.path), operation.value);
  }
  return root[''];
}

const name = fc.constantFrom('a', 'b', '0', '1', '~/');
const path = fc.array(fc.oneof(name, fc.constant('-')), { maxLength: 3 }).map(formatJsonPointer);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(1, 'x', null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace'), path, value }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('remove'), path }, { noNullPrototype: true }),
  fc.record({ op: fc.constantFrom('move', 'copy'), path, from: path }, { noNullPrototype: true }),
) as fc.Arbitrary<JsonPatchOperation>;

test('property: the same outcome as the naive model, and the input untouched', () => {
  fc.assert(
    fc.property(value, fc.array(operation, { maxLength: 6 }), (document, operations) => {
      const before = JSON.stringify([document, operations]);
      let expected: unknown;
      let isRefused = false;
      try {
        expected = applyNaively(document, operations);
      } catch {
        isRefused = true;
      }
      if (isRefused) assert.throws(() => applyJsonPatch(document, operations), ApiStatusError);
      else assert.deepEqual(applyJsonPatch(document, operations), expected);
      assert.equal(JSON.stringify([document, operations]), before);
    }),
    { numRuns: 3000 },
  );
});

test('fuzz: any JSON as a patch is applied or refused with a status', () => {
  const text = fc.constantFrom(
    'add',
    'remove',
    'copy',
    'move',
    'test',
    'replace',
    '/a',
    '/a/0',
    '',
    '/__proto__/x',
    'x',
  );
  const loose = fc.record(
    {
      op: fc.oneof(text, fc.jsonValue()),
      path: fc.oneof(text, fc.jsonValue()),
      from: fc.oneof(text, fc.jsonValue()),
      value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.oneof(fc.array(loose), fc.jsonValue()), (document, patch) => {
      try {
        applyJsonPatch(document, patch);
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String(thrown));
      }
      assert.equal(({} as { x?: unknown }).x, undefined);
    }),
    { numRuns: 2000 },
  );
});
