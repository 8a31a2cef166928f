import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EdfQueue } from './edf-queue.ts';
import { createPicker, type PickPolicy } from './host-picker.ts';
import { type HostHealth, type LoadBalancedHost, LoadBalancer, type LoadBalancerOptions } from './load-balancer.ts';
import { choosePriority, spreadLoad } from './priority-load.ts';

interface Host extends LoadBalancedHost {
  readonly name: string;
}

const host = (name: string, extra: Partial<Host> = {}): Host => ({
  name,
  weight: 1,
  activeRequests: 0,
  health: 'healthy',
  ...extra,
});

const OPTIONS: LoadBalancerOptions = {
  policy: { kind: 'roundRobin' },
  panicPct: 50,
  overprovisioningPct: 140,
  isLocalityWeighted: false,
  failsOnPanic: false,
  seed: 0,
};

/** The same numbers in every run. */
function randomSource(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function count(names: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? 'none'] = (counts[name ?? 'none'] ?? 0) + 1;
  return counts;
}

function picks(balancer: LoadBalancer<Host>, times: number): Record<string, number> {
  const random = randomSource();
  return count(Array.from({ length: times }, () => balancer.pick(random)?.name));
}

function one(hosts: readonly Host[], options: Partial<LoadBalancerOptions> = {}): LoadBalancer<Host> {
  return new LoadBalancer([{ localities: [{ hosts, weight: 0 }] }], { ...OPTIONS, ...options });
}

describe('the spread over priorities', () => {
  const health = (healthy: number, total = 100, degraded = 0) => ({ total, healthy, degraded });

  // The table of Envoy's documentation, "Priority levels".
  for (const [p0, p1, load0, load1] of [
    [100, 100, 100, 0],
    [72, 100, 100, 0],
    [71, 100, 99, 1],
    [50, 100, 70, 30],
    [25, 100, 35, 65],
    [0, 100, 0, 100],
  ] as const) {
    it(`${p0} % and ${p1} % healthy get ${load0} and ${load1}`, () => {
      assert.deepEqual(spreadLoad([health(p0), health(p1)], 50).healthy, [load0, load1]);
    });
  }

  it('is scaled up when all priorities together are not healthy enough', () => {
    assert.deepEqual(spreadLoad([health(20), health(20)], 0).healthy, [50, 50]);
    assert.deepEqual(spreadLoad([health(5), health(15)], 0).healthy, [25, 75]);
  });

  it('uses degraded hosts for what healthy ones cannot take', () => {
    const loads = spreadLoad([health(20, 100, 80)], 50);
    assert.deepEqual([loads.healthy, loads.degraded, loads.isPanic], [[28], [72], [false]]);
  });

  it('panics only when the priorities together cannot take the load', () => {
    assert.deepEqual(spreadLoad([health(20), health(100)], 50).isPanic, [false, false]);
    assert.deepEqual(spreadLoad([health(20), health(20)], 50).isPanic, [true, true]);
    assert.deepEqual(spreadLoad([health(0)], 0).healthy, [0]);
    assert.deepEqual(spreadLoad([health(0)], 50).healthy, [100]);
  });

  it('always adds up to 100 where there is anyone to take it', () => {
    const priority = fc
      .record({ total: fc.integer({ min: 0, max: 50 }), healthy: fc.nat(50), degraded: fc.nat(50) })
      .map(({ total, healthy, degraded }) => ({
        total,
        healthy: Math.min(healthy, total),
        degraded: Math.min(degraded, Math.max(0, total - healthy)),
      }));
    fc.assert(
      fc.property(
        fc.array(priority, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 100 }),
        (all, panic) => {
          const { healthy, degraded } = spreadLoad(all, panic);
          const sum = [...healthy, ...degraded].reduce((a, b) => a + b, 0);
          const isAnyAvailable = all.some(
            (each) =>
              Math.floor((140 * each.healthy) / each.total) > 0 || Math.floor((140 * each.degraded) / each.total) > 0,
          );
          const isAnyone = isAnyAvailable || (panic > 0 && all.some((each) => each.total > 0));
          assert.equal(sum, isAnyone ? 100 : 0);
        },
      ),
    );
  });

  it('chooses by percentile', () => {
    const loads = { healthy: [30, 0], degraded: [0, 70], isPanic: [false, false] };
    assert.deepEqual(choosePriority(loads, 29), { priority: 0, isDegraded: false });
    assert.deepEqual(choosePriority(loads, 30), { priority: 1, isDegraded: true });
    assert.equal(choosePriority({ healthy: [0], degraded: [0], isPanic: [false] }, 0), undefined);
  });
});

