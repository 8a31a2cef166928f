/** How parts of snapshots stay the same objects. */
import { isSameJson } from '@weft/api';

/**
 * `next`, or `previous` when the two say the same. An object whose status was written comes in as a new object; nothing
 * that was made from its spec may look changed for it.
 */
export function keepEqual<T>(previous: T | undefined, next: T): T {
  return previous !== undefined && isSameJson(previous, next) ? previous : next;
}

/** The list `next`, with every item that equals the one at the same key in `previous` replaced by that. */
export function keepEqualItems<T>(
  previous: readonly T[] | undefined,
  next: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  if (previous === undefined || previous.length === 0) return Object.freeze(next);
  const before = new Map(previous.map((item) => [keyOf(item), item]));
  const kept = next.map((item) => keepEqual(before.get(keyOf(item)), item));
  if (kept.length === previous.length && kept.every((item, i) => item === previous[i])) return previous;
  return Object.freeze(kept);
}
