import { err, ok, type Result } from '@weft/core';
import { DEFAULT_BUCKETS } from '../histogram/statistics.ts';
import type { StatsRules } from '../output/stats-rules.ts';
import { DEFAULT_TAG_EXTRACTORS } from '../tags/default-tags.ts';
import { extractByRegex, fixedTag, type TagExtractor } from '../tags/tag-extractor.ts';
import { TagRules } from '../tags/tag-rules.ts';

/** A test of a text; compiled by whoever has an RE2 engine. */
export type CompileMatcher<M> = (
  matcher: M,
  path: string,
) => Result<(text: string) => boolean, readonly ConfigProblem[]>;

/** What is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** In the names of the proto: `stats_config.stats_tags[0].regex`. */
  readonly path: string;
  readonly reason: string;
}

/** envoy.config.metrics.v3.StatsConfig as decoded, with `M` for its string matchers. */
export interface StatsConfigInput<M> {
  readonly statsTags: readonly {
    readonly tagName: string;
    readonly tagValue: { readonly case: 'regex' | 'fixedValue'; readonly value: string } | { readonly case: undefined };
  }[];
  readonly useAllDefaultTags?: boolean | undefined;
  readonly statsMatcher?: StatsMatcherInput<M> | undefined;
  readonly histogramBucketSettings: readonly { readonly match?: M | undefined; readonly buckets: readonly number[] }[];
}

/** envoy.config.metrics.v3.StatsMatcher as decoded. */
export interface StatsMatcherInput<M> {
  readonly statsMatcher:
    | { readonly case: 'rejectAll'; readonly value: boolean }
    | { readonly case: 'exclusionList' | 'inclusionList'; readonly value: { readonly patterns: readonly M[] } }
    | { readonly case: undefined };
}

/** Compiles the part of the bootstrap that says which statistics there are, which tags they have and what buckets histograms get. */
export function compileStatsConfig<M>(
  config: StatsConfigInput<M>,
  path: string,
  compileMatcher: CompileMatcher<M>,
): Result<StatsRules, readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const compile = (matcher: M | undefined, at: string) => {
    if (matcher === undefined) {
      problems.push({ path: at, reason: 'is required' });
      return () => false;
    }
    const compiled = compileMatcher(matcher, at);
    if (compiled.kind === 'ok') return compiled.value;
    problems.push(...compiled.error);
    return () => false;
  };
  const tags = compileTags(config, path, problems);
  const accepts = compileStatsMatcher(config.statsMatcher, `${path}.stats_matcher`, compile, problems);
  const settings = config.histogramBucketSettings.map(({ match, buckets }, i) => {
    const at = `${path}.histogram_bucket_settings[${i}]`;
    checkBuckets(buckets, `${at}.buckets`, problems);
    return { matches: compile(match, `${at}.match`), buckets: buckets.toSorted((a, b) => a - b) };
  });
  if (problems.length > 0) return err(problems);
  const bucketsOf = (name: string) => settings.find(({ matches }) => matches(name))?.buckets ?? DEFAULT_BUCKETS;
  return ok({ tags, accepts, bucketsOf });
}

function compileTags(config: StatsConfigInput<unknown>, path: string, problems: ConfigProblem[]): TagRules {
  const usesAll = config.useAllDefaultTags !== false;
  const defaults = new Set<string>();
  const custom: TagExtractor[] = [];
  for (const [i, { tagName, tagValue }] of config.statsTags.entries()) {
    const at = `${path}.stats_tags[${i}]`;
    if (tagName === '') problems.push({ path: `${at}.tag_name`, reason: 'must not be empty' });
    else if (tagValue.case === 'fixedValue') custom.push(fixedTag(tagName, tagValue.value));
    else if (tagValue.case === 'regex' && tagValue.value !== '') {
      const extractor = compileTagRegex(tagName, tagValue.value, `${at}.regex`, problems);
      if (extractor !== undefined) custom.push(extractor);
    } else if (DEFAULT_TAG_EXTRACTORS.some(({ tag }) => tag === tagName)) defaults.add(tagName);
    else problems.push({ path: at, reason: `no regex, and "${tagName}" is none of the default tags` });
  }
  return new TagRules(usesAll ? { custom } : { custom, defaults });
}

/** Envoy takes ECMAScript's expressions here, which are the ones of JavaScript except for a few classes in brackets. */
function compileTagRegex(
  tag: string,
  regex: string,
  path: string,
  problems: ConfigProblem[],
): TagExtractor | undefined {
  const posix = /\[[:.=]\w+[:.=]\]/.exec(regex);
  if (posix !== null) {
    problems.push({ path, reason: `${posix[0]} is not supported: write out the characters, as in [0-9]` });
    return undefined;
  }
  try {
    return extractByRegex(tag, regex);
  } catch (error: unknown) {
    problems.push({ path, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function compileStatsMatcher<M>(
  matcher: StatsMatcherInput<M> | undefined,
  path: string,
  compile: (matcher: M, at: string) => (text: string) => boolean,
  problems: ConfigProblem[],
): (name: string) => boolean {
  if (matcher === undefined) return () => true;
  const { statsMatcher } = matcher;
  switch (statsMatcher.case) {
    case 'rejectAll': {
      const accepts = !statsMatcher.value;
      return () => accepts;
    }
    case 'exclusionList':
    case 'inclusionList': {
      const isInclusion = statsMatcher.case === 'inclusionList';
      const list = isInclusion ? 'inclusion_list' : 'exclusion_list';
      const tests = statsMatcher.value.patterns.map((pattern, i) => compile(pattern, `${path}.${list}.patterns[${i}]`));
      return (name) => tests.some((matches) => matches(name)) === isInclusion;
    }
    case undefined:
      problems.push({ path, reason: 'one of reject_all, exclusion_list and inclusion_list is required' });
      return () => true;
  }
}

function checkBuckets(buckets: readonly number[], path: string, problems: ConfigProblem[]): void {
  if (buckets.length === 0) problems.push({ path, reason: 'at least one bound is required' });
  for (const [i, bound] of buckets.entries()) {
    if (!(bound > 0 && Number.isFinite(bound))) {
      problems.push({ path: `${path}[${i}]`, reason: `${bound} is not a finite number above 0` });
    }
    if (buckets.indexOf(bound) !== i) problems.push({ path: `${path}[${i}]`, reason: `${bound} is there twice` });
  }
}
