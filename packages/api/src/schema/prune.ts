/** Removes what a schema does not know, and says what that was. */
import { MAX_DEPTH } from './depth.ts';
import { FieldPath } from './path.ts';
import { resolve, type Schema } from './schema.ts';
import { isPlainObject, setMember } from './types.ts';

/** A pruned value and the fields it no longer has. */
export interface Pruned {
  /** The value itself when nothing was unknown; otherwise a copy along the changed paths. */
  readonly value: unknown;
  /** Paths of unknown fields, such as `spec.http[0].bogus`. */
  readonly unknown: readonly string[];
}

const MAX_REPORTED = 100;
const EMBEDDED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Drops members that `schema` does not describe. Never changes `value`. What is nested too deep is left to validation. */
export function prune(schema: Schema, value: unknown): Pruned {
  const walk = new PruneWalk();
  return { value: walk.visit(schema, value, 0), unknown: walk.unknown };
}

/** One walk; the way to the current value is kept as a stack, and becomes text only for an unknown field. */
class PruneWalk {
  readonly unknown: string[] = [];
  private readonly stack: (string | number)[] = [];

  visit(given: Schema, value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
    const schema = given.ref === undefined ? given : resolve(given);
    if (Array.isArray(value)) return this.visitList(schema, value, depth);
    return schema.type === 'any' && schema.properties === undefined && schema.additional === undefined
      ? value
      : this.visitObject(schema, value as Record<string, unknown>, depth);
  }

  private visitObject(schema: Schema, value: Record<string, unknown>, depth: number): unknown {
    const { properties, additional } = schema;
    let copy: Record<string, unknown> | undefined;
    for (const name of Object.keys(value)) {
      const member = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additional;
      if (member === undefined) {
        if (keepsUnknown(schema, name)) continue;
        this.report(name);
        copy ??= { ...value };
        delete copy[name];
        continue;
      }
      const before = value[name];
      if (typeof before !== 'object' || before === null) continue;
      this.stack.push(name);
      const next = this.visit(member, before, depth + 1);
      this.stack.pop();
      if (next !== before) {
        copy ??= { ...value };
        setMember(copy, name, next);
      }
    }
    return copy ?? value;
  }

  private visitList(schema: Schema, value: unknown[], depth: number): unknown {
    if (schema.items === undefined) return value;
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      if (!isPlainObject(value[i]) && !Array.isArray(value[i])) continue;
      this.stack.push(i);
      const next = this.visit(schema.items, value[i], depth + 1);
      this.stack.pop();
      if (next !== value[i]) {
        copy ??= value.slice();
        copy[i] = next;
      }
    }
    return copy ?? value;
  }

  private report(name: string): void {
    if (this.unknown.length >= MAX_REPORTED) return;
    let path = FieldPath.root;
    for (const part of this.stack) path = typeof part === 'number' ? path.index(part) : path.key(part);
    this.unknown.push(path.key(name).toDotted());
  }
}

function keepsUnknown(schema: Schema, name: string): boolean {
  if (schema.preserveUnknown === true || schema.type === 'any') return true;
  if (schema.embeddedResource === true && EMBEDDED.has(name)) return true;
  // A scalar or a list with members is a wrong type, which validation tells better than an unknown field would.
  return schema.properties === undefined && schema.additional === undefined && schema.type !== 'object';
}
