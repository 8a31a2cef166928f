/** Which verbs a resource offers, and at which URLs. */
import type { AnyKind } from '@weft/api';
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

/** The verbs that a resource offers. */
export function verbsOf(kind: AnyKind): readonly string[] {
  return kind.verbs ?? (kind === kinds.namespace ? NAMESPACE_VERBS : STORED_VERBS);
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
