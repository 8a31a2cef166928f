/** How large the values of a variable may be. */

/** The bounds of a value and of what is in it. */
export interface SizedType {
  /** Most characters of a text, items of a list or members of a map; 0 for everything else. */
  readonly maxElements: number;
  /** Of a list the items, of a map the values. */
  readonly items?: SizedType;
  readonly isMap?: boolean;
  /** The fields of an object, by their CEL spelling. */
  readonly fields?: ReadonlyMap<string, SizedType>;
}

/** Keys of maps have no bound of their own, which counts as nothing. */
const KEYS: SizedType = { maxElements: 0 };

/** What a path leads to; undefined when it leads nowhere. */
export function sizedAt(root: SizedType, path: readonly string[]): SizedType | undefined {
  let at: SizedType | undefined = root;
  for (const part of path) {
    if (part === '@items' || part === '@values') at = at.items;
    else if (part === '@keys') at = at.isMap === true ? KEYS : undefined;
    else at = at.fields?.get(part);
    if (at === undefined) return undefined;
  }
  return at;
}
