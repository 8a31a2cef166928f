import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ALL_STATS, formatStats, StatsRegistry } from '@weft/telemetry';
import { createHttp1Stats } from '../http1/stats.ts';
import { createHttp2Stats } from '../http2/stats.ts';
import { http1StatsIn, http2StatsIn } from './codec-stats.ts';

it('every field of the codecs is a number in the registry', () => {
  const registry = new StatsRegistry();
  const scope = registry.scope('cluster', 'c');
  const http1 = http1StatsIn(scope.child('http1'));
  const http2 = http2StatsIn(scope.child('http2'));
  let count = 0;
  for (const name of Object.keys(createHttp1Stats()) as (keyof typeof http1)[]) http1[name] += ++count;
  for (const name of Object.keys(createHttp2Stats()) as (keyof typeof http2)[]) http2[name] += ++count;
  const lines = [...formatStats(registry, ALL_STATS)].join('').trim().split('\n');
  assert.equal(lines.length, count);
  assert.deepEqual(
    lines.map((line) => Number(line.split(': ')[1])).toSorted((a, b) => a - b),
    Array.from({ length: count }, (_, i) => i + 1),
  );
  assert.equal(http2.rxReset, 4);
  assert.ok(lines.includes('cluster.c.http2.rx_reset: 4'), lines.join('\n'));
});
