import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { enter, leave } from './turn.ts';
import { TurnClock } from './turn-clock.ts';

test('time stands still within a callback, and goes on with the next', () => {
  const fake = new FakeClock();
  const clock = new TurnClock(fake);
  const start = fake.monotonic();
  enter();
  assert.equal(clock.monotonic(), start);
  fake.advance(10);
  assert.equal(clock.monotonic(), start);
  enter();
  assert.equal(clock.monotonic(), start, 'a callback within the callback is part of it');
  leave();
  leave();
  assert.equal(clock.monotonic(), start + 10, 'outside of callbacks it is the real one');
  enter();
  assert.equal(clock.monotonic(), start + 10);
  leave();
});

test('wall-clock time follows the clock that is set, after a second', () => {
  let ahead = 1_000_000;
  const fake = new FakeClock();
  const clock = new TurnClock({
    monotonic: () => fake.monotonic(),
    now: () => fake.monotonic() + ahead,
    setTimer: (ms, fn) => fake.setTimer(ms, fn),
  });
  assert.equal(clock.now() - fake.monotonic(), 1_000_000);
  ahead = 2_000_000;
  fake.advance(500);
  assert.equal(clock.now() - fake.monotonic(), 1_000_000);
  fake.advance(500);
  assert.equal(clock.now() - fake.monotonic(), 2_000_000);
});
