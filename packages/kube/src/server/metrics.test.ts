import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestMetrics } from './metrics.ts';

test('requests are counted by verb, resource and code, and timed by verb and resource', () => {
  const metrics = new RequestMetrics();
  metrics.observe({ verb: 'get', resource: 'pods' }, 200, 3);
  metrics.observe({ verb: 'get', resource: 'pods' }, 404, 30);
  metrics.observe({ verb: 'list', resource: 'pods' }, 200, 20_000);
  const lines = metrics.render().split('\n');
  const has = (line: string): void => assert.ok(lines.includes(line), `${line} is missing in\n${lines.join('\n')}`);
  has('apiserver_request_total{code="200",resource="pods",verb="GET"} 1');
  has('apiserver_request_total{code="404",resource="pods",verb="GET"} 1');
  has('apiserver_request_duration_seconds_bucket{resource="pods",verb="GET",le="0.005"} 1');
  has('apiserver_request_duration_seconds_bucket{resource="pods",verb="GET",le="0.025"} 1');
  has('apiserver_request_duration_seconds_bucket{resource="pods",verb="GET",le="0.05"} 2');
  has('apiserver_request_duration_seconds_bucket{resource="pods",verb="LIST",le="10"} 0');
  has('apiserver_request_duration_seconds_bucket{resource="pods",verb="LIST",le="+Inf"} 1');
  has('apiserver_request_duration_seconds_sum{resource="pods",verb="GET"} 0.033');
  has('apiserver_request_duration_seconds_count{resource="pods",verb="GET"} 2');
});

test('gauges are read when the page is', () => {
  const metrics = new RequestMetrics();
  let value = 1;
  metrics.addGauge({ name: 'weft_things', help: 'Things.', read: () => value });
  assert.match(metrics.render(), /# HELP weft_things Things\.\n# TYPE weft_things gauge\nweft_things 1\n/);
  value = 2;
  assert.match(metrics.render(), /\nweft_things 2\n/);
});

test('every line of the page is a comment or a sample, and every family has its type before it', () => {
  const metrics = new RequestMetrics();
  metrics.observe({ verb: 'create', resource: 'configmaps' }, 201, 1);
  metrics.addGauge({ name: 'weft_things', help: 'Things.', read: () => 0 });
  const typed = new Set<string>();
  for (const line of metrics.render().trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) typed.add(type[1]!);
    if (line.startsWith('#')) continue;
    const sample = /^([a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(?:[a-z]+="[^"]*",?)*\})? [0-9.e+-]+$/.exec(line);
    assert.ok(sample !== null && typed.has(sample[1]!), line);
  }
});
