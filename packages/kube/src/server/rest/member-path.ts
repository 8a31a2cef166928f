/** Reads and writes members by dotted paths such as `.spec.replicas`. */
import { isPlainObject } from '@weft/api';

function namesOf(path: string): string[] {
  return path.split('.').filter((name) => name !== '');
}

/** The value at the path, or undefined. */
export function getPath(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const name of namesOf(path)) {
    if (!isPlainObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A copy of the object with another value at the path. */
export function setPath(object: object, path: string, value: unknown): Record<string, unknown> {
  return setNames(object as Record<string, unknown>, namesOf(path), value);
}

function setNames(object: Record<string, unknown>, names: readonly string[], value: unknown): Record<string, unknown> {
  const [first, ...rest] = names;
  if (first === undefined) return object;
  if (rest.length === 0) return { ...object, [first]: value };
  const inner = object[first];
  return { ...object, [first]: setNames(isPlainObject(inner) ? inner : {}, rest, value) };
}
