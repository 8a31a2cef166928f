/** Who serves a service, as far as clients have to know. */
import type { MeshService, MeshSettings, ServiceEndpoints } from '../../mesh/index.ts';
import { compareText } from '../../mesh/names/object-ref.ts';
import type { Memo } from '../memo.ts';

/** See the file's head. */
export interface ServiceIdentities {
  /** SPIFFE ids of the endpoints and names that the service gives, sorted; those of other trust domains that mean the same, too. */
  readonly names: readonly string[];
  /** The same as one text. */
  readonly key: string;
  /** There are endpoints, and all of them speak mutual TLS. */
  readonly areAllMutual: boolean;
}

const NONE: ServiceIdentities = Object.freeze({ names: [], key: '', areAllMutual: false });

/** What the endpoints of a service have in common. Clusters depend on it, and not on every change of an endpoint. */
export function serviceIdentities(
  { subjectAltNames }: MeshService,
  endpoints: ServiceEndpoints | undefined,
  settings: MeshSettings,
  memo: Memo,
): ServiceIdentities {
  if (endpoints === undefined && subjectAltNames.length === 0) return NONE;
  return memo.get('clusters.identities', [endpoints, settings, subjectAltNames], () => {
    const found = new Set(subjectAltNames);
    for (const { identity } of endpoints ?? []) if (identity !== '') found.add(identity);
    const names = [...withAliases(found, settings)].toSorted(compareText);
    const areAllMutual = endpoints?.every(({ tlsMode }) => tlsMode === 'istio') ?? false;
    return Object.freeze({ names, key: names.join('|'), areAllMutual });
  });
}

function withAliases(names: ReadonlySet<string>, { trustDomain, config }: MeshSettings): ReadonlySet<string> {
  const { trustDomainAliases = [] } = config;
  if (trustDomainAliases.length === 0) return names;
  const domains = [trustDomain, ...trustDomainAliases].map((domain) => `spiffe://${domain}/`);
  const all = new Set(names);
  for (const name of names) {
    const own = domains.find((domain) => name.startsWith(domain));
    if (own !== undefined) for (const domain of domains) all.add(`${domain}${name.slice(own.length)}`);
  }
  return all;
}
