/** The list before, when the next one has the same items: who has seen that list has seen this one. */
export function keepList<T>(before: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  if (before === undefined || before.length !== next.length) return next;
  for (let i = 0; i < next.length; i++) if (before[i] !== next[i]) return next;
  return before;
}
