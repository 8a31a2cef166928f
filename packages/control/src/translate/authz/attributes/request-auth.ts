/** What a token says that a request brought. Without a filter that checks tokens there is nothing, and none of these hold. */
import type { PrincipalJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { StringMatcherJson } from '@weft/proto/envoy/type/matcher/v3/string';
import type { ValueMatcherJson } from '@weft/proto/envoy/type/matcher/v3/value';
import { textMatch } from '../text-matches.ts';
import { anySource, type SourceAttribute } from './attribute.ts';

/** Where the filter that checks tokens leaves their claims. */
const FILTER = 'envoy.filters.http.jwt_authn';
const PAYLOAD = 'payload';
const ANYTHING: StringMatcherJson = { safeRegex: { regex: '.+' } };

/** `issuer/subject`, split at the last slash: issuers are often URLs (SEMANTICS 29). */
export const requestPrincipal: SourceAttribute = {
  side: 'source',
  isHttpOnly: true,
  match: (values) =>
    anySource(
      values.map((value) => {
        const { issuer, subject } = split(value);
        const claims = [claim(['iss'], { stringMatch: issuer }), claim(['sub'], { stringMatch: subject })];
        return { andIds: { ids: claims } };
      }),
    ),
};

/** A claim that is a text or a list of them; nested claims have several names. */
export function requestClaim(names: readonly string[]): SourceAttribute {
  return {
    side: 'source',
    isHttpOnly: true,
    match: (values) => {
      const texts = values.map((value): ValueMatcherJson => ({ stringMatch: textMatch(value) }));
      const either = texts.flatMap((text): ValueMatcherJson[] => [text, { listMatch: { oneOf: text } }]);
      return claim(names, { orMatch: { valueMatchers: either } });
    },
  };
}

function claim(names: readonly string[], value: ValueMatcherJson): PrincipalJson {
  return { metadata: { filter: FILTER, path: [PAYLOAD, ...names].map((key) => ({ key })), value } };
}

function split(value: string): { readonly issuer: StringMatcherJson; readonly subject: StringMatcherJson } {
  if (value === '*') return { issuer: ANYTHING, subject: ANYTHING };
  const slash = value.lastIndexOf('/');
  if (slash === -1) {
    // A star at one end of the whole stands for the slash, too.
    if (value.startsWith('*')) return { issuer: ANYTHING, subject: textMatch(value) };
    return value.endsWith('*')
      ? { issuer: textMatch(value), subject: ANYTHING }
      : { issuer: { exact: value }, subject: { exact: '' } };
  }
  const [issuer, subject] = [value.slice(0, slash), value.slice(slash + 1)];
  if (value.startsWith('*')) return { issuer: textMatch(issuer), subject: { exact: subject } };
  return { issuer: { exact: issuer }, subject: value.endsWith('*') ? textMatch(subject) : { exact: subject } };
}
