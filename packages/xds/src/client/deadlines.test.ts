import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('ring in time, those of one moment together, with one timer for all', () => {
    const clock = new FakeClock();
    const rung: [number, readonly string[]][] = [];
    const deadlines = new Deadlines(clock, (names) => rung.push([clock.monotonic(), names]));
    deadlines.set('late', 30);
    deadlines.set('b', 10);
    deadlines.set('a', 10);
    assert.equal(clock.pendingTimers, 1);
    clock.advance(100);
    assert.deepEqual(rung, [
      [10, ['b', 'a']],
      [30, ['late']],
    ]);
    assert.equal(clock.pendingTimers, 0);
  });

  it('can be renewed, dropped and cleared', () => {
    const clock = new FakeClock();
    const rung: string[] = [];
    const deadlines = new Deadlines(clock, (names) => rung.push(...names));
    for (const name of ['renewed', 'dropped', 'unwanted', 'kept']) deadlines.set(name, 10);
    clock.advance(5);
    deadlines.set('renewed', 10);
    deadlines.delete('dropped');
    deadlines.retain((name) => name !== 'unwanted');
    clock.advance(5);
    assert.deepEqual(rung, ['kept']);
    clock.advance(5);
    assert.deepEqual(rung, ['kept', 'renewed']);
    deadlines.set('cleared', 10);
    deadlines.clear();
    assert.equal(clock.pendingTimers, 0);
  });
});
