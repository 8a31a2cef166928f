/** What the server offers, in the three forms that clients ask for it. Pure: a catalog in, documents out. */
import { type AnyKind, apiVersionOf } from '@weft/api';
import type { CatalogSnapshot } from '../catalog.ts';
import { subresources } from '../rest/subresources/all.ts';
import { objectParts, PART_VERBS } from '../rest/subresources/parts.ts';
import { verbsOf } from '../rest/verbs.ts';

/** A subresource as discovery shows it. */
interface SubresourceInfo {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind: string;
  readonly group: string;
  readonly version: string;
}

/** Groups with their served versions, preferred first, in catalog order. */
export function groupsOf(catalog: CatalogSnapshot): Map<string, string[]> {
  const groups = new Map<string, Set<string>>();
  for (const kind of catalog.registry.kinds) {
    const versions = groups.get(kind.group) ?? new Set();
    groups.set(kind.group, versions);
    for (const version of kind.versions) if (version.isServed !== false) versions.add(version.name);
  }
  return new Map(
    [...groups]
      // A definition may serve none of its versions.
      .filter(([, versions]) => versions.size > 0)
      .map(([group, versions]) => [group, [...versions].sort(compareVersions)]),
  );
}

/** Kubernetes' order: general availability before beta before alpha, higher numbers first. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [rankOf(a), rankOf(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return y[i]! - x[i]!;
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [-1, 0, 0];
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}

/** `/apis`. */
export function groupList(catalog: CatalogSnapshot): unknown {
  const groups = [...groupsOf(catalog)]
    .filter(([group]) => group !== '')
    .map(([group, versions]) => groupEntry(group, versions));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `/apis/GROUP`. */
export function groupDocument(catalog: CatalogSnapshot, group: string): unknown {
  const versions = groupsOf(catalog).get(group);
  if (versions === undefined || group === '') return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, versions) };
}

function groupEntry(group: string, versions: readonly string[]): Record<string, unknown> {
  const entries = versions.map((version) => ({ groupVersion: apiVersionOf(group, version), version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

/** `/api/v1` and `/apis/GROUP/VERSION`. */
export function resourceList(catalog: CatalogSnapshot, group: string, version: string): unknown {
  const kinds = kindsIn(catalog, group, version);
  if (kinds.length === 0) return undefined;
  const resources = kinds.flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.scope === 'Namespaced',
      kind: kind.kind,
      verbs: verbsOf(kind, catalog),
      ...optional('shortNames', kind.shortNames),
      ...optional('categories', kind.categories),
    },
    ...subresourcesOf(kind, version, catalog).map((sub) => ({
      name: `${kind.plural}/${sub.name}`,
      singularName: '',
      namespaced: kind.scope === 'Namespaced',
      ...(sub.group === group && sub.version === version ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(group, version), resources };
}

/** `/api` and `/apis` in the aggregated form, for core or for all other groups. */
export function aggregatedDiscovery(catalog: CatalogSnapshot, isCore: boolean, apiVersion: string): unknown {
  const items = [...groupsOf(catalog)]
    .filter(([group]) => (group === '') === isCore)
    .map(([group, versions]) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        freshness: 'Current',
        resources: kindsIn(catalog, group, version).map((kind) => aggregatedResource(catalog, kind, version)),
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion, metadata: {}, items };
}

function aggregatedResource(catalog: CatalogSnapshot, kind: AnyKind, version: string): unknown {
  const subs = subresourcesOf(kind, version, catalog).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version, kind: kind.kind },
    scope: kind.scope,
    singularResource: kind.singular,
    verbs: verbsOf(kind, catalog),
    ...optional('shortNames', kind.shortNames),
    ...optional('categories', kind.categories),
    ...optional('subresources', subs),
  };
}

function kindsIn(catalog: CatalogSnapshot, group: string, version: string): AnyKind[] {
  return catalog.registry.kinds.filter(
    (kind) => kind.group === group && kind.versions.some((v) => v.name === version && v.isServed !== false),
  );
}

function subresourcesOf(kind: AnyKind, version: string, catalog: CatalogSnapshot): SubresourceInfo[] {
  const own = { group: kind.group, version, kind: kind.kind };
  const found: SubresourceInfo[] = [];
  const info = catalog.resource(kind.group, version, kind.plural);
  if (info === undefined) return found;
  for (const part of objectParts) if (part.offers(info)) found.push({ name: part.name, verbs: PART_VERBS, ...own });
  for (const sub of subresources) {
    if (sub.isUnlisted === true || !sub.offers(info)) continue;
    found.push({ name: sub.name, verbs: sub.verbs, ...(sub.shows ?? own) });
  }
  return found;
}

function optional(name: string, values: readonly unknown[]): Record<string, unknown> {
  return values.length === 0 ? {} : { [name]: values };
}
