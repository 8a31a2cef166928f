import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineBlock } from './definition.ts';
import { ResponseCodeStats } from './response-codes.ts';
import { isUsed } from './stat-group.ts';
import { StatsRegistry } from './stats-registry.ts';

const CLUSTER = defineBlock({
  counters: ['upstream_rq_total', 'upstream_cx_total'],
  gauges: ['upstream_cx_active'],
  sharedGauges: ['membership_total'],
  histograms: { upstream_rq_time: 'ms' },
  texts: ['note'],
});

/** Names and numbers of everything that a registry shows. */
function numbersOf(registry: StatsRegistry): Record<string, number> {
  const seen: Record<string, number> = {};
  for (const scope of registry.scopes) {
    for (const group of scope.groups()) {
      for (const { name, slot } of group.definition.numbers) {
        seen[scope.name.text + name.text] = group.numberAt(slot);
      }
    }
  }
  return seen;
}

test('a block counts in the slots of its definition', () => {
  const registry = new StatsRegistry();
  const block = registry.scope('cluster', { tag: 'envoy.cluster_name', value: 'foo' }).block(CLUSTER);
  block.values[CLUSTER.at.upstream_rq_total]! += 2;
  block.inc(CLUSTER.at.upstream_cx_active);
  block.dec(CLUSTER.at.upstream_cx_active);
  block.set(CLUSTER.at.membership_total, 3);
  assert.deepEqual(numbersOf(registry), {
    'cluster.foo.membership_total': 3,
    'cluster.foo.upstream_cx_active': 0,
    'cluster.foo.upstream_cx_total': -0,
    'cluster.foo.upstream_rq_total': 2,
  });
});

test('what was written once stays used, even when it is 0 again', () => {
  const registry = new StatsRegistry();
  const scope = registry.scope('cluster', 'foo');
  const block = scope.block(CLUSTER);
  assert.equal(isUsed(block.numberAt(CLUSTER.at.upstream_cx_active)), false);
  block.inc(CLUSTER.at.upstream_cx_active);
  block.dec(CLUSTER.at.upstream_cx_active);
  assert.equal(isUsed(block.numberAt(CLUSTER.at.upstream_cx_active)), true);
  block.set(CLUSTER.at.membership_total, -0);
  assert.equal(isUsed(block.numberAt(CLUSTER.at.membership_total)), true);
  const gauge = scope.gauge('g');
  assert.equal(isUsed(gauge.numberAt()), false);
  gauge.set(0);
  assert.equal(isUsed(gauge.numberAt()), true);
});

test('resetting puts counters to 0, keeps them used and leaves gauges and what nobody used', () => {
  const registry = new StatsRegistry();
  const scope = registry.scope('cluster', 'foo');
  const block = scope.block(CLUSTER);
  const counter = scope.counter('upstream_rq_503');
  counter.add(4);
  block.add(CLUSTER.at.upstream_rq_total, 4);
  block.inc(CLUSTER.at.upstream_cx_active);
  registry.resetCounters();
  assert.equal(counter.value, 0);
  assert.equal(block.numberAt(CLUSTER.at.upstream_rq_total), 0);
  assert.equal(block.numberAt(CLUSTER.at.upstream_cx_active), 1);
  assert.equal(isUsed(block.numberAt(CLUSTER.at.upstream_rq_total)), true);
  assert.equal(isUsed(block.numberAt(CLUSTER.at.upstream_cx_total)), false);
});

test('one name is one statistic, whoever asks', () => {
  const registry = new StatsRegistry();
  const one = registry.scope('cluster', 'foo');
  const other = registry.scope('cluster').child('foo');
  assert.equal(one.block(CLUSTER), other.block(CLUSTER));
  assert.equal(one.counter('x.y'), other.counter('x', 'y'));
  assert.equal(one.histogram('ms', 'h'), other.histogram('ms', 'h'));
  assert.notEqual(one.counter('z'), other.gauge('z') as unknown);
});

