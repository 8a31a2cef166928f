/** The type of a value that cannot be changed at any depth. */
export type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/**
 * Freezes plain data at every depth and returns it. Cycles are fine. Typed arrays cannot be frozen and the contents of
 * maps and sets not protected, so snapshots do not hold them where change would matter.
 */
export function deepFreeze<T>(root: T): DeepReadonly<T> {
  // A list instead of recursion: documents of users may be nested deeper than the stack allows.
  const todo: unknown[] = [root];
  const seen = new Set<object>();
  while (todo.length > 0) {
    const value = todo.pop();
    if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) continue;
    seen.add(value);
    Object.freeze(value);
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      // Values only: reading a getter would run code of the frozen object.
      if (property !== undefined && 'value' in property) todo.push(property.value);
    }
  }
  return root as DeepReadonly<T>;
}
