import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { HeaderSource } from './header-matcher.ts';
import { compileInt64Range, type Int64RangeSpec } from './int64-range.ts';
import type { RegexLimits } from './regex.ts';
import { compileStringMatcher, type StringMatcher, type StringMatcherSpec } from './string-matcher.ts';
import { wireString } from './wire-text.ts';

/** envoy.config.route.v3.CookieMatcher; without a condition the cookie must be present. */
export interface CookieMatcherSpec {
  readonly name: string;
  readonly match?:
    | { readonly kind: 'string'; readonly string: StringMatcherSpec }
    | { readonly kind: 'range'; readonly range: Int64RangeSpec }
    | { readonly kind: 'present'; readonly isPresent: boolean };
  readonly invertMatch?: boolean;
  readonly treatMissingCookieAsEmpty?: boolean;
}

/** A compiled condition on a cookie. */
export interface CookieMatcher {
  matches(headers: HeaderSource): boolean;
  describe(): string;
}

/** Compiles a cookie condition; unlike with headers, a missing cookie meets an inverted condition. */
export function compileCookieMatcher(
  spec: CookieMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<CookieMatcher> {
  const { name } = spec;
  if (!/^[^\s;="]+$/.test(name)) return fail(`${path}.name`, `${JSON.stringify(name)} is not a cookie name`);
  const match = spec.match ?? { kind: 'present', isPresent: true };
  const isInverted = spec.invertMatch === true;
  if (match.kind === 'present') {
    const wanted = match.isPresent !== isInverted;
    return ok({
      matches: (headers) => (cookieValue(headers.get('cookie'), name) !== undefined) === wanted,
      describe: () => `cookie ${name} ${wanted ? 'present' : 'absent'}`,
    });
  }
  const value: Compiled<StringMatcher> =
    match.kind === 'string'
      ? compileStringMatcher(wireString(match.string), `${path}.string_match`, limits)
      : compileInt64Range(match.range, `${path}.range_match`);
  if (value.kind === 'err') return value;
  const test = value.value;
  const fallback = spec.treatMissingCookieAsEmpty === true ? '' : undefined;
  return ok({
    matches: (headers) => {
      const found = cookieValue(headers.get('cookie'), name) ?? fallback;
      return (found !== undefined && test.matches(found)) !== isInverted;
    },
    describe: () => `cookie ${name} ${isInverted ? 'not ' : ''}${test.describe()}`,
  });
}

/** The first cookie of a name in a Cookie header, without surrounding quotes; elements without `=` are no cookies. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let at = 0;
  while (at < header.length) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon === -1 ? header.length : semicolon;
    while (at < end && header.charCodeAt(at) === 0x20) at += 1;
    const equals = at + name.length;
    if (equals < end && header.charCodeAt(equals) === 0x3d && header.startsWith(name, at)) {
      return unquote(header, equals + 1, end);
    }
    at = end + 1;
  }
  return undefined;
}

function unquote(header: string, from: number, end: number): string {
  const isQuoted = end - from >= 2 && header.charCodeAt(from) === 0x22 && header.charCodeAt(end - 1) === 0x22;
  return isQuoted ? header.slice(from + 1, end - 1) : header.slice(from, end);
}
