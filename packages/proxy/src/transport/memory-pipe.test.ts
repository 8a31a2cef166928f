import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ByteSink, ByteStream, StreamFault } from './byte-stream.ts';
import { MemoryPipe } from './memory-pipe.ts';

class Log implements ByteSink {
  readonly events: string[] = [];
  onBytes(bytes: Buffer, start: number, end: number): void {
    this.events.push(bytes.toString('latin1', start, end));
  }
  onEnd(): void {
    this.events.push('(end)');
  }
  onDrain(): void {
    this.events.push('(drain)');
  }
  onClose(fault: StreamFault | undefined): void {
    this.events.push(`(close ${fault?.kind ?? 'in order'})`);
  }
}

function attached(options?: ConstructorParameters<typeof MemoryPipe>[0]) {
  const pipe = new MemoryPipe({ isManual: true, ...options });
  const [first, second] = [new Log(), new Log()];
  pipe.first.attach(first);
  pipe.second.attach(second);
  return { pipe, first, second };
}

function say(stream: ByteStream, text: string): void {
  stream.write(Buffer.from(text), 0, text.length);
}

describe('MemoryPipe', () => {
  it('moves bytes both ways, none from inside a call', () => {
    const { pipe, first, second } = attached();
    say(pipe.first, 'ab');
    pipe.first.flush();
    say(pipe.first, 'cd');
    say(pipe.second, 'ef');
    assert.deepEqual([first.events, second.events], [[], []]);
    pipe.run();
    assert.deepEqual([first.events.join(''), second.events.join('')], ['ef', 'abcd']);
    assert.equal(pipe.first.bytesWritten, 4);
    assert.equal(pipe.second.bytesRead, 4);
  });

  it('moves by itself unless told otherwise', async () => {
    const { pipe, second } = attached({ isManual: false });
    say(pipe.first, 'x');
    await Promise.resolve();
    assert.deepEqual(second.events, ['x']);
  });

  it('is congested while the other end does not read', () => {
    const { pipe, first, second } = attached({ highWaterMark: 10, wireCapacity: 5 });
    pipe.second.pause();
    say(pipe.first, '0123456789');
    pipe.first.flush();
    pipe.run();
    assert.ok(pipe.first.isCongested);
    assert.equal(pipe.first.pendingBytes, 10);
    pipe.second.resume();
    pipe.run();
    assert.deepEqual([first.events, second.events], [['(drain)'], ['0123456789']]);
  });

  it('ends in order when both have said so', () => {
    const { pipe, first, second } = attached();
    say(pipe.first, 'x');
    pipe.first.end();
    pipe.run();
    assert.deepEqual([first.events, second.events], [[], ['x', '(end)']]);
    say(pipe.second, 'y');
    pipe.second.end();
    pipe.run();
    assert.deepEqual(first.events, ['y', '(end)', '(close in order)']);
    assert.deepEqual(second.events.slice(2), ['(close in order)']);
  });

  it('tells the other end of a reset, and drops what was on the way', () => {
    const { pipe, first, second } = attached();
    say(pipe.first, 'x');
    pipe.first.destroy(true);
    pipe.run();
    assert.deepEqual([first.events, second.events], [['(close in order)'], ['(close reset)']]);
    assert.ok(pipe.second.isClosed);
  });
});
