import { ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import { type Compiled, fail } from './compile-error.ts';
import { compileRegex, type RegexLimits } from './regex.ts';

/** envoy.type.matcher.v3.StringMatcher. */
export type StringMatcherSpec =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains'; readonly value: string; readonly ignoreCase?: boolean }
  | {
      readonly kind: 'regex';
      readonly regex: string;
      readonly ignoreCase?: boolean;
      /** The bounds of this expression, where it brings its own. */
      readonly limits?: RegexLimits;
    };

/** A compiled test of one text. */
export interface StringMatcher {
  matches(text: string): boolean;
  describe(): string;
}

/** Compiles a string matcher; `ignoreCase` is ASCII only and, as in Envoy, refused beside a regex. */
export function compileStringMatcher(
  spec: StringMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<StringMatcher> {
  if (spec.kind === 'regex') {
    if (spec.ignoreCase === true)
      return fail(`${path}.ignore_case`, 'has no effect on safe_regex: write (?i) in the expression');
    return compileRegex(spec.regex, `${path}.safe_regex`, spec.limits ?? limits);
  }
  if (spec.kind !== 'exact' && spec.value === '') return fail(`${path}.${spec.kind}`, `${spec.kind} must not be empty`);
  const ignoreCase = spec.ignoreCase === true;
  const matches = ignoreCase ? ignoringCase(spec.kind, asciiLower(spec.value)) : exactCase(spec.kind, spec.value);
  const text = `${spec.kind} ${JSON.stringify(spec.value)}${ignoreCase ? ' (any case)' : ''}`;
  return ok({ matches, describe: () => text });
}

type PlainKind = 'exact' | 'prefix' | 'suffix' | 'contains';

function exactCase(kind: PlainKind, value: string): (text: string) => boolean {
  switch (kind) {
    case 'exact':
      return (text) => text === value;
    case 'prefix':
      return (text) => text.startsWith(value);
    case 'suffix':
      return (text) => text.endsWith(value);
    case 'contains':
      return (text) => text.includes(value);
  }
}

function ignoringCase(kind: PlainKind, lower: string): (text: string) => boolean {
  switch (kind) {
    case 'exact':
      return (text) => text.length === lower.length && asciiLower(text) === lower;
    case 'prefix':
      return (text) => text.length >= lower.length && asciiLower(text).startsWith(lower);
    case 'suffix':
      return (text) => text.length >= lower.length && asciiLower(text).endsWith(lower);
    case 'contains':
      return (text) => text.length >= lower.length && asciiLower(text).includes(lower);
  }
}
