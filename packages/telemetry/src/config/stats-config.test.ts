import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '@weft/core';
import { DEFAULT_BUCKETS } from '../histogram/statistics.ts';
import { type CompileMatcher, compileStatsConfig, type StatsConfigInput } from './stats-config.ts';

/** Stands for string matchers: a prefix. */
const compilePrefix: CompileMatcher<string> = (prefix, path) =>
  prefix === 'bad' ? err([{ path, reason: 'is bad' }]) : ok((text) => text.startsWith(prefix));

function compile(config: Partial<StatsConfigInput<string>>) {
  return compileStatsConfig({ statsTags: [], histogramBucketSettings: [], ...config }, 'stats_config', compilePrefix);
}

function rulesOf(config: Partial<StatsConfigInput<string>>) {
  const result = compile(config);
  assert.equal(result.kind, 'ok');
  return (result as Extract<typeof result, { kind: 'ok' }>).value;
}

function problemsOf(config: Partial<StatsConfigInput<string>>): string[] {
  const result = compile(config);
  return result.kind === 'ok' ? [] : result.error.map(({ path, reason }) => `${path}: ${reason}`);
}

test('nothing configured is what Envoy does by itself', () => {
  const rules = rulesOf({});
  assert.equal(rules.accepts('anything'), true);
  assert.deepEqual(rules.bucketsOf('anything'), DEFAULT_BUCKETS);
  assert.deepEqual(
    rules.tags.extract('cluster.a.b', []).tags.map(({ value }) => value),
    ['a'],
  );
});

test('tags come from regular expressions, fixed values and by name from the default ones', () => {
  const rules = rulesOf({
    useAllDefaultTags: false,
    statsTags: [
      { tagName: 'envoy.response_code', tagValue: { case: undefined } },
      { tagName: 'zone', tagValue: { case: 'fixedValue', value: 'a' } },
      { tagName: 'cluster_name', tagValue: { case: 'regex', value: '^cluster\\.((.+?)\\.)' } },
    ],
  });
  const { name, tags } = rules.tags.extract('cluster.foo.upstream_rq_503', []);
  assert.equal(name, 'cluster.upstream_rq');
  assert.deepEqual(
    tags.map(({ tag, value }) => [tag, value]),
    [
      ['envoy.response_code', '503'],
      ['zone', 'a'],
      ['cluster_name', 'foo'],
    ],
  );
});

test('matchers include, exclude or reject everything', () => {
  const patterns = ['cluster.', 'http.'];
  const accepts = (statsMatcher: NonNullable<StatsConfigInput<string>['statsMatcher']>['statsMatcher']) => {
    const rules = rulesOf({ statsMatcher: { statsMatcher } });
    return ['cluster.a', 'server.a'].map((name) => rules.accepts(name));
  };
  assert.deepEqual(accepts({ case: 'inclusionList', value: { patterns } }), [true, false]);
  assert.deepEqual(accepts({ case: 'exclusionList', value: { patterns } }), [false, true]);
  assert.deepEqual(accepts({ case: 'rejectAll', value: true }), [false, false]);
  assert.deepEqual(accepts({ case: 'rejectAll', value: false }), [true, true]);
});

test('the first setting that matches says which buckets a histogram has, in order', () => {
  const rules = rulesOf({
    histogramBucketSettings: [
      { match: 'cluster.', buckets: [10, 2.5] },
      { match: 'cluster.a', buckets: [1] },
    ],
  });
  assert.deepEqual(rules.bucketsOf('cluster.a'), [2.5, 10]);
  assert.deepEqual(rules.bucketsOf('http.a'), DEFAULT_BUCKETS);
});

test('everything that is wrong is named', () => {
  const problems = problemsOf({
    statsTags: [
      { tagName: '', tagValue: { case: 'fixedValue', value: 'x' } },
      { tagName: 'unknown', tagValue: { case: undefined } },
      { tagName: 'a', tagValue: { case: 'regex', value: '(' } },
      { tagName: 'b', tagValue: { case: 'regex', value: '([[:digit:]]+)' } },
    ],
    statsMatcher: { statsMatcher: { case: 'inclusionList', value: { patterns: ['good', 'bad'] } } },
    histogramBucketSettings: [{ match: 'x', buckets: [] }, { buckets: [1, 0, 1] }],
  });
  assert.deepEqual(problems, [
    'stats_config.stats_tags[0].tag_name: must not be empty',
    'stats_config.stats_tags[1]: no regex, and "unknown" is none of the default tags',
    'stats_config.stats_tags[2].regex: Invalid regular expression: /(/d: Unterminated group',
    'stats_config.stats_tags[3].regex: [:digit:] is not supported: write out the characters, as in [0-9]',
    'stats_config.stats_matcher.inclusion_list.patterns[1]: is bad',
    'stats_config.histogram_bucket_settings[0].buckets: at least one bound is required',
    'stats_config.histogram_bucket_settings[1].buckets[1]: 0 is not a finite number above 0',
    'stats_config.histogram_bucket_settings[1].buckets[2]: 1 is there twice',
    'stats_config.histogram_bucket_settings[1].match: is required',
  ]);
  assert.deepEqual(problemsOf({ statsMatcher: { statsMatcher: { case: undefined } } }), [
    'stats_config.stats_matcher: one of reject_all, exclusion_list and inclusion_list is required',
  ]);
});
