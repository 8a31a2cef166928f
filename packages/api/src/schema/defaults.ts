/** Fills in what the user left out. */
import { resolve, type Schema } from './schema.ts';
import { isPlainObject } from './types.ts';

const hasDefaultsCache = new WeakMap<Schema, boolean>();

/** The value with the schema's defaults; the value itself when there is nothing to add. Never changes `value`. */
export function withDefaults(given: Schema, value: unknown): unknown {
  const schema = resolve(given);
  if (!hasDefaults(schema)) return value;
  if (Array.isArray(value)) return defaultItems(schema, value);
  if (!isPlainObject(value)) return value;
  let copy: Record<string, unknown> | undefined;
  const set = (name: string, next: unknown): void => {
    copy ??= { ...value };
    copy[name] = next;
  };
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const present = value[name];
    const absent = present === undefined || (present === null && member.nullable !== true);
    if (absent && member.default !== undefined) set(name, withDefaults(member, structuredClone(member.default)));
    else if (!absent) {
      const next = withDefaults(member, present);
      if (next !== present) set(name, next);
    }
  }
  if (schema.additional !== undefined && hasDefaults(resolve(schema.additional))) {
    for (const name of Object.keys(value)) {
      if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) continue;
      const next = withDefaults(schema.additional, value[name]);
      if (next !== value[name]) set(name, next);
    }
  }
  return copy ?? value;
}

function defaultItems(schema: Schema, value: unknown[]): unknown[] {
  if (schema.items === undefined) return value;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const next = withDefaults(schema.items, value[i]);
    if (next !== value[i]) {
      copy ??= value.slice();
      copy[i] = next;
    }
  }
  return copy ?? value;
}

function hasDefaults(schema: Schema, visiting: Set<Schema> = new Set()): boolean {
  const known = hasDefaultsCache.get(schema);
  if (known !== undefined) return known;
  if (visiting.has(schema)) return false;
  visiting.add(schema);
  const parts = [...Object.values(schema.properties ?? {}), schema.items, schema.additional];
  const found = parts.some(
    (part) => part !== undefined && (part.default !== undefined || hasDefaults(resolve(part), visiting)),
  );
  visiting.delete(schema);
  // Inside a cycle "none" may only mean "not seen yet": only the outermost answer is kept.
  if (found || visiting.size === 0) hasDefaultsCache.set(schema, found);
  return found;
}
