import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineBlock } from '../registry/definition.ts';
import { ResponseCodeStats } from '../registry/response-codes.ts';
import { StatsRegistry } from '../registry/stats-registry.ts';
import { fixedTag } from '../tags/tag-extractor.ts';
import { TagRules } from '../tags/tag-rules.ts';
import { formatStats } from './format-stats.ts';
import { ALL_STATS, type StatsQuery } from './stats-query.ts';
import { DEFAULT_STATS_RULES, type StatsRules } from './stats-rules.ts';

const CLUSTER = defineBlock({
  counters: ['upstream_rq_total'],
  gauges: ['upstream_cx_active'],
  histograms: { upstream_rq_time: 'ms', budget_used: 'percent' },
  texts: ['note'],
});

function show(
  registry: StatsRegistry,
  query: Partial<StatsQuery> = {},
  rules: StatsRules = DEFAULT_STATS_RULES,
): string {
  return [...formatStats(registry, { ...ALL_STATS, format: 'prometheus', ...query }, rules)].join('');
}

interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A small reader of the text format, written after its specification alone; throws at what is not allowed. */
function parseExposition(text: string): { types: Map<string, string>; samples: Sample[] } {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const finished = new Set<string>();
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      const [, metric = '', kind = ''] = type;
      if (types.has(metric)) throw new Error(`second TYPE of ${metric}`);
      finished.add(current);
      current = metric;
      types.set(metric, kind);
      continue;
    }
    const [, metric = '', body = '', value = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)$/.exec(line) ?? [];
    const family = types.has(metric) ? metric : metric.replace(/_(bucket|sum|count)$/, '');
    if (family !== current || finished.has(family)) throw new Error(`not in the group of its metric: ${line}`);
    if (value !== 'NaN' && Number.isNaN(Number(value))) throw new Error(`not a number: ${line}`);
    samples.push({ metric, labels: parseLabels(body), value: Number(value) });
  }
  return { types, samples };
}

function parseLabels(body: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = body;
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (match === null) throw new Error(`bad labels: ${body}`);
    const [all, name = '', value = ''] = match;
    if (labels[name] !== undefined) throw new Error(`label ${name} twice: ${body}`);
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(all.length);
  }
  return labels;
}

test('clusters become one metric with labels, histograms have buckets, sum and count', () => {
  const registry = new StatsRegistry();
  for (const name of ['b.c', 'a']) {
    const scope = registry.scope('cluster', { tag: 'envoy.cluster_name', value: name });
    scope.block(CLUSTER).inc(CLUSTER.at.upstream_rq_total);
    for (let i = 0; i < 3; i++) scope.block(CLUSTER).histogram(CLUSTER.histogramAt.upstream_rq_time).record(9);
    new ResponseCodeStats(scope, 'upstream_rq').charge(200);
  }
  registry.scope('server').gauge('live').set(1);
  registry.flush();
  const rules = { ...DEFAULT_STATS_RULES, bucketsOf: () => [0.5, 10] };
  assert.equal(
    show(registry, { filter: (name) => !name.includes('budget') }, rules),
    `# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="a"} 1
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="b.c"} 1
# TYPE envoy_cluster_upstream_rq_completed counter
envoy_cluster_upstream_rq_completed{envoy_cluster_name="a"} 1
envoy_cluster_upstream_rq_completed{envoy_cluster_name="b.c"} 1
# TYPE envoy_cluster_upstream_rq_total counter
envoy_cluster_upstream_rq_total{envoy_cluster_name="a"} 1
envoy_cluster_upstream_rq_total{envoy_cluster_name="b.c"} 1
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="a"} 1
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="b.c"} 1
# TYPE envoy_cluster_upstream_cx_active gauge
envoy_cluster_upstream_cx_active{envoy_cluster_name="a"} 0
envoy_cluster_upstream_cx_active{envoy_cluster_name="b.c"} 0
# TYPE envoy_server_live gauge
envoy_server_live{} 1
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="0.5"} 0
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="10"} 3
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="+Inf"} 3
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="a"} 27.149171270718234438845684053376
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="a"} 3
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b.c",le="0.5"} 0
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b.c",le="10"} 3
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b.c",le="+Inf"} 3
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="b.c"} 27.149171270718234438845684053376
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="b.c"} 3
`,
  );
});

