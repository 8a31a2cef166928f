import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { FieldHead } from '../../http/field-head.ts';
import { ResponseThrottle, type ThrottledStream } from './response-throttle.ts';

/** A throttle of 20 KiB a second, so 1 KiB a tick, and what comes through it. */
function throttled() {
  const clock = new FakeClock();
  const seen: string[] = [];
  let bytes = 0;
  const stream: ThrottledStream = {
    sendResponseData: (_bytes, start, end, isLast) => {
      bytes += end - start;
      if (isLast) seen.push('end');
      return true;
    },
    sendResponseTrailers: () => seen.push('trailers'),
    pauseResponse: (isPaused) => seen.push(isPaused ? 'pause' : 'resume'),
  };
  const throttle = new ResponseThrottle(stream, clock, 20);
  const add = (length: number, isLast = false) => throttle.add(Buffer.alloc(length), 0, length, isLast);
  return { clock, seen, throttle, add, passed: () => bytes };
}

describe('a response that is slowed down', () => {
  it('comes at its rate, and ends when all has come', () => {
    const { clock, seen, add, passed } = throttled();
    add(2500, true);
    clock.advance(0);
    assert.equal(passed(), 1024);
    clock.advance(50);
    assert.deepEqual([passed(), seen], [2048, []]);
    clock.advance(50);
    assert.deepEqual([passed(), seen], [2500, ['end']]);
    assert.equal(clock.pendingTimers, 0);
  });

  it('is followed by its trailers', () => {
    const { clock, seen, throttle, add, passed } = throttled();
    add(1500);
    throttle.addTrailers(FieldHead.fromPairs([['t', '1']]));
    clock.advance(0);
    assert.deepEqual(seen, []);
    clock.advance(50);
    assert.deepEqual([passed(), seen], [1500, ['trailers']]);
  });

  it('may end without anything', () => {
    const { clock, seen, add } = throttled();
    add(0, true);
    clock.advance(0);
    assert.deepEqual(seen, ['end']);
  });

  it('makes the upstream wait while much is kept', () => {
    const { clock, seen, throttle, add } = throttled();
    add(60_000);
    assert.deepEqual(seen, []);
    add(10_000);
    assert.deepEqual(seen, ['pause']);
    clock.advance(50 * 60);
    assert.deepEqual(seen, ['pause', 'resume']);
    throttle.stop();
    assert.equal(clock.pendingTimers, 0);
  });
});
