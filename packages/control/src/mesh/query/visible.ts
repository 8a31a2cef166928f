/** Objects by who sees them. */
import { getOrAdd } from '../collections/get-or-add.ts';
import type { Visibility } from '../model/index.ts';

interface Visible {
  readonly namespace: string;
  readonly visibility: Visibility;
}

/** Objects sorted by who sees them; each list keeps the order in which the objects came. */
export interface VisibleIndex<T> {
  readonly isPublic: readonly T[];
  /** Namespace to its own objects that not everybody sees. */
  readonly own: ReadonlyMap<string, readonly T[]>;
  /** Namespace to objects of others that name it. */
  readonly exported: ReadonlyMap<string, readonly T[]>;
}

/** Sorts objects by who sees them. */
export function indexByVisibility<T>(items: Iterable<T>, read: (item: T) => Visible): VisibleIndex<T> {
  const isPublic: T[] = [];
  const own = new Map<string, T[]>();
  const exported = new Map<string, T[]>();
  for (const item of items) {
    const { namespace, visibility } = read(item);
    if (visibility.isPublic) isPublic.push(item);
    for (const reader of visibility.namespaces)
      getOrAdd(reader === namespace ? own : exported, reader, () => []).push(item);
  }
  return { isPublic, own, exported };
}

/** What a namespace sees: its own first, then what is meant for it, then what is for all (SEMANTICS 4). */
export function visibleIn<T>({ isPublic, own, exported }: VisibleIndex<T>, namespace: string): readonly T[] {
  const mine = own.get(namespace);
  const forMe = exported.get(namespace);
  return mine === undefined && forMe === undefined ? isPublic : [...(mine ?? []), ...(forMe ?? []), ...isPublic];
}
