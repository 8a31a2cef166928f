import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { frameMessage, MessageAssembler } from './frame.ts';
import { grpcCode } from './grpc-status.ts';

describe('MessageAssembler', () => {
  it('finds the messages however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.nat(12), { minLength: 1, maxLength: 30 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map(frameMessage));
          const assembler = new MessageAssembler(40);
          const found: Buffer[] = [];
          for (let at = 0, index = 0; at < bytes.length; index += 1) {
            const size = Math.max(1, cuts[index % cuts.length]!);
            const added = assembler.add(bytes.subarray(at, at + size));
            assert.ok(added.kind === 'ok');
            found.push(...added.value);
            at += size;
          }
          assert.deepEqual(
            found.map((each) => [...each]),
            messages.map((each) => [...each]),
          );
          assert.ok(assembler.isEmpty);
        },
      ),
    );
  });

  it('refuses a long message at its prefix, and one that is compressed', () => {
    const long = new MessageAssembler(9).add(frameMessage(new Uint8Array(10)).subarray(0, 5));
    assert.ok(long.kind === 'err');
    assert.equal(long.error.code, grpcCode.resourceExhausted);
    const compressed = new MessageAssembler(9).add(Buffer.from([1, 0, 0, 0, 1, 0]));
    assert.ok(compressed.kind === 'err');
    assert.equal(compressed.error.code, grpcCode.unimplemented);
  });

  it('knows when it stands within a message', () => {
    const assembler = new MessageAssembler(9);
    assembler.add(Buffer.from([0, 0]));
    assert.ok(!assembler.isEmpty);
    assembler.add(Buffer.from([0, 0, 2, 1]));
    assert.ok(!assembler.isEmpty);
    assembler.add(Buffer.from([2]));
    assert.ok(assembler.isEmpty);
  });
});
