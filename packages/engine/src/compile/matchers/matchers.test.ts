import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CidrRangeSchema } from '@weft/proto/envoy/config/core/v3/address';
import { RuntimeFractionalPercentSchema } from '@weft/proto/envoy/config/core/v3/base';
import {
  type HeaderMatcher,
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { MetadataMatcherSchema } from '@weft/proto/envoy/type/matcher/v3/metadata';
import { PathMatcherSchema } from '@weft/proto/envoy/type/matcher/v3/path';
import { RegexMatchAndSubstituteSchema } from '@weft/proto/envoy/type/matcher/v3/regex';
import { ListStringMatcherSchema, StringMatcherSchema } from '@weft/proto/envoy/type/matcher/v3/string';
import { ValueMatcherSchema } from '@weft/proto/envoy/type/matcher/v3/value';
import { messageFromJson } from '@weft/proto/json';
import { formatCidr } from '../../match/cidr.ts';
import { EMPTY_RUNTIME, hitsFraction, hitsRuntimeFraction } from '../../match/fraction.ts';
import type { CompileContext } from '../context.ts';
import { Problems } from '../problems.ts';
import { compileCidrRange } from './cidr-range.ts';
import { compileDurationMs } from './duration.ts';
import { compileRuntimeFraction } from './fraction.ts';
import { compileHeaderMessage } from './header-matcher.ts';
import { compileMetadataMessage } from './metadata-matcher.ts';
import { compilePathMessage, pathWithoutQuery } from './path-matcher.ts';
import { compileQueryMessage } from './query-parameter-matcher.ts';
import { compileSubstitution } from './regex.ts';
import { compileListStringMessage, compileStringMessage } from './string-matcher.ts';
import { compileValueMessage } from './value-matcher.ts';

function contextOf(): CompileContext & { problems: Problems } {
  return { problems: new Problems(), regexLimits: undefined, unpack: () => undefined };
}

test('string matchers of every kind', () => {
  const cases: [object, string, boolean][] = [
    [{ exact: 'Ab', ignoreCase: true }, 'aB', true],
    [{ exact: 'Ab' }, 'aB', false],
    [{ prefix: 'a' }, 'ab', true],
    [{ suffix: 'b' }, 'ab', true],
    [{ contains: 'x' }, 'axb', true],
    [{ safeRegex: { regex: 'a.b' } }, 'axb', true],
    [{ safeRegex: { regex: 'a.b' } }, 'axbc', false],
  ];
  for (const [json, text, expected] of cases) {
    const context = contextOf();
    const matcher = compileStringMessage(messageFromJson(StringMatcherSchema, { ...json }), 'm', context);
    assert.equal(matcher?.matches(text), expected, JSON.stringify([json, text, context.problems.list()]));
  }
  const list = messageFromJson(ListStringMatcherSchema, { patterns: [{ exact: 'a' }, { prefix: 'b' }] });
  const any = compileListStringMessage(list, 'm', contextOf());
  assert.deepEqual(
    ['a', 'bc', 'c'].map((text) => any?.matches(text)),
    [true, true, false],
  );
});

test('a deprecated program size of an expression wins over the runtime, both ways', () => {
  const regex = '[a-z]{40}[0-9]{40}[a-z]{40}';
  const withSize = (maxProgramSize: number | undefined, context: CompileContext) =>
    compileStringMessage(
      messageFromJson(StringMatcherSchema, {
        safeRegex: { googleRe2: maxProgramSize === undefined ? {} : { maxProgramSize }, regex },
      }),
      'm',
      context,
    );
  assert.equal(withSize(undefined, contextOf()), undefined);
  assert.ok(withSize(1000, contextOf()));
  const wide = { ...contextOf(), regexLimits: { maxProgramSize: 1000 } };
  assert.ok(withSize(undefined, wide));
  assert.equal(withSize(10, wide), undefined);
});

test('header matchers of every kind, the deprecated ones too', () => {
  const cases: [object, string | undefined, boolean][] = [
    [{}, 'x', true],
    [{}, undefined, false],
    [{ exactMatch: 'a' }, 'a', true],
    [{ exactMatch: 'a', invertMatch: true }, 'a', false],
    [{ safeRegexMatch: { regex: '[0-9]+' } }, '12', true],
    [{ rangeMatch: { start: '-10', end: '0' } }, '-1', true],
    [{ presentMatch: false }, undefined, true],
    [{ prefixMatch: 'a' }, 'ab', true],
    [{ suffixMatch: 'b' }, 'ab', true],
    [{ containsMatch: 'x' }, 'ab', false],
    [{ stringMatch: { exact: 'A', ignoreCase: true } }, 'a', true],
    [{ stringMatch: { exact: '' }, treatMissingHeaderAsEmpty: true }, undefined, true],
  ];
  for (const [json, value, expected] of cases) {
    const message: HeaderMatcher = messageFromJson(HeaderMatcherSchema, { name: 'X-A', ...json });
    const matcher = compileHeaderMessage(message, 'm', contextOf());
    const headers = { get: (name: string) => (name === 'x-a' ? value : undefined) };
    assert.equal(matcher?.matches(headers), expected, JSON.stringify([json, value]));
  }
});

test('query parameter, path, value and metadata matchers', () => {
  const query = (json: object) =>
    compileQueryMessage(messageFromJson(QueryParameterMatcherSchema, { name: 'a', ...json }), 'm', contextOf());
  assert.equal(query({})?.matches('b=1&a'), true);
  assert.equal(query({ presentMatch: false })?.matches('a=1'), false);
  assert.equal(query({ stringMatch: { exact: '1' } })?.matches('a=1'), true);
  const path = messageFromJson(PathMatcherSchema, { path: { prefix: '/a' } });
  assert.equal(compilePathMessage(path, 'm', contextOf())?.matches(pathWithoutQuery('/ab?x')), true);
  assert.equal(pathWithoutQuery('/a#f?x'), '/a');
  const value = (json: object) =>
    compileValueMessage(messageFromJson(ValueMatcherSchema, { ...json }), 'm', contextOf());
  assert.equal(value({ nullMatch: {} })?.matches(null), true);
  assert.equal(value({ doubleMatch: { range: { start: 1, end: 2 } } })?.matches(2), false);
  assert.equal(value({ doubleMatch: { exact: 2 } })?.matches(2), true);
  assert.equal(value({ boolMatch: true })?.matches(true), true);
  assert.equal(value({ presentMatch: true })?.matches(undefined), false);
  assert.equal(value({ listMatch: { oneOf: { stringMatch: { exact: 'a' } } } })?.matches(['b', 'a']), true);
  assert.equal(value({ orMatch: { valueMatchers: [{ boolMatch: true }, { nullMatch: {} }] } })?.matches(null), true);
  const metadata = messageFromJson(MetadataMatcherSchema, {
    filter: 'f',
    path: [{ key: 'a' }, { key: 'b' }],
    value: { stringMatch: { prefix: 'x' } },
  });
  assert.equal(compileMetadataMessage(metadata, 'm', contextOf())?.matches({ f: { a: { b: 'xy' } } }), true);
});

test('fractions take a random number and let the runtime override', () => {
  const message = messageFromJson(RuntimeFractionalPercentSchema, {
    defaultValue: { numerator: 25, denominator: 'TEN_THOUSAND' },
    runtimeKey: 'k',
  });
  const fraction = compileRuntimeFraction(message, 'm', contextOf());
  assert.ok(fraction);
  assert.equal(hitsFraction(fraction, 10_024), true);
  assert.equal(hitsFraction(fraction, 10_025), false);
  assert.equal(hitsRuntimeFraction(fraction, 24, EMPTY_RUNTIME), true);
  const off = { ...EMPTY_RUNTIME, fraction: () => ({ numerator: 0, denominator: 100 }) };
  assert.equal(hitsRuntimeFraction(fraction, 24, off), false);
});

test('durations are cut to milliseconds, ranges and substitutions are compiled', () => {
  assert.equal(compileDurationMs({ seconds: 1n, nanos: 1_999_999 }, 'm', contextOf()), 1001);
  const context = contextOf();
  assert.equal(compileDurationMs({ seconds: -1n, nanos: 0 }, 'timeout', context), undefined);
  assert.equal(compileDurationMs({ seconds: 10n ** 12n, nanos: 0 }, 'timeout', context), undefined);
  assert.deepEqual(context.problems.list()[0], {
    path: 'timeout',
    reason: 'duration must not be negative, it is -1s',
  });
  const range = messageFromJson(CidrRangeSchema, { addressPrefix: '10.1.2.3', prefixLen: 8 });
  assert.equal(formatCidr(compileCidrRange(range, 'm', contextOf())!), '10.0.0.0/8');
  const rewrite = messageFromJson(RegexMatchAndSubstituteSchema, {
    pattern: { regex: '^/service/([^/]+)(/.*)$' },
    substitution: '\\2/instance/\\1',
  });
  assert.equal(compileSubstitution(rewrite, 'm', contextOf())?.apply('/service/foo/v1/api'), '/v1/api/instance/foo');
});

test('every mistake is reported with its place', () => {
  const context = contextOf();
  compileStringMessage(messageFromJson(StringMatcherSchema, {}), 'a', context);
  compileHeaderMessage(messageFromJson(HeaderMatcherSchema, { name: 'x y' }), 'b', context);
  const nested = { name: 'x', stringMatch: { safeRegex: { regex: '(' } } };
  compileHeaderMessage(messageFromJson(HeaderMatcherSchema, nested), 'c', context);
  compileSubstitution(messageFromJson(RegexMatchAndSubstituteSchema, { substitution: 'x' }), 'd', context);
  const custom = { custom: { name: 'lua' } };
  compileStringMessage(messageFromJson(StringMatcherSchema, custom), 'e', context);
  compileListStringMessage(messageFromJson(ListStringMatcherSchema, {}), 'f', context);
  compileRuntimeFraction(messageFromJson(RuntimeFractionalPercentSchema, {}), 'g', context);
  assert.deepEqual(
    context.problems.list().map((problem) => problem.path),
    ['a', 'b.name', 'c.string_match.safe_regex', 'd', 'e.custom', 'f.patterns', 'g'],
  );
});
