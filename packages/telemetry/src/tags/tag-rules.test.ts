import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createLeafName, extendPrefix, type NamePart, ROOT_NAME } from '../names/stat-name.ts';
import { formatLabels, metricName } from '../output/prometheus-names.ts';
import { extractByRegex, fixedTag } from './tag-extractor.ts';
import { TagRules } from './tag-rules.ts';

const rules = new TagRules();

function seriesOf(name: string, tagRules = rules): string {
  const tagged = tagRules.extract(name, []);
  return `${metricName(tagged.name)}{${formatLabels(tagged.tags)}}`;
}

/** The series of a statistic whose scope and last part are made of pieces. */
function seriesOfParts(scope: readonly NamePart[], leaf: readonly NamePart[], tagRules = rules): string {
  const prefix = extendPrefix(ROOT_NAME, scope);
  const { text, tags } = createLeafName(leaf);
  const moved = tags.map((tag) => ({
    ...tag,
    start: tag.start + prefix.text.length,
    end: tag.end + prefix.text.length,
  }));
  const tagged = tagRules.extract(prefix.text + text, [...prefix.tags, ...moved]);
  return `${metricName(tagged.name)}{${formatLabels(tagged.tags)}}`;
}

test('names without known tags become the series that Envoy 1.40 makes of them', () => {
  const lines = readFileSync(new URL('../testdata/envoy/tags.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  assert.ok(lines.length > 100);
  for (const line of lines) {
    const [name = '', series] = line.split('\t');
    assert.equal(seriesOf(name), series);
  }
});

test('a known tag keeps its dots, and response codes are tags too', () => {
  const scope = ['cluster', { tag: 'envoy.cluster_name', value: 'a.b.c' }];
  assert.equal(
    seriesOfParts(scope, ['upstream_rq_total']),
    'envoy_cluster_upstream_rq_total{envoy_cluster_name="a.b.c"}',
  );
  assert.equal(
    seriesOfParts(scope, ['upstream_rq_503']),
    'envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="a.b.c"}',
  );
  assert.equal(
    seriesOfParts([...scope, 'external'], ['upstream_rq_5xx']),
    'envoy_cluster_external_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="a.b.c"}',
  );
});

test('a tag may be the last part of a name', () => {
  const scope = ['listener', { tag: 'envoy.listener_address', value: '[::1]:80' }, 'ssl'];
  const series = 'envoy_listener_ssl_ciphers{envoy_ssl_cipher="AES",envoy_listener_address="[__1]_80"}';
  assert.equal(seriesOfParts(scope, ['ciphers', { tag: 'envoy.ssl_cipher', value: 'AES' }]), series);
  assert.equal(seriesOfParts([...scope, 'ciphers'], [{ tag: 'envoy.ssl_cipher', value: 'AES' }]), series);
});

test('configured tags are taken out of the whole name, beside the others', () => {
  const custom = [
    fixedTag('fix.ed', 'a"b\\c'),
    extractByRegex('la', '^cluster(?=\\.).*?\\.((membership)_)'),
    extractByRegex('cluster_name', '^cluster\\.((.+?(\\..+?\\.svc)?)\\.)'),
  ];
  assert.equal(
    seriesOf('cluster.dotted.c.three.membership_total', new TagRules({ custom })),
    'envoy_cluster_c_three_total{fix_ed="a\\"b\\\\c",envoy_cluster_name="dotted",la="membership",cluster_name="dotted"}',
  );
  assert.equal(
    seriesOf(
      'cluster.outbound|80||foo.ns.svc.upstream_cx_total',
      new TagRules({ custom: custom.slice(2), defaults: new Set() }),
    ),
    'envoy_cluster_upstream_cx_total{cluster_name="outbound|80||foo.ns.svc"}',
  );
});

test('without the default tags, known ones stay in the name unless they are asked for', () => {
  const scope = ['cluster', { tag: 'envoy.cluster_name', value: 'foo' }];
  assert.equal(
    seriesOfParts(scope, ['x_rq_200'], new TagRules({ defaults: new Set() })),
    'envoy_cluster_foo_x_rq_200{}',
  );
  const some = new TagRules({ defaults: new Set(['envoy.cluster_name']) });
  assert.equal(seriesOfParts(scope, ['x_rq_200'], some), 'envoy_cluster_x_rq_200{envoy_cluster_name="foo"}');
});
