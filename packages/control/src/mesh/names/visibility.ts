/** Reads `exportTo` (SEMANTICS 4). */
import type { Visibility } from '../model/index.ts';

const PUBLIC = '*';
const OWN = '.';
const NOBODY = '~';

/** Who sees an object of `namespace` that says `exportTo`, in a mesh with these defaults for its kind. */
export function visibilityOf(
  exportTo: readonly string[] | undefined,
  namespace: string,
  defaults: readonly string[],
): Visibility {
  const isExplicit = exportTo !== undefined && exportTo.length > 0;
  const entries = isExplicit ? exportTo : defaults;
  // "*" beats everything else in the list, and no entry at all means everyone.
  if (entries.includes(PUBLIC) || entries.length === 0) return freeze({ isPublic: true, namespaces: [], isExplicit });
  if (entries.includes(NOBODY)) return freeze({ isPublic: false, namespaces: [], isExplicit });
  const namespaces = new Set(entries.map((entry) => (entry === OWN ? namespace : entry)));
  return freeze({ isPublic: false, namespaces: [...namespaces].toSorted(), isExplicit });
}

function freeze(visibility: Visibility): Visibility {
  Object.freeze(visibility.namespaces);
  return Object.freeze(visibility);
}

/** Whether those in `namespace` see an object. */
export function isVisibleTo({ isPublic, namespaces }: Visibility, namespace: string): boolean {
  return isPublic || namespaces.includes(namespace);
}

/** Whether only those in `namespace` see an object. */
export function isPrivateTo({ isPublic, namespaces }: Visibility, namespace: string): boolean {
  return !isPublic && namespaces.length === 1 && namespaces[0] === namespace;
}
