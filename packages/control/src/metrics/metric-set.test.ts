import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricSet } from './metric-set.ts';

test('metrics are written as Prometheus reads them', () => {
  const set = new MetricSet();
  const pushes = set.counter('pushes', 'How many.');
  const connected = set.gauge('connected', 'Now.');
  const times = set.histogram('seconds', 'How long.', [0.1, 1]);
  pushes.add(1, { type: 'cds' });
  pushes.add(2, { type: 'cds' });
  pushes.add(1, { type: 'a"\\\nb' });
  connected.set(3);
  connected.set(2);
  for (const value of [0.1, 0.5, 7]) times.record(value, { type: 'x' });
  assert.equal(
    set.format(),
    `# HELP pushes How many.
# TYPE pushes counter
pushes{type="cds"} 3
pushes{type="a\\"\\\\\\nb"} 1
# HELP connected Now.
# TYPE connected gauge
connected 2
# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{type="x",le="0.1"} 1
seconds_bucket{type="x",le="1"} 2
seconds_bucket{type="x",le="+Inf"} 3
seconds_sum{type="x"} 7.6
seconds_count{type="x"} 3
`,
  );
});

test('strangers cannot make more and more series', () => {
  const set = new MetricSet();
  const metric = set.counter('c', 'c');
  for (let i = 0; i < 5000; i++) metric.add(1, { i: String(i) });
  metric.add(1, { i: '0' });
  const lines = set.format().split('\n');
  assert.ok(lines.length < 1100);
  assert.ok(lines.includes('c{i="0"} 2'));
});
