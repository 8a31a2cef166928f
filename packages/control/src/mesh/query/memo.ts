import { getOrAdd } from '../collections/get-or-add.ts';

/** A function of a part of the snapshot and a text, whose answers are kept as long as the part. */
export function memoByPart<Part extends object, Answer>(
  answer: (part: Part, key: string) => Answer,
): (part: Part, key: string) => Answer {
  const kept = new WeakMap<Part, Map<string, Answer>>();
  return (part, key) =>
    getOrAdd(
      getOrAdd(kept, part, () => new Map<string, Answer>()),
      key,
      () => answer(part, key),
    );
}
