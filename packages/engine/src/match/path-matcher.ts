import { ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import { type Compiled, fail } from './compile-error.ts';
import { compilePathTemplate } from './path-template.ts';
import { compileRegex, type RegexLimits } from './regex.ts';
import type { StringMatcher } from './string-matcher.ts';
import { wireText } from './wire-text.ts';

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
      return compileRegex(wireText(spec.regex), `${path}.safe_regex`, spec.limits ?? limits);
    case 'template':
      return compilePathTemplate(spec.template, `${path}.path_match_policy`);
    case 'separatedPrefix':
      if (!/^[^?#]+[^?#/]$/.test(spec.value)) {
        return fail(
          `${path}.path_separated_prefix`,
          `${JSON.stringify(spec.value)} must not be empty, end with / or contain ? or #, and has two characters or more`,
        );
      }
      return ok(new PlainMatcher(spec));
    case 'prefix':
    case 'exact':
      return ok(new PlainMatcher(spec));
  }
}

type PlainSpec = PathMatcherSpec & { kind: 'prefix' | 'exact' | 'separatedPrefix' };

const KIND_NAMES = { prefix: 'prefix', exact: 'path', separatedPrefix: 'path-separated prefix' };

/** A class and no closures: a request meets other matchers than the one before, and those of one class are called without a look-up. */
class PlainMatcher implements PathMatcher {
  readonly kind: PlainSpec['kind'];
  readonly ignoresCase: boolean;
  /** In lower case where case does not count. */
  readonly value: string;
  readonly written: string;

  constructor({ kind, value, ignoreCase = false }: PlainSpec) {
    this.kind = kind;
    this.ignoresCase = ignoreCase;
    this.value = ignoreCase ? asciiLower(value) : value;
    this.written = value;
  }

  matches(given: string): boolean {
    const path = this.ignoresCase ? asciiLower(given) : given;
    if (this.kind === 'exact') return path === this.value;
    return path.startsWith(this.value) && (this.kind === 'prefix' || isSeparated(path, this.value.length));
  }

  describe(): string {
    return `${KIND_NAMES[this.kind]} ${JSON.stringify(this.written)}${this.ignoresCase ? ' (any case)' : ''}`;
  }
}

/** Whether a prefix of this length ends at the end of the path or before a slash. */
export function isSeparated(path: string, length: number): boolean {
  return path.length === length || path.charCodeAt(length) === 0x2f;
}
