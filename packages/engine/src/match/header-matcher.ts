import { ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import { type Compiled, fail } from './compile-error.ts';
import { compileInt64Range, type Int64RangeSpec } from './int64-range.ts';
import { compileRegex, type RegexLimits } from './regex.ts';
import { compileStringMatcher, type StringMatcher, type StringMatcherSpec } from './string-matcher.ts';
import { wireString, wireText } from './wire-text.ts';

/** Where header values come from; texts have one character for each byte of the wire. */
export interface HeaderSource {
  /** The values of a header by its lower-case name, joined by `,` (a `cookie` by `; `), or undefined when it is absent. */
  get(name: string): string | undefined;
  /**
   * The values of a header that stands there more than once, in order; undefined for any other. Envoy puts its conditions to
   * each value by itself, so a source of several lines that leaves this out decides as Envoy did before 1.39: on the joined text.
   */
  repeated?(name: string): readonly string[] | undefined;
}

/** What is asked of a header; `exact` with an empty value accepts every value, as in Envoy. */
export type HeaderMatch =
  | { readonly kind: 'string'; readonly string: StringMatcherSpec }
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains'; readonly value: string }
  | { readonly kind: 'regex'; readonly regex: string; readonly limits?: RegexLimits }
  | { readonly kind: 'range'; readonly range: Int64RangeSpec }
  | { readonly kind: 'present'; readonly isPresent: boolean };

/** envoy.config.route.v3.HeaderMatcher; without `match` the header must be present. */
export interface HeaderMatcherSpec {
  readonly name: string;
  readonly match?: HeaderMatch;
  readonly invertMatch?: boolean;
  readonly treatMissingHeaderAsEmpty?: boolean;
}

/** A compiled header condition. */
export interface HeaderMatcher {
  /** The name in lower case. */
  readonly name: string;
  matches(headers: HeaderSource): boolean;
  describe(): string;
}

const HEADER_NAME = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Compiles a header condition. */
export function compileHeaderMatcher(
  spec: HeaderMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<HeaderMatcher> {
  if (!HEADER_NAME.test(spec.name)) return fail(`${path}.name`, `${JSON.stringify(spec.name)} is not a header name`);
  const match = spec.match ?? { kind: 'present', isPresent: true };
  if (match.kind === 'present') return ok(presence(spec, match.isPresent));
  const value = compileValue(match, path, limits);
  return value.kind === 'err' ? value : ok(valueCondition(spec, value.value));
}

function compileValue(
  match: Exclude<HeaderMatch, { kind: 'present' }>,
  path: string,
  limits?: RegexLimits,
): Compiled<StringMatcher> {
  switch (match.kind) {
    case 'string':
      return compileStringMatcher(wireString(match.string), `${path}.string_match`, limits);
    case 'regex':
      return compileRegex(wireText(match.regex), `${path}.safe_regex_match`, match.limits ?? limits);
    case 'range':
      return compileInt64Range(match.range, `${path}.range_match`);
    case 'exact':
      if (match.value === '') return ok({ matches: () => true, describe: () => 'any value' });
      return compileStringMatcher(wireString({ ...match, kind: 'exact' }), `${path}.exact_match`);
    case 'prefix':
    case 'suffix':
    case 'contains':
      if (match.value === '') return fail(`${path}.${match.kind}_match`, 'must not be empty; use present_match');
      return compileStringMatcher(wireString({ ...match, kind: match.kind }), path);
  }
}

/** A missing header never matches a value, inverted or not, unless it counts as empty. */
function valueCondition(spec: HeaderMatcherSpec, value: StringMatcher): HeaderMatcher {
  const name = asciiLower(spec.name);
  const isInverted = spec.invertMatch === true;
  const fallback = spec.treatMissingHeaderAsEmpty === true ? '' : undefined;
  const text = `header ${name} ${isInverted ? 'not ' : ''}${value.describe()}${fallback === '' ? ' (missing is empty)' : ''}`;
  return {
    name,
    matches: (headers) => {
      const found = headers.get(name) ?? fallback;
      return found !== undefined && matchesAny(value, headers, name, found) !== isInverted;
    },
    describe: () => text,
  };
}

/** One value that meets the condition is enough; only a text with the separator in it can be several values. */
function matchesAny(value: StringMatcher, headers: HeaderSource, name: string, joined: string): boolean {
  const isMaybeRepeated = joined.includes(name === 'cookie' ? ';' : ',');
  const values = isMaybeRepeated ? headers.repeated?.(name) : undefined;
  if (values === undefined) return value.matches(joined);
  for (let i = 0; i < values.length; i += 1) if (value.matches(values[i]!)) return true;
  return false;
}

/** A header that counts as empty when it is missing is always present. */
function presence(spec: HeaderMatcherSpec, isPresent: boolean): HeaderMatcher {
  const name = asciiLower(spec.name);
  const wanted = isPresent !== (spec.invertMatch === true);
  const isAlwaysThere = spec.treatMissingHeaderAsEmpty === true;
  const text = `header ${name} ${wanted ? 'present' : 'absent'}${isAlwaysThere ? ' (missing is empty)' : ''}`;
  return {
    name,
    matches: isAlwaysThere ? () => wanted : (headers) => (headers.get(name) !== undefined) === wanted,
    describe: () => text,
  };
}
