import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { type Deadlined, Deadlines } from './deadlines.ts';

class Item implements Deadlined {
  deadlineMs: number;
  deadlineSlot = -1;
  readonly fired: number[] = [];
  readonly #then: ((item: Item) => void) | undefined;

  constructor(deadlineMs: number, then?: (item: Item) => void) {
    this.deadlineMs = deadlineMs;
    this.#then = then;
  }

  onDeadline(nowMs: number): void {
    this.fired.push(nowMs);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#then?.(this);
  }
}

function setUp() {
  const clock = new FakeClock();
  return { clock, deadlines: new Deadlines(clock), now: () => clock.monotonic() };
}

test('a deadline comes once, within the grain of time', () => {
  const { clock, deadlines, now } = setUp();
  const item = new Item(now() + 100);
  deadlines.add(item);
  clock.advance(99);
  assert.equal(item.fired.length, 0);
  clock.advance(20);
  assert.equal(item.fired.length, 1);
  clock.advance(1000);
  assert.equal(item.fired.length, 1);
});

test('a deadline that is put off comes later, and a removed one never', () => {
  const { clock, deadlines, now } = setUp();
  const [kept, removed] = [new Item(now() + 100), new Item(now() + 100)];
  deadlines.add(kept);
  deadlines.add(removed);
  kept.deadlineMs = now() + 300;
  deadlines.remove(removed);
  deadlines.remove(removed);
  clock.advance(250);
  assert.equal(kept.fired.length + removed.fired.length, 0);
  clock.advance(70);
  assert.deepEqual([kept.fired.length, removed.fired.length, deadlines.size], [1, 0, 1]);
});

test('a deadline that is brought forward is not missed', () => {
  const { clock, deadlines, now } = setUp();
  const item = new Item(now() + 10_000);
  deadlines.add(item);
  item.deadlineMs = now() + 50;
  deadlines.bringForward(item);
  clock.advance(70);
  assert.equal(item.fired.length, 1);
});

test('items may leave, and others come, while deadlines are met', () => {
  const { clock, deadlines, now } = setUp();
  const late = new Item(now() + 500);
  const first = new Item(now() + 50, (item) => {
    deadlines.remove(item);
    deadlines.remove(second);
    deadlines.add(late);
  });
  const second = new Item(now() + 50);
  deadlines.add(second);
  deadlines.add(first);
  clock.advance(100);
  assert.deepEqual([first.fired.length, second.fired.length, deadlines.size], [1, 0, 1]);
  clock.advance(500);
  assert.equal(late.fired.length, 1);
});

test('whatever is added and removed, every item that stays comes due once and none comes early', () => {
  const step = fc.record({
    at: fc.integer({ min: 1, max: 2000 }),
    isRemoved: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { clock, deadlines, now } = setUp();
      const kept: { item: Item; due: number }[] = [];
      for (const { at, isRemoved, waitMs } of steps) {
        const due = now() + at;
        const item = new Item(due);
        deadlines.add(item);
        if (isRemoved) deadlines.remove(item);
        else kept.push({ item, due });
        clock.advance(waitMs);
      }
      clock.advance(3000);
      for (const { item, due } of kept) {
        assert.equal(item.fired.length, 1);
        assert.ok(item.fired[0]! >= due && item.fired[0]! <= due + 20, `${due} came at ${item.fired[0]}`);
      }
    }),
    { numRuns: 50 },
  );
});
