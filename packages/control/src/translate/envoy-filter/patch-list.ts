/** What operations do to things that stand in a row, such as filters or routes. */
import { type MessageJson, mergeJson } from './merge-json.ts';
import type { Operation } from './patch.ts';

/** A patch of a row. */
export interface ListPatch {
  readonly operation: Operation;
  /** Of the items. */
  readonly typeName: string;
  /** Canonical; not looked at for REMOVE. */
  readonly value: MessageJson;
  /** Whether the patch names an item, so that `isTarget` does not hold for all. */
  readonly isNamed: boolean;
  readonly isTarget: (item: MessageJson) => boolean;
  /** Brings an item to the form of the value, before both are merged. */
  readonly prepare: (item: MessageJson) => MessageJson;
  /** Where ADD puts the value; at the end unless given. */
  readonly addAt?: (items: readonly MessageJson[]) => number;
}

/** The row after the patch; the same one when the patch changes nothing. */
export function patchList(items: readonly MessageJson[], patch: ListPatch): readonly MessageJson[] {
  const { operation, value, typeName, isNamed, isTarget, prepare, addAt } = patch;
  const first = items.findIndex(isTarget);
  switch (operation) {
    case 'ADD':
      return items.toSpliced(addAt?.(items) ?? items.length, 0, value);
    case 'INSERT_FIRST':
      return [value, ...items];
    case 'INSERT_BEFORE':
      if (!isNamed) return [value, ...items];
      return first === -1 ? items : items.toSpliced(first, 0, value);
    case 'INSERT_AFTER':
      if (!isNamed) return [...items, value];
      return first === -1 ? items : items.toSpliced(first + 1, 0, value);
    case 'MERGE':
      if (first === -1) return items;
      return items.map((item) => (isTarget(item) ? mergeJson(typeName, prepare(item), value) : item));
    case 'REMOVE':
      return first === -1 ? items : items.filter((item) => !isTarget(item));
    case 'REPLACE':
      return first === -1 ? items : items.map((item) => (isTarget(item) ? value : item));
  }
}
