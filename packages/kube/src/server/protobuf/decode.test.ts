import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiStatusError } from '../../shared/status.ts';
import { decodeKubeProtobuf } from './decode.ts';
import { messageByName } from './message-table.ts';
import { messageGroups } from './messages/groups.ts';
import { bytesField, encodeObject, envelope, intField, textField, varint } from './test-support/encode.ts';
import clientBodies from './testdata/client-go-bodies.json' with { type: 'json' };

for (const { body, object } of clientBodies as { body: string; object: { kind: string; apiVersion: string } }[]) {
  test(`reads ${object.kind} of ${object.apiVersion} as the Go client writes it`, () => {
    assert.deepEqual(decodeKubeProtobuf(Buffer.from(body, 'base64')), object);
  });
}

function refusal(body: Uint8Array): ApiStatusError {
  try {
    decodeKubeProtobuf(body);
  } catch (thrown) {
    assert.ok(thrown instanceof ApiStatusError, String(thrown));
    return thrown;
  }
  assert.fail('the body was not refused');
}

test('a kind that is not read from protobuf is refused by name', () => {
  const error = refusal(envelope('networking.istio.io/v1', 'VirtualService', []));
  assert.equal(error.statusCode, 415);
  assert.equal(
    error.message,
    'the server does not read kind "VirtualService" in version "networking.istio.io/v1" from application/vnd.kubernetes.protobuf; send it as application/json',
  );
  assert.equal(refusal(envelope('apps/v1beta1', 'Deployment', [])).statusCode, 415);
  assert.equal(refusal(envelope('v1', 'constructor', [])).statusCode, 415);
});

test('options are read under the version of any group', () => {
  const body = envelope('apps/v1', 'DeleteOptions', textField(4, 'Background'));
  assert.deepEqual(decodeKubeProtobuf(body), {
    kind: 'DeleteOptions',
    apiVersion: 'apps/v1',
    propagationPolicy: 'Background',
  });
});

const MALFORMED: readonly [string, Uint8Array, RegExp][] = [
  ['JSON', new TextEncoder().encode('{"kind":"Pod"}'), /does not start with "k8s/],
  ['nothing', new Uint8Array(), /does not start with "k8s/],
  ['no kind', Uint8Array.from([0x6b, 0x38, 0x73, 0]), /Object 'Kind' is missing/],
  ['no version', envelope('', 'Pod', []), /Object 'apiVersion' is missing/],
  [
    'another encoding',
    Uint8Array.from([...envelope('v1', 'Pod', []), ...textField(3, 'gzip')]),
    /contentEncoding "gzip"/,
  ],
  ['a field cut off', envelope('v1', 'Pod', [0x0a, 9, 1]), /field 1 is cut off/],
  ['a number cut off', envelope('v1', 'Pod', [0x80]), /ends within a number/],
  ['an endless number', envelope('v1', 'Pod', Array(11).fill(0xff)), /longer than ten bytes/],
  ['a huge length', envelope('v1', 'Pod', [0x0a, ...varint(2n ** 63n)]), /field 1 is cut off/],
  ['a group', envelope('v1', 'Pod', [0x0b]), /field 1 has wire type 3/],
  ['field 0', envelope('v1', 'Pod', [0x02, 0]), /field number 0 does not exist/],
  ['another wire type', envelope('v1', 'Pod', intField(1, 5)), /field 1 is written as varint/],
  ['wrong UTF-8', envelope('v1', 'Pod', bytesField(1, bytesField(1, [0xff]))), /not valid UTF-8/],
  [
    'a time out of range',
    envelope('v1', 'Pod', bytesField(1, bytesField(8, intField(1, 2n ** 60n)))),
    /seconds from 1970/,
  ],
  [
    'too many nanoseconds',
    envelope('v1', 'Pod', bytesField(1, bytesField(8, [...intField(1, 1), ...intField(2, 2_000_000_000)]))),
    /nanoseconds/,
  ],
  ['broken JSON inside', envelope('apps/v1', 'ControllerRevision', bytesField(2, textField(1, '{'))), /not valid JSON/],
];

for (const [what, body, message] of MALFORMED) {
  test(`refuses ${what}`, () => {
    const error = refusal(body);
    assert.equal(error.statusCode, 400);
    assert.match(error.message, message);
  });
}

test('unknown fields of every wire type are stepped over', () => {
  const unknown = [
    ...intField(900, 5),
    ...bytesField(901, [1, 2]),
    ...varint(902 * 8 + 1),
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    ...varint(903 * 8 + 5),
    1,
    2,
    3,
    4,
  ];
  const body = envelope('v1', 'Namespace', [...unknown, ...bytesField(1, [...unknown, ...textField(1, 'a')])]);
  assert.deepEqual(decodeKubeProtobuf(body), { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'a' } });
});

test('packed numbers, the zero time and large numbers are read', () => {
  const groups = bytesField(4, [...varint(7), ...varint(-1)]);
  const pod = envelope('v1', 'Pod', bytesField(2, bytesField(14, [...groups, ...intField(4, 9)])));
  assert.deepEqual(decodeKubeProtobuf(pod)['spec'], { securityContext: { supplementalGroups: [7, -1, 9] } });
  const zeroTime = bytesField(1, bytesField(8, intField(1, -62_135_596_800)));
  assert.deepEqual(decodeKubeProtobuf(envelope('v1', 'Pod', zeroTime))['metadata'], {});
  const generation = bytesField(1, intField(7, 2n ** 53n - 1n));
  assert.deepEqual(decodeKubeProtobuf(envelope('v1', 'Pod', generation))['metadata'], { generation: 2 ** 53 - 1 });
});

test('names of prototypes in maps are plain data', () => {
  const entry = bytesField(2, [...textField(1, '__proto__'), ...textField(2, 'x')]);
  const object = decodeKubeProtobuf(envelope('v1', 'ConfigMap', entry));
  assert.equal(JSON.stringify(object['data']), '{"__proto__":"x"}');
});

test('a body of many empty messages is refused before it fills the memory', () => {
  const container = bytesField(2, []);
  const spec: number[] = [];
  for (let i = 0; i < 600_000; i++) spec.push(container[0]!, container[1]!);
  const error = refusal(envelope('v1', 'Pod', [...varint(2 * 8 + 2), ...varint(spec.length)].concat(spec)));
  assert.equal(error.statusCode, 413);
});

test('a body past the limit is refused unread', () => {
  assert.equal(refusal(new Uint8Array(3 * 1024 * 1024 + 1)).statusCode, 413);
});

test('no message contains itself, which is what bounds the depth of a body', () => {
  const checkPath = (name: string, above: readonly string[]): void => {
    assert.ok(!above.includes(name), [...above, name].join(' > '));
    for (const field of messageByName(name).fields.values()) {
      if (field.message !== undefined) checkPath(field.message, [...above, name]);
    }
  };
  for (const group of messageGroups) for (const kind of group.kinds) checkPath(`${group.namespace}.${kind}`, []);
});

test('every type that a table mentions exists', () => {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const field of messageByName(name).fields.values()) if (field.message !== undefined) visit(field.message);
  };
  for (const group of messageGroups) {
    for (const kind of group.kinds) visit(`${group.namespace}.${kind}`);
    for (const line of group.table.split('\n')) {
      if (/^\w/.test(line)) visit(`${group.namespace}.${line.split(' ')[0]}`);
    }
  }
  assert.ok(seen.size > 300);
});

