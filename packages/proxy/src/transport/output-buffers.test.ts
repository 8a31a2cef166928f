import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OUTPUT_BUFFER_BYTES, OutputBuffer } from './output-buffers.ts';

it('views are the beginnings of the buffer, of any length and however many were asked for', () => {
  const buffer = new OutputBuffer(OUTPUT_BUFFER_BYTES);
  assert.equal(buffer.view(100), buffer.view(100));
  for (let round = 0; round < 2; round++) {
    for (let length = 0; length <= OUTPUT_BUFFER_BYTES; length += 37) {
      const view = buffer.view(length);
      assert.deepEqual(
        [view.length, view.byteOffset, view.buffer],
        [length, buffer.bytes.byteOffset, buffer.bytes.buffer],
      );
    }
  }
});