test('statistics go with the last scope of their name and handles keep working', () => {
  const registry = new StatsRegistry();
  const one = registry.scope('cluster', 'foo');
  const other = registry.scope('cluster', 'foo');
  const counter = one.counter('n');
  one.close();
  one.close();
  counter.inc();
  assert.deepEqual(numbersOf(registry), { 'cluster.foo.n': 1 });
  other.close();
  counter.inc();
  one.block(CLUSTER).histogram(CLUSTER.histogramAt.upstream_rq_time).record(1);
  registry.flush();
  assert.deepEqual(numbersOf(registry), {});
  assert.equal(registry.size, 0);
  const again = registry.scope('cluster', 'foo').counter('n');
  assert.equal(again.value, 0);
  assert.equal(counter.value, 2);
});

test('scopes below one go with it, unless somebody else holds them', () => {
  const registry = new StatsRegistry();
  const parent = registry.scope('cluster', 'foo');
  parent.child('ssl').child('versions').counter('n').inc();
  parent.child('shared').counter('n').inc();
  registry.scope('cluster', 'foo', 'shared');
  parent.close();
  assert.deepEqual(numbersOf(registry), { 'cluster.foo.shared.n': 1 });
});

test('a scope below one may go earlier, and only once', () => {
  const registry = new StatsRegistry();
  const parent = registry.scope('cluster', 'foo');
  const child = parent.child('ssl');
  child.counter('n').inc();
  child.close();
  assert.deepEqual(numbersOf(registry), {});
  const again = registry.scope('cluster', 'foo', 'ssl');
  again.counter('n').inc();
  parent.close();
  assert.deepEqual(numbersOf(registry), { 'cluster.foo.ssl.n': 1 });
});

test('beyond the limit statistics work but are not shown, and the refused ones are counted', () => {
  const registry = new StatsRegistry({ maxStats: 7 });
  registry.scope('a').block(CLUSTER);
  assert.equal(registry.size, 6);
  const refused = registry.scope('b').block(CLUSTER);
  refused.inc(CLUSTER.at.upstream_rq_total);
  assert.equal(refused.numberAt(CLUSTER.at.upstream_rq_total), 1);
  assert.equal(registry.refused, 6);
  registry.scope('a').counter('last').inc();
  registry.scope('a').counter('one too many').inc();
  assert.equal(registry.refused, 7);
  assert.equal(registry.size, 7 + 1);
  assert.equal(numbersOf(registry)['stats.overflow'], 7);
  assert.ok(!Object.keys(numbersOf(registry)).some((name) => name.startsWith('b.')));
});

test('names are cleaned of colons, slashes, NUL and outer dots', () => {
  const registry = new StatsRegistry();
  registry.scope('cluster', 'http://[::1]:80/x').counter('n').inc();
  registry.scope('http', '.in.', '').counter('.n\0.').inc();
  assert.deepEqual(Object.keys(numbersOf(registry)), ['cluster.http___[__1]_80_x.n', 'http.in.n_']);
});

test('a single statistic has the tags that its pieces say, whatever another of that name had', () => {
  const registry = new StatsRegistry();
  registry.scope('a').counter('x', 'y').inc();
  registry.scope('b').counter('x', { tag: 't', value: 'y' }).inc();
  const tags = registry.scopes.map((scope) =>
    Array.from(scope.groups(), (group) => group.definition.counters[0]?.name.tags.length),
  );
  assert.deepEqual(tags, [[0], [1]]);
});

test('a definition refuses a name that is there twice or not clean', () => {
  assert.throws(() => defineBlock({ counters: ['a:b'] }), /"a:b" is no name/);
  assert.throws(() => defineBlock({ counters: ['a'], gauges: ['a'] }), /"a" is declared twice/);
});

test('response codes are counted by code, class and in all, each from its first use on', () => {
  const registry = new StatsRegistry();
  const codes = new ResponseCodeStats(registry.scope('cluster', 'foo'), 'upstream_rq');
  assert.deepEqual(numbersOf(registry), {});
  for (const code of [200, 204, 200, 503, 999, 0]) codes.charge(code);
  assert.deepEqual(numbersOf(registry), {
    'cluster.foo.upstream_rq_completed': 6,
    'cluster.foo.upstream_rq_200': 2,
    'cluster.foo.upstream_rq_2xx': 3,
    'cluster.foo.upstream_rq_204': 1,
    'cluster.foo.upstream_rq_503': 1,
    'cluster.foo.upstream_rq_5xx': 1,
  });
});
