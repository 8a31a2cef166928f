import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { RegexLimits } from './regex.ts';
import { compileStringMatcher, type StringMatcherSpec } from './string-matcher.ts';
import { wireString } from './wire-text.ts';

/** envoy.config.route.v3.QueryParameterMatcher; with neither condition the parameter must be present. */
export interface QueryMatcherSpec {
  readonly name: string;
  readonly string?: StringMatcherSpec;
  readonly isPresent?: boolean;
}

/** A compiled condition on the query string. */
export interface QueryMatcher {
  /** Whether the query string (without `?`) meets the condition. */
  matches(query: string): boolean;
  describe(): string;
}

const MAX_NAME_LENGTH = 1024;

/** Compiles a query parameter condition. */
export function compileQueryMatcher(
  spec: QueryMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<QueryMatcher> {
  const { name } = spec;
  if (name === '' || name.length > MAX_NAME_LENGTH)
    return fail(`${path}.name`, `must have 1 to ${MAX_NAME_LENGTH} bytes`);
  if (spec.string === undefined) {
    const wanted = spec.isPresent !== false;
    return ok({
      matches: (query) => (findParameter(query, name) !== -1) === wanted,
      describe: () => `query parameter ${name} ${wanted ? 'present' : 'absent'}`,
    });
  }
  if (spec.isPresent !== undefined) return fail(path, 'string_match and present_match exclude each other');
  const value = compileStringMatcher(wireString(spec.string), `${path}.string_match`, limits);
  if (value.kind === 'err') return value;
  const test = value.value;
  return ok({
    matches: (query) => {
      const found = queryValue(query, name);
      return found !== undefined && test.matches(found);
    },
    describe: () => `query parameter ${name} ${test.describe()}`,
  });
}

/** The first value of a parameter as it stands there: Envoy does not decode it for matching. */
export function queryValue(query: string, name: string): string | undefined {
  const at = findParameter(query, name);
  if (at === -1) return undefined;
  const end = query.indexOf('&', at);
  return query.slice(at + name.length + 1, end === -1 ? query.length : end);
}

/** Where the first element with this name begins, or -1. */
function findParameter(query: string, name: string): number {
  let at = 0;
  while (at < query.length) {
    const after = at + name.length;
    if (query.startsWith(name, at)) {
      const code = after < query.length ? query.charCodeAt(after) : 0x26;
      if (code === 0x26 || code === 0x3d) return at;
    }
    const next = query.indexOf('&', at);
    if (next === -1) return -1;
    at = next + 1;
  }
  return -1;
}
