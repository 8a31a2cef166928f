import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DescMessage,
  equals,
  fromBinary,
  isFieldSet,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';
import { registry } from '../registry.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { fromJson } from './json/from-json.ts';
import { toJson as liteToJson } from './json/to-json.ts';
import { Problems } from './problems.ts';
import { forEachSet } from './reflect.ts';
import { allTypes, arbitraryMessage } from './test-support/arbitrary-message.ts';
import { validate } from './validate/validate.ts';

const RUNS = 800;

interface Sample {
  readonly desc: DescMessage;
  readonly message: Message;
}

const samples: fc.Arbitrary<Sample> = fc
  .constantFrom(...allTypes)
  .map((name) => registry.getMessage(name)!)
  .chain((desc) => arbitraryMessage(desc).map((message) => ({ desc, message })));

function decoded(desc: DescMessage, bytes: Uint8Array): Message {
  const report = new Problems();
  const message = decode(desc.typeName, bytes, report);
  assert.equal(report.toString(), '');
  assert.ok(message);
  return message;
}

describe('lite messages and protobuf-es', () => {
  it('decode bytes to the same message', () => {
    fc.assert(
      fc.property(samples, ({ desc, message }) => {
        const bytes = toBinary(desc, message);
        assert.deepEqual(toBinary(desc, decoded(desc, bytes)), bytes);
      }),
      { numRuns: RUNS },
    );
  });

  it('encode a message of either kind to bytes with the same meaning', () => {
    fc.assert(
      fc.property(samples, ({ desc, message }) => {
        const bytes = encode(message);
        assert.ok(equals(desc, fromBinary(desc, bytes), message));
        assert.deepEqual(encode(decoded(desc, bytes)), bytes);
      }),
      { numRuns: RUNS },
    );
  });

  it('read JSON to the same message, in both spellings of names', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), ({ desc, message }, useProtoFieldName) => {
        const json: JsonValue = toJson(desc, message, { registry, useProtoFieldName });
        const report = new Problems();
        const read = fromJson(desc.typeName, json, report);
        assert.equal(report.toString(), '');
        assert.ok(read);
        assert.deepEqual(encode(read), encode(message));
      }),
      { numRuns: RUNS },
    );
  });

  it('are valid or not alike, and for the same reasons', () => {
    fc.assert(
      fc.property(samples, ({ desc, message }) => {
        const [expected, actual] = [new Problems('', 10_000), new Problems('', 10_000)];
        validate(message, expected);
        validate(decoded(desc, encode(message)), actual);
        // Entries of maps come in the order they were sent in.
        assert.deepEqual(actual.toString().split('\n').toSorted(), expected.toString().split('\n').toSorted());
        assert.equal(actual.depth, 0);
      }),
      { numRuns: RUNS },
    );
  });

  it('have the same fields set', () => {
    fc.assert(
      fc.property(samples, ({ desc, message }) => {
        const names: string[] = [];
        forEachSet(message, (field) => names.push(field.name));
        const expected = reflect(desc, message).sortedFields.filter((field) => isFieldSet(message, field));
        assert.deepEqual(
          names,
          expected.map((field) => field.name),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('write the same JSON', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), ({ desc, message }, useProtoNames) => {
        const expected = toJson(desc, message, { registry, useProtoFieldName: useProtoNames });
        assert.deepEqual(comparable(liteToJson(message, { useProtoNames })), comparable(expected));
        assert.deepEqual(
          comparable(liteToJson(decoded(desc, encode(message)), { useProtoNames })),
          comparable(expected),
        );
      }),
      { numRuns: RUNS },
    );
  });
});

/** We write a float in its shortest form, protobuf-es the double that is equal to it. */
function comparable(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (_, value) => (typeof value === 'number' ? Math.fround(value) : value)));
}
