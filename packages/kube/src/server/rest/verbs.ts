/** Which verbs a resource offers, and at which URLs. */
import type { AnyKind } from '@weft/api';
import type { CatalogSnapshot } from '../catalog.ts';
import { kinds } from '../kinds.ts';

/** The verbs of every stored resource. */
export const STORED_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

/** Namespaces go one by one: what is in them goes too. */
const NAMESPACE_VERBS = STORED_VERBS.filter((verb) => verb !== 'deletecollection');

const TERMINATING_VERBS = STORED_VERBS.filter((verb) => verb !== 'create');

/** The verbs that a resource offers. */
export function verbsOf(kind: AnyKind, catalog: CatalogSnapshot): readonly string[] {
  if (kind.verbs !== undefined) return kind.verbs;
  if (kind === kinds.namespace) return NAMESPACE_VERBS;
  return catalog.isTerminating(kind) ? TERMINATING_VERBS : STORED_VERBS;
}

/** Objects are created in a collection, and changed one by one; only reads reach across namespaces. */
export function fitsUrl(
  kind: AnyKind,
  verb: string,
  url: { readonly namespace: string; readonly name: string },
): boolean {
  const isAcross = kind.scope === 'Namespaced' && url.namespace === '';
  if (verb === 'create') return url.name === '' && !isAcross;
  if (verb === 'deletecollection') return !isAcross;
  return url.name !== '' || !['update', 'patch'].includes(verb);
}
