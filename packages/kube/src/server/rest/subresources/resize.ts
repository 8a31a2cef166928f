/** `pods/NAME/resize`: other resources for containers that run. */
import { isPlainObject } from '@weft/api';
import { kinds } from '../../kinds.ts';
import type { ObjectPart } from './types.ts';

const LISTS = ['containers', 'initContainers'] as const;
const FIELDS = ['resources', 'resizePolicy'] as const;

/** Resources of containers, and what a change of them means. */
export const resize: ObjectPart = {
  name: 'resize',
  fields: LISTS.map((list) => ['spec', list]),
  offers: (info) => info.kind === kinds.pod,
  merge: (next, old) => {
    const given = isPlainObject(next['spec']) ? next['spec'] : {};
    const spec = { ...(old['spec'] as Record<string, unknown>) };
    for (const list of LISTS) if (spec[list] !== undefined) spec[list] = resized(spec[list], given[list]);
    return { ...old, spec };
  },
};

/** Containers are told apart by their names; others than those that are there are not made. */
function resized(old: unknown, next: unknown): unknown {
  if (!Array.isArray(old) || !Array.isArray(next)) return old;
  const byName = new Map(next.filter(isPlainObject).map((container) => [container['name'], container]));
  return old.map((container: Record<string, unknown>) => {
    const given = byName.get(container['name']);
    if (given === undefined) return container;
    const result = { ...container };
    for (const field of FIELDS) {
      if (given[field] === undefined) delete result[field];
      else result[field] = given[field];
    }
    return result;
  });
}
