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
});
