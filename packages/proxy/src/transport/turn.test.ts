import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enter, type Flushable, flushLater, leave } from './turn.ts';

/** A stream that says when it is sent. */
function stream(isBatching: boolean, onFlush: () => void): Flushable {
  return { isBatching, flush: onFlush };
}

/** What follows when the loop's turn has ended. */
const turnEnds = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('output', () => {
  it('leaves when the callback returns, or with the loop’s turn if the stream asks for it', async () => {
    const sent: string[] = [];
    enter();
    flushLater(stream(true, () => sent.push('batched')));
    flushLater(stream(false, () => sent.push('soon')));
    assert.deepEqual(sent, []);
    leave();
    assert.deepEqual(sent, ['soon']);
    await turnEnds();
    assert.deepEqual(sent, ['soon', 'batched']);
  });

  it('of a thousand connections served in one turn does not wait in a thousand buffers', async () => {
    let waiting = 0;
    let mostWaiting = 0;
    let sent = 0;
    for (let i = 0; i < 1000; i++) {
      enter();
      waiting++;
      mostWaiting = Math.max(mostWaiting, waiting);
      flushLater(
        stream(true, () => {
          waiting--;
          sent++;
        }),
      );
      leave();
    }
    assert.ok(mostWaiting <= 64, `${mostWaiting} streams waited`);
    await turnEnds();
    assert.equal(sent, 1000);
  });

  it('of streams that write again while a batch is sent leaves too', async () => {
    const sent: number[] = [];
    for (let i = 0; i < 300; i++) {
      enter();
      flushLater(
        stream(true, () => {
          sent.push(i);
          if (i < 5) flushLater(stream(true, () => sent.push(1000 + i)));
        }),
      );
      leave();
    }
    await turnEnds();
    await turnEnds();
    assert.equal(sent.length, 305);
    assert.equal(new Set(sent).size, 305);
  });

  it('that a flush causes is not lost, however much there is of it', async () => {
    const sent = new Map<string, number>();
    const note = (name: string) => sent.set(name, (sent.get(name) ?? 0) + 1);
    enter();
    for (let i = 0; i < 64; i++) {
      const drain = () => {
        note(`${i}`);
        // As the end of a stream's congestion does: others write in a callback of their own.
        enter();
        for (let j = 0; j < 8; j++) flushLater(stream(true, () => note(`${i}.${j}`)));
        leave();
      };
      flushLater(stream(true, drain));
    }
    leave();
    for (let i = 0; i < 20; i++) await turnEnds();
    assert.equal(sent.size, 64 * 9);
    assert.deepEqual(new Set(sent.values()), new Set([1]));
  });

  it('of one stream that trips over a bug does not keep that of others', async (t) => {
    // What is thrown later would end the test.
    const thrown = t.mock.method(globalThis, 'queueMicrotask', () => undefined);
    const sent: string[] = [];
    enter();
    for (const isBatching of [true, false]) {
      flushLater(
        stream(isBatching, () => {
          throw new Error('bug');
        }),
      );
      flushLater(stream(isBatching, () => sent.push(isBatching ? 'batched' : 'soon')));
    }
    leave();
    await turnEnds();
    assert.deepEqual(sent, ['soon', 'batched']);
    assert.equal(thrown.mock.callCount(), 2);
  });
});
