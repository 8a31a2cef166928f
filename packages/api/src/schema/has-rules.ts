import { resolve, type Schema } from './schema.ts';

const known = new WeakMap<Schema, boolean>();

/** Tells whether a schema has rules that a definition of the kind shows, at any depth. */
export function hasRules(given: Schema): boolean {
  const schema = resolve(given);
  const before = known.get(schema);
  if (before !== undefined) return before;
  // A schema that contains itself has no more rules for that.
  known.set(schema, false);
  const { rules = [], properties = {}, items, additional } = schema;
  const parts = [...Object.values(properties), items, additional].filter((part) => part !== undefined);
  const found = rules.some(({ cel, source }) => cel !== undefined || source !== undefined) || parts.some(hasRules);
  known.set(schema, found);
  return found;
}
