import { collectResults, err, ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { RegexLimits } from './regex.ts';
import { compileStringMatcher, type StringMatcherSpec } from './string-matcher.ts';

/** envoy.type.matcher.v3.DoubleMatcher; a range is without its end. */
export type DoubleMatcherSpec =
  | { readonly kind: 'exact'; readonly value: number }
  | { readonly kind: 'range'; readonly start: number; readonly end: number };

/** envoy.type.matcher.v3.ValueMatcher. */
export type ValueMatcherSpec =
  | { readonly kind: 'null' }
  | { readonly kind: 'double'; readonly double: DoubleMatcherSpec }
  | { readonly kind: 'string'; readonly string: StringMatcherSpec }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'present'; readonly isPresent: boolean }
  | { readonly kind: 'list'; readonly oneOf: ValueMatcherSpec }
  | { readonly kind: 'or'; readonly alternatives: readonly ValueMatcherSpec[] };

/** A compiled test of one value of a `google.protobuf.Struct`; undefined stands for a value that is not there. */
export interface ValueMatcher {
  matches(value: unknown): boolean;
  describe(): string;
}

/** Deeper nesting of lists and alternatives is refused. */
const MAX_DEPTH = 32;

/** Compiles a value matcher. */
export function compileValueMatcher(
  spec: ValueMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<ValueMatcher> {
  return compileAt(spec, path, limits, 0);
}

function compileAt(
  spec: ValueMatcherSpec,
  path: string,
  limits: RegexLimits | undefined,
  depth: number,
): Compiled<ValueMatcher> {
  if (depth > MAX_DEPTH) return fail(path, `nested deeper than ${MAX_DEPTH}`);
  switch (spec.kind) {
    case 'null':
      return ok({ matches: (value) => value === null, describe: () => 'null' });
    case 'bool':
      return ok({ matches: (value) => value === spec.value, describe: () => String(spec.value) });
    case 'present':
      return ok(presence(spec.isPresent));
    case 'double':
      return ok(double(spec.double));
    case 'string':
      return stringValue(spec.string, `${path}.string_match`, limits);
    case 'list':
      return listValue(spec.oneOf, `${path}.list_match.one_of`, limits, depth);
    case 'or':
      return orValue(spec.alternatives, `${path}.or_match.value_matchers`, limits, depth);
  }
}

/** Envoy accepts lists and structs here too, and `false` never matches. */
function presence(isPresent: boolean): ValueMatcher {
  return {
    matches: (value) => isPresent && value !== undefined,
    describe: () => (isPresent ? 'present' : 'present: false (never matches)'),
  };
}

function double(spec: DoubleMatcherSpec): ValueMatcher {
  if (spec.kind === 'exact')
    return { matches: (value) => value === spec.value, describe: () => `number ${spec.value}` };
  const { start, end } = spec;
  return {
    matches: (value) => typeof value === 'number' && value >= start && value < end,
    describe: () => `number in [${start}, ${end})`,
  };
}

function stringValue(spec: StringMatcherSpec, path: string, limits: RegexLimits | undefined): Compiled<ValueMatcher> {
  const text = compileStringMatcher(spec, path, limits);
  if (text.kind === 'err') return text;
  const test = text.value;
  return ok({
    matches: (value) => typeof value === 'string' && test.matches(value),
    describe: () => test.describe(),
  });
}

function listValue(
  spec: ValueMatcherSpec,
  path: string,
  limits: RegexLimits | undefined,
  depth: number,
): Compiled<ValueMatcher> {
  const item = compileAt(spec, path, limits, depth + 1);
  if (item.kind === 'err') return item;
  const test = item.value;
  return ok({
    matches: (value) => {
      if (!Array.isArray(value)) return false;
      for (let i = 0; i < value.length; i += 1) if (test.matches(value[i])) return true;
      return false;
    },
    describe: () => `a list with ${test.describe()}`,
  });
}

function orValue(
  specs: readonly ValueMatcherSpec[],
  path: string,
  limits: RegexLimits | undefined,
  depth: number,
): Compiled<ValueMatcher> {
  if (specs.length < 2) return fail(path, 'needs at least 2 alternatives');
  const compiled = collectResults(specs.map((spec, i) => compileAt(spec, `${path}[${i}]`, limits, depth + 1)));
  if (compiled.kind === 'err') return err(compiled.error.flat());
  const tests = compiled.value;
  return ok({
    matches: (value) => {
      for (let i = 0; i < tests.length; i += 1) if (tests[i]!.matches(value)) return true;
      return false;
    },
    describe: () => tests.map((test) => test.describe()).join(' or '),
  });
}
