/** Removes what a schema does not know, and says what that was. */
import { FieldPath } from './path.ts';
import { resolve, type Schema } from './schema.ts';
import { isPlainObject } from './types.ts';

/** A pruned value and the fields it no longer has. */
export interface Pruned {
  /** The value itself when nothing was unknown; otherwise a copy along the changed paths. */
  readonly value: unknown;
  /** Paths of unknown fields, such as `spec.http[0].bogus`. */
  readonly unknown: readonly string[];
}

const MAX_REPORTED = 100;

/** Drops members that `schema` does not describe. Never changes `value`. */
export function prune(schema: Schema, value: unknown): Pruned {
  const unknown: string[] = [];
  const result = walk(schema, value, FieldPath.root, unknown);
  return { value: result, unknown };
}

function walk(given: Schema, value: unknown, path: FieldPath, unknown: string[]): unknown {
  const schema = resolve(given);
  if (Array.isArray(value)) return walkList(schema, value, path, unknown);
  if (!isPlainObject(value) || schema.type === 'any') return value;
  const { properties, additional } = schema;
  const keep = schema.preserveUnknown === true;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = memberSchema(schema, name);
    if (member === undefined) {
      if (keep || (schema.embeddedResource === true && EMBEDDED.has(name))) continue;
      if (properties === undefined && additional === undefined && schema.type !== 'object') continue;
      if (unknown.length < MAX_REPORTED) unknown.push(path.key(name).toDotted());
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    const next = walk(member, value[name], path.key(name), unknown);
    if (next !== value[name]) {
      copy ??= { ...value };
      copy[name] = next;
    }
  }
  return copy ?? value;
}

const EMBEDDED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function memberSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return schema.additional;
}

function walkList(schema: Schema, value: unknown[], path: FieldPath, unknown: string[]): unknown {
  if (schema.items === undefined) return value;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const next = walk(schema.items, value[i], path.index(i), unknown);
    if (next !== value[i]) {
      copy ??= value.slice();
      copy[i] = next;
    }
  }
  return copy ?? value;
}
