/** Who does it: addresses, identities, headers. */
import type { PrincipalJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { StringMatcherJson } from '@weft/proto/envoy/type/matcher/v3/string';
import { rangeJson } from '../../listener/addresses.ts';
import { literally, textMatch, withStars } from '../text-matches.ts';
import { type AttributeContext, anySource, type SourceAttribute } from './attribute.ts';

const SPIFFE = 'spiffe://';
/** Stands for the trust domain of the mesh, whatever that is. */
const DEFAULT_TRUST_DOMAIN = 'cluster.local';

/** The address of the peer. */
export const sourceIp: SourceAttribute = ranges('directRemoteIp');
/** The address of the client, as far as proxies in between are trusted to tell it. */
export const remoteIp: SourceAttribute = ranges('remoteIp');

/** Namespaces, as identities tell them (SEMANTICS 28). */
export const sourceNamespace: SourceAttribute = identity((value) => [
  { safeRegex: { regex: `.*/ns/${withStars(value)}/.*` } },
]);

/** `sa` of the policy's namespace, or `namespace/sa` (SEMANTICS 29). Between them an identity may have more. */
export const sourceServiceAccount: SourceAttribute = identity((value, context) => {
  const slash = value.indexOf('/');
  const namespace = slash === -1 ? context.namespace : value.slice(0, slash);
  const account = value.slice(slash + 1);
  const regex = `spiffe://.+/ns/${literally(namespace)}/(.+/|)sa/${literally(account)}(/.+)?`;
  return [{ safeRegex: { regex } }];
});

/** Identities without `spiffe://`. Those of the mesh's own trust domain are known by its other names, too. */
export const sourcePrincipal: SourceAttribute = identity((value, { trustDomains }) => {
  if (value.startsWith('*')) return [textMatch(value)];
  const slash = value.indexOf('/');
  const trustDomain = slash === -1 ? value : value.slice(0, slash);
  const isOwn = trustDomain === DEFAULT_TRUST_DOMAIN || trustDomains.includes(trustDomain);
  const names = isOwn && slash !== -1 ? new Set([...trustDomains, trustDomain]) : [trustDomain];
  return [...names].map((name) => textMatch(`${SPIFFE}${name}${slash === -1 ? '' : value.slice(slash)}`));
});

/** A header of the request. */
export function requestHeader(name: string): SourceAttribute {
  return {
    side: 'source',
    isHttpOnly: true,
    match: (values) =>
      anySource(
        values.map((value) => ({
          header: value === '*' ? { name, presentMatch: true } : { name, stringMatch: textMatch(value) },
        })),
      ),
  };
}

function ranges(field: 'directRemoteIp' | 'remoteIp'): SourceAttribute {
  return {
    side: 'source',
    isHttpOnly: false,
    match: (values) => {
      const ids: PrincipalJson[] = [];
      for (const value of values) {
        const range = rangeJson(value);
        if (range === undefined) return undefined;
        ids.push({ [field]: range });
      }
      return anySource(ids);
    },
  };
}

function identity(
  matchers: (value: string, context: AttributeContext) => readonly StringMatcherJson[],
): SourceAttribute {
  return {
    side: 'source',
    isHttpOnly: false,
    match: (values, context) =>
      anySource(
        values
          .flatMap((value) => matchers(value, context))
          .map((principalName) => ({ authenticated: { principalName } })),
      ),
  };
}
