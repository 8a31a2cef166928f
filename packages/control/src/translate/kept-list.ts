/** Lists that stay the same objects. */

/** Whether two lists have the same items in the same order. */
export function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The list before, when the next one has the same items: who has seen that list has seen this one. */
export function keepList<T>(before: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  return before !== undefined && isSameList(before, next) ? before : next;
}