test('summaries are of the last interval, and percentages are shown as fractions', () => {
  const registry = new StatsRegistry();
  const histogram = registry.scope('a').histogram('percent', 'h');
  for (let i = 0; i < 4; i++) histogram.recordFraction(0.5);
  registry.flush();
  const text = show(registry, { buckets: 'summary' });
  assert.match(text, /^# TYPE envoy_a_h summary\nenvoy_a_h\{quantile="0"\} 0.502\d*\n/);
  assert.match(text, /\nenvoy_a_h_count\{\} 4\n$/);
  assert.match(show(registry), /envoy_a_h_bucket\{le="0.5"\} 4\n/);
  registry.flush();
  assert.match(show(registry, { buckets: 'summary' }), /^[^\n]*\nenvoy_a_h\{quantile="0"\} NaN\n/);
});

test('texts are labels, if they are asked for', () => {
  const registry = new StatsRegistry();
  registry.scope('server').text('state').set('a "b"\nc');
  assert.equal(show(registry), '');
  const expected = '# TYPE envoy_server_state gauge\nenvoy_server_state{text_value="a \\"b\\"\\nc"} 0\n';
  assert.equal(show(registry, { textReadouts: true }), expected);
});

test('whatever the names are, a reader of the format gets back every number, with and without configured tags', () => {
  const value = fc.oneof(fc.constantFrom('a', 'b.c', 'x"y', 'x\\y', 'x\ny', 'x-y', 'x|y'), fc.string({ minLength: 1 }));
  const named = fc.uniqueArray(fc.tuple(value, fc.nat(), fc.nat(1e6)), {
    selector: ([name]) => new StatsRegistry().scope({ tag: 't', value: name }).name.text,
    maxLength: 12,
  });
  const rules = [
    DEFAULT_STATS_RULES,
    { ...DEFAULT_STATS_RULES, tags: new TagRules({ custom: [fixedTag('z.o', '"')] }) },
  ];
  fc.assert(
    fc.property(named, (clusters) => {
      const registry = new StatsRegistry();
      const expected: [string | undefined, number, number][] = [];
      for (const [name, total, time] of clusters) {
        const scope = registry.scope('cluster', { tag: 'envoy.cluster_name', value: name });
        scope.block(CLUSTER).set(CLUSTER.at.upstream_rq_total, total);
        scope.block(CLUSTER).histogram(CLUSTER.histogramAt.upstream_rq_time).record(time);
        expected.push([scope.name.tags[0]?.value, total, 1]);
      }
      registry.flush();
      for (const rule of rules) {
        const { samples, types } = parseExposition(show(registry, {}, rule));
        const find = (metric: string, label: string | undefined) =>
          samples.filter((sample) => sample.metric === metric && sample.labels['envoy_cluster_name'] === label);
        for (const [label, total, count] of expected) {
          assert.deepEqual(
            find('envoy_cluster_upstream_rq_total', label).map((sample) => sample.value),
            [total],
          );
          assert.deepEqual(
            find('envoy_cluster_upstream_rq_time_count', label).map((sample) => sample.value),
            [count],
          );
          const buckets = find('envoy_cluster_upstream_rq_time_bucket', label);
          assert.deepEqual(
            buckets.map((sample) => Number(sample.labels['le'])),
            [...rule.bucketsOf(''), Number.NaN],
          );
          assert.deepEqual(
            buckets.map((sample) => sample.value),
            buckets.map((sample) => sample.value).toSorted((a, b) => a - b),
          );
        }
        assert.equal(types.get('envoy_cluster_upstream_rq_time'), clusters.length === 0 ? undefined : 'histogram');
        if (rule !== DEFAULT_STATS_RULES) assert.ok(samples.every((sample) => sample.labels['z_o'] === '"'));
      }
    }),
  );
});
