import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CoarseTimers } from '@weft/core';
import { FakeClock, seededRandom } from '@weft/testkit';
import { ClientDrain } from './client-drain.ts';
import type { Closable } from './connection-services.ts';

class Client implements Closable {
  asked = 0;

  drain(): void {
    this.asked++;
  }

  close(): void {}
}

function setUp(t: TestContext, count: number) {
  const clock = new FakeClock();
  const timers = new CoarseTimers({ clock, tickMs: 50 });
  t.after(() => timers.close());
  const clients = Array.from({ length: count }, () => new Client());
  const connections = new Set<Closable>(clients);
  let asked = 0;
  const onAsked = () => {
    asked++;
  };
  const drain = new ClientDrain({ connections, timers, random: seededRandom(1), onAsked });
  return { clock, timers, clients, connections, drain, asked: () => asked };
}

describe('clients that are to leave', () => {
  it('are asked at once, each of them once, and so are those who come later', (t) => {
    const { clients, drain, asked } = setUp(t, 3);
    drain.start(0);
    drain.start(0);
    assert.deepEqual(
      clients.map((client) => client.asked),
      [1, 1, 1],
    );
    const late = new Client();
    drain.admit(late);
    assert.equal(late.asked, 1);
    assert.equal(asked(), 4);
  });

  it('are asked little by little: the share of those who have been grows with the time', (t) => {
    const { clock, drain, asked } = setUp(t, 1000);
    drain.start(60_000);
    assert.equal(asked(), 0);
    for (const [seconds, least, most] of [
      [15, 180, 300],
      [30, 430, 550],
      [45, 680, 800],
    ] as const) {
      clock.advance(seconds * 1000 - clock.monotonic());
      assert.ok(asked() >= least && asked() <= most, `${asked()} after ${seconds} s`);
    }
    clock.advance(16_000);
    assert.equal(asked(), 1000);
  });

  it('include those who come meanwhile, and need not wait longer when they are asked again', (t) => {
    const { clock, drain, connections, asked } = setUp(t, 1);
    drain.start(10_000);
    const late = new Client();
    connections.add(late);
    drain.admit(late);
    assert.equal(late.asked, 0);
    clock.advance(6000);
    drain.start(10_000);
    clock.advance(5000);
    assert.equal(asked(), 2);
  });

  it('may have to leave at once after all, or may stay', (t) => {
    const first = setUp(t, 5);
    first.drain.start(10_000);
    first.drain.start(0);
    assert.equal(first.asked(), 5);
    const second = setUp(t, 5);
    second.drain.start(0);
    second.drain.stop();
    const late = new Client();
    second.drain.admit(late);
    assert.equal(late.asked, 0);
    assert.equal(second.timers.size, 0);
  });
});
