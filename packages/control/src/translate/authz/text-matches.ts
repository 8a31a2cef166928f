/** The forms that values of AuthorizationPolicies have: `a`, `a*`, `*a`, and `*` for anything that is there. */
import type { StringMatcherJson } from '@weft/proto/envoy/type/matcher/v3/string';

/** Matches a text by a value. */
export function textMatch(value: string, ignoreCase = false): StringMatcherJson {
  const how = ignoreCase ? { ignoreCase } : {};
  if (value === '*') return { safeRegex: { regex: '.+' } };
  if (value.startsWith('*')) return { suffix: value.slice(1), ...how };
  if (value.endsWith('*')) return { prefix: value.slice(0, -1), ...how };
  return { exact: value, ...how };
}

/** A regular expression that matches the text itself. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The same with `*` standing for anything. */
export function withStars(text: string): string {
  return text.split('*').map(literally).join('.*');
}
