import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { HeaderSource } from './header-matcher.ts';
import type { RegexLimits } from './regex.ts';
import { compileStringMatcher, type StringMatcherSpec } from './string-matcher.ts';
import { wireString } from './wire-text.ts';

/** envoy.config.route.v3.CookieMatcher. */
export interface CookieMatcherSpec {
  readonly name: string;
  readonly string: StringMatcherSpec;
  readonly invertMatch?: boolean;
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
  const value = compileStringMatcher(wireString(spec.string), `${path}.string_match`, limits);
  if (value.kind === 'err') return value;
  const test = value.value;
  const isInverted = spec.invertMatch === true;
  return ok({
    matches: (headers) => {
      const found = cookieValue(headers.get('cookie'), name);
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