/** Objects of any message, as its table allows; zero values only where they survive. */
function valuesOf(name: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = [...messageByName(name).fields.values()].filter((field) => field.name !== '+');
  const record: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) {
    const one = fieldValue(field.message, field.type, depth);
    if (one === undefined) continue;
    if (field.shape === 'list') record[field.name] = fc.array(one, { minLength: 1, maxLength: 2 });
    else if (field.shape === 'map')
      record[field.name] = fc.dictionary(fc.string(), one, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
    else record[field.name] = one;
  }
  return fc.record(record, { requiredKeys: [], noNullPrototype: true });
}

function fieldValue(message: string | undefined, type: string, depth: number): fc.Arbitrary<unknown> | undefined {
  if (message !== undefined) return depth === 0 ? undefined : valuesOf(message, depth - 1);
  const time = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true });
  const byType: Record<string, fc.Arbitrary<unknown>> = {
    string: fc.string({ minLength: 1, unit: 'grapheme' }),
    bool: fc.constant(true),
    int: fc.oneof(
      fc.integer({ min: 1 }),
      fc.integer({ max: -1 }),
      fc.maxSafeNat().map((n) => n + 1),
    ),
    bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    Time: time.map((date) => `${date.toISOString().slice(0, 19)}Z`),
    MicroTime: time.map((date) => `${date.toISOString().slice(0, 23)}000Z`),
    Quantity: fc.constantFrom('1', '500m', '1Gi'),
    IntOrString: fc.oneof(fc.integer({ min: 1 }), fc.string({ minLength: 1 })),
    StringList: fc.array(fc.string()),
    Json: fc.jsonValue().filter((value) => value !== null && !Object.is(value, -0)),
  };
  return byType[type];
}

test('property: what the tables say is written is read back, for every kind', () => {
  for (const group of messageGroups) {
    for (const kind of group.kinds) {
      const object = valuesOf(`${group.namespace}.${kind}`, 2);
      fc.assert(
        fc.property(object, (members) => {
          const given = { kind, apiVersion: group.apiVersion === '' ? 'v1' : group.apiVersion, ...members };
          const read = decodeKubeProtobuf(encodeObject(given));
          // Members that the parent shares with a message of its own appear even when empty; compare as JSON.
          assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(given)));
        }),
        { numRuns: 10 },
      );
    }
  }
});

test('fuzz: damaged bodies are read or refused with a status, never more', () => {
  const bodies = (clientBodies as { body: string }[]).map(({ body }) => Buffer.from(body, 'base64'));
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...bodies), damage, fc.nat(), (body, changes, cut) => {
      const damaged = Uint8Array.from(body);
      for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
      const bytes = cut % 3 === 0 ? damaged.subarray(0, cut % damaged.length) : damaged;
      try {
        decodeKubeProtobuf(bytes);
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String((thrown as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});

test('fuzz: random bytes behind the magic are read or refused with a status', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isRaw) => {
      const body = isRaw ? envelope('v1', 'Pod', bytes) : Uint8Array.from([0x6b, 0x38, 0x73, 0, ...bytes]);
      try {
        decodeKubeProtobuf(body);
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String((thrown as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});