describe('weighted turns', () => {
  it('give everybody exactly its share over a whole round', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.nat(20), (all, skip) => {
        const queue = new EdfQueue(
          all.map((weight, i) => ({ weight, i })),
          (item) => item.weight,
          skip,
        );
        const round = all.reduce((a, b) => a + b, 0);
        const counts = new Array<number>(all.length).fill(0);
        const rounds = 50;
        for (let i = 0; i < round * rounds; i++) counts[queue.next()!.i]! += 1;
        for (const [i, times] of counts.entries()) {
          assert.ok(Math.abs(times - all[i]! * rounds) <= 2, `${times} of ${all[i]! * rounds}`);
        }
      }),
    );
  });
});

describe('the policies', () => {
  const hosts = [host('a'), host('b'), host('c')];

  it('round robin takes one after the other', () => {
    const picker = createPicker({ kind: 'roundRobin' }, hosts, 1);
    assert.deepEqual(
      Array.from({ length: 5 }, () => picker.pick(Math.random).name),
      ['b', 'c', 'a', 'b', 'c'],
    );
  });

  it('round robin with weights keeps the shares', () => {
    assert.deepEqual(picks(one([host('a', { weight: 3 }), host('b')]), 400), { a: 300, b: 100 });
  });

  it('random is even', () => {
    const counts = picks(one(hosts, { policy: { kind: 'random' } }), 3000);
    for (const { name } of hosts) assert.ok(Math.abs(counts[name]! - 1000) < 120, `${name}: ${counts[name]}`);
  });

  it('least request avoids the busy', () => {
    const policy: PickPolicy = { kind: 'leastRequest', choices: 2, activeBias: 1 };
    const counts = picks(one([host('busy', { activeRequests: 10 }), host('b'), host('c')], { policy }), 3000);
    // It is chosen only when both draws hit it.
    assert.ok(counts['busy']! < 3000 / 6, `busy: ${counts['busy']}`);
  });

  it('least request with weights divides them by the requests under way', () => {
    const policy: PickPolicy = { kind: 'leastRequest', choices: 2, activeBias: 1 };
    const counts = picks(one([host('a', { weight: 4, activeRequests: 3 }), host('b', { weight: 1 })], { policy }), 400);
    assert.ok(Math.abs(counts['a']! - 200) <= 2, `a: ${counts['a']}`);
  });
});

describe('a load balancer', () => {
  const withHealth = (name: string, health: HostHealth) => host(name, { health });

  it('leaves unhealthy hosts out, and everybody in when there are too few healthy ones', () => {
    assert.deepEqual(picks(one([host('a'), host('b'), withHealth('c', 'unhealthy')]), 300), { a: 150, b: 150 });
    const panic = one([host('a'), withHealth('b', 'unhealthy'), withHealth('c', 'unhealthy')]);
    assert.ok(panic.isPanic);
    assert.deepEqual(picks(panic, 300), { a: 100, b: 100, c: 100 });
    assert.deepEqual(picks(one([withHealth('a', 'unhealthy')], { panicPct: 0 }), 3), { none: 3 });
    assert.deepEqual(picks(one([withHealth('a', 'unhealthy')], { failsOnPanic: true }), 3), { none: 3 });
    assert.deepEqual(picks(one([]), 3), { none: 3 });
  });

  it('goes to the next priority as the first one fails', () => {
    const balancer = new LoadBalancer(
      [
        { localities: [{ hosts: [host('a'), withHealth('b', 'unhealthy')], weight: 0 }] },
        { localities: [{ hosts: [host('z')], weight: 0 }] },
      ],
      OPTIONS,
    );
    const counts = picks(balancer, 10_000);
    assert.ok(Math.abs(counts['a']! - 7000) < 300, `a: ${counts['a']}`);
    assert.equal(counts['b'], undefined);
  });

  it('gives localities their weights, less what is not available there', () => {
    const options = { ...OPTIONS, isLocalityWeighted: true, overprovisioningPct: 100 };
    const balancer = new LoadBalancer(
      [
        {
          localities: [
            { hosts: [host('a')], weight: 1 },
            { hosts: [host('b'), withHealth('c', 'unhealthy')], weight: 6 },
            { hosts: [host('never')], weight: 0 },
          ],
        },
      ],
      options,
    );
    assert.deepEqual(picks(balancer, 400), { a: 100, b: 300 });
  });
});
