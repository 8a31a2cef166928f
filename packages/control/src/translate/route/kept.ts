/**
 * Results that belong to one object, by what else they depend on. The memo would do the same; this one makes no texts of its parts, which
 * counts where twenty thousand results are asked for after every change.
 */

/** Owner to its results, the latest last. */
export type Kept<T> = WeakMap<object, { readonly parts: readonly unknown[]; readonly value: T }[]>;

/** More variants of one object hardly ever are in use at once. */
const MAX_VARIANTS = 64;

/** The result for an owner and parts, which are compared by identity; those that tell most apart come first. */
export function keptFor<T>(kept: Kept<T>, owner: object, parts: readonly unknown[], make: () => T): T {
  let variants = kept.get(owner);
  if (variants === undefined) {
    variants = [];
    kept.set(owner, variants);
  }
  for (const variant of variants) if (isSame(variant.parts, parts)) return variant.value;
  const value = make();
  if (variants.length >= MAX_VARIANTS) variants.shift();
  variants.push({ parts, value });
  return value;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
