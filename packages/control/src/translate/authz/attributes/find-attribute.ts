/** From the key of a condition to the attribute that it looks at. */
import type { Attribute } from './attribute.ts';
import { connectionSni, destinationIp, destinationPort, filterMetadata } from './operation.ts';
import { requestClaim, requestPrincipal } from './request-auth.ts';
import { remoteIp, requestHeader, sourceIp, sourceNamespace, sourcePrincipal, sourceServiceAccount } from './source.ts';

const BY_KEY: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ['source.ip', sourceIp],
  ['remote.ip', remoteIp],
  ['source.namespace', sourceNamespace],
  ['source.principal', sourcePrincipal],
  ['source.serviceAccount', sourceServiceAccount],
  ['request.auth.principal', requestPrincipal],
  ['request.auth.audiences', requestClaim(['aud'])],
  ['request.auth.presenter', requestClaim(['azp'])],
  ['destination.ip', destinationIp],
  ['destination.port', destinationPort],
  ['connection.sni', connectionSni],
]);

const HEADER = /^request\.headers\[([^\]]+)\]$/;
const CLAIMS = /^request\.auth\.claims((?:\[[^\]]+\])+)$/;
const FILTER = /^experimental\.(envoy\.filters\.[^[]+)\[([^\]]+)\]$/;

/** Keys as they are documented, for messages. */
export const CONDITION_KEYS: readonly string[] = [
  ...BY_KEY.keys(),
  'request.headers[NAME]',
  'request.auth.claims[NAME]',
  'experimental.envoy.filters.NAME[KEY]',
];

/** The attribute of a key; undefined when there is none. */
export function findAttribute(key: string): Attribute | undefined {
  const known = BY_KEY.get(key);
  if (known !== undefined) return known;
  const header = HEADER.exec(key)?.[1];
  if (header !== undefined) return requestHeader(header);
  const claims = CLAIMS.exec(key)?.[1];
  if (claims !== undefined) return requestClaim(claims.slice(1, -1).split(']['));
  const filter = FILTER.exec(key);
  return filter === null ? undefined : filterMetadata(filter[1]!, filter[2]!);
}
