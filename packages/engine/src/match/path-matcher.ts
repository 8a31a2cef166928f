import { ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import { type Compiled, fail } from './compile-error.ts';
import { compilePathTemplate } from './path-template.ts';
import { compileRegex, type RegexLimits } from './regex.ts';
import type { StringMatcher } from './string-matcher.ts';

/** The path condition of a route; `any` is for routes that do not look at it (CONNECT). */
export type PathMatcherSpec =
  | { readonly kind: 'prefix' | 'exact' | 'separatedPrefix'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'regex'; readonly regex: string; readonly limits?: RegexLimits }
  | { readonly kind: 'template'; readonly template: string }
  | { readonly kind: 'any' };

/** A compiled test of a path without its query. */
export type PathMatcher = StringMatcher;

/** Compiles one path condition. */
export function compilePathMatcher(spec: PathMatcherSpec, path: string, limits?: RegexLimits): Compiled<PathMatcher> {
  switch (spec.kind) {
    case 'any':
      return ok({ matches: () => true, describe: () => 'any path' });
    case 'regex':
      return compileRegex(spec.regex, `${path}.safe_regex`, spec.limits ?? limits);
    case 'template':
      return compilePathTemplate(spec.template, `${path}.path_match_policy`);
    case 'separatedPrefix':
      if (!/^[^?#]*[^?#/]$/.test(spec.value)) {
        return fail(
          `${path}.path_separated_prefix`,
          `${JSON.stringify(spec.value)} must not be empty, end with / or contain ? or #`,
        );
      }
      return ok(plainMatcher(spec));
    case 'prefix':
    case 'exact':
      return ok(plainMatcher(spec));
  }
}

function plainMatcher(spec: PathMatcherSpec & { kind: 'prefix' | 'exact' | 'separatedPrefix' }): PathMatcher {
  const ignoreCase = spec.ignoreCase === true;
  const value = ignoreCase ? asciiLower(spec.value) : spec.value;
  const test = (path: string): boolean => {
    if (spec.kind === 'exact') return path === value;
    return path.startsWith(value) && (spec.kind === 'prefix' || isSeparated(path, value.length));
  };
  const names = { prefix: 'prefix', exact: 'path', separatedPrefix: 'path-separated prefix' };
  const text = `${names[spec.kind]} ${JSON.stringify(spec.value)}${ignoreCase ? ' (any case)' : ''}`;
  return { matches: ignoreCase ? (path) => test(asciiLower(path)) : test, describe: () => text };
}

/** Whether a prefix of this length ends at the end of the path or before a slash. */
export function isSeparated(path: string, length: number): boolean {
  return path.length === length || path.charCodeAt(length) === 0x2f;
}
