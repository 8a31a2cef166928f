import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { registry } from '../registry.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { fromJson } from './json/from-json.ts';
import { toJson } from './json/to-json.ts';
import { Problems } from './problems.ts';
import { allTypes, arbitraryMessage } from './test-support/arbitrary-message.ts';

const RUNS = 1500;
const descs = fc.constantFrom(...allTypes).map((name) => registry.getMessage(name)!);

describe('decode, with bytes from strangers', () => {
  it('never throws, and says what is wrong whenever it answers nothing', () => {
    fc.assert(
      fc.property(descs, fc.uint8Array({ maxLength: 64 }), (desc, bytes) => {
        const report = new Problems();
        const message = decode(desc.typeName, bytes, report);
        assert.equal(report.depth, 0);
        assert.ok(message !== undefined || !report.isEmpty);
      }),
      { numRuns: RUNS },
    );
  });

  it('reads a message with changed bytes as protobuf-es does, if both accept it', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const cases = descs.chain((desc) => fc.tuple(fc.constant(desc), arbitraryMessage(desc), changes));
    fc.assert(
      fc.property(cases, ([desc, original, edits]) => {
        const bytes = toBinary(desc, original);
        if (bytes.length === 0) return;
        for (const [position, value] of edits) bytes[position % bytes.length] = value;
        const report = new Problems();
        const message = decode(desc.typeName, bytes, report);
        if (message === undefined || !report.isEmpty) return;
        let expected: Message;
        try {
          expected = fromBinary(desc, bytes);
        } catch (error) {
          assert.fail(`refused by protobuf-es only: ${String(error)}`);
        }
        assert.deepEqual(toBinary(desc, message), toBinary(desc, expected));
      }),
      { numRuns: RUNS },
    );
  });

  it('merges two messages as protobuf-es does', () => {
    const cases = descs.chain((desc) => fc.tuple(fc.constant(desc), arbitraryMessage(desc), arbitraryMessage(desc)));
    fc.assert(
      fc.property(cases, ([desc, first, second]) => {
        const bytes = Uint8Array.from([...toBinary(desc, first), ...toBinary(desc, second)]);
        const report = new Problems();
        const message = decode(desc.typeName, bytes, report);
        assert.equal(report.toString(), '');
        assert.deepEqual(toBinary(desc, message!), toBinary(desc, fromBinary(desc, bytes)));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('fromJson, with JSON from strangers', () => {
  it('never throws where a value of a message has become something else', () => {
    const cases = descs.chain((desc) => fc.tuple(fc.constant(desc), arbitraryMessage(desc), fc.nat(), fc.jsonValue()));
    fc.assert(
      fc.property(cases, ([desc, message, position, other]) => {
        const text = JSON.stringify(toJson(message));
        let values = 0;
        JSON.parse(text, () => void values++);
        let count = 0;
        const json: unknown = JSON.parse(text, (_, value: unknown) => (count++ === position % values ? other : value));
        const report = new Problems();
        const read = fromJson(desc.typeName, json, report);
        assert.equal(report.depth, 0);
        if (read === undefined) assert.equal(report.isEmpty, false);
        else assert.doesNotThrow(() => encode(read));
      }),
      { numRuns: RUNS },
    );
  });
});
