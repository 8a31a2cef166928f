import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrpcMessageCounter } from './grpc-messages.ts';

test('messages are counted however the body is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 300 }),
      (lengths, cut) => {
        const body = Buffer.concat(
          lengths.map((length) => {
            const message = Buffer.alloc(5 + length, 7);
            message[0] = 0;
            message.writeUInt32BE(length, 1);
            return message;
          }),
        );
        const counter = new GrpcMessageCounter();
        for (let at = 0; at < body.length; at += cut) counter.add(body, at, Math.min(at + cut, body.length));
        assert.equal(counter.count, lengths.length);
      },
    ),
  );
});
