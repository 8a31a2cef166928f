import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineBlock, formatStats, parseStatsQuery, StatsRegistry, type StatsView } from '@weft/telemetry';
import { InheritedCounters, takeCounters } from './inherited-counters.ts';

function show(view: StatsView): string {
  const query = parseStatsQuery(new URLSearchParams('usedonly'), () => ({ kind: 'err', error: '' }));
  assert.equal(query.kind, 'ok');
  return query.kind === 'ok' ? [...formatStats(view, query.value)].join('') : '';
}

function create(counters: readonly string[]) {
  const registry = new StatsRegistry();
  const definition = defineBlock({ counters, gauges: ['active'] });
  const block = registry.scope('app').block(definition);
  return {
    registry,
    inc: (name: string) => block.inc(definition.at[name]!),
    setActive: () => block.inc(definition.at['active']!),
  };
}

test('counters go on where the process before left them, whatever they are grouped with, and gauges begin anew', () => {
  const before = create(['a', 'b']);
  before.inc('a');
  before.inc('a');
  before.setActive();
  const after = create(['c', 'b', 'a']);
  const inherited = new InheritedCounters();
  assert.equal(inherited.over(after.registry), after.registry);
  inherited.take(takeCounters(before.registry));
  assert.equal(show(inherited.over(after.registry)), 'app.a: 2\n');
  after.inc('a');
  after.inc('c');
  assert.equal(show(inherited.over(after.registry)), 'app.a: 3\napp.c: 1\n');
  // What the process before counts while its clients leave.
  before.inc('b');
  inherited.take(takeCounters(before.registry));
  assert.equal(show(inherited.over(after.registry)), 'app.a: 3\napp.b: 1\napp.c: 1\n');
  assert.deepEqual(takeCounters(inherited.over(after.registry)).length, 3);
  inherited.reset();
  assert.equal(show(inherited.over(after.registry)), 'app.a: 1\napp.c: 1\n');
});
