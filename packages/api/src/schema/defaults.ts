/** Fills in what the user left out. */
import { ownMember } from '@weft/core';
import { MAX_DEPTH } from './depth.ts';
import { resolve, type Schema } from './schema.ts';
import { setMember } from './types.ts';

const hasDefaultsCache = new WeakMap<Schema, boolean>();
const memberPlans = new WeakMap<Schema, readonly MemberPlan[]>();

/** A property that has a default or contains one. */
interface MemberPlan {
  readonly name: string;
  readonly schema: Schema;
  readonly isNullable: boolean;
}

/** The value with the schema's defaults; the value itself when there is nothing to add. Never changes `value`. */
export function withDefaults(given: Schema, value: unknown): unknown {
  return visit(given, value, 0);
}

function visit(given: Schema, value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  const schema = resolve(given);
  if (!hasDefaults(schema)) return value;
  return Array.isArray(value)
    ? visitItems(schema, value, depth)
    : visitMembers(schema, value as Record<string, unknown>, depth);
}

function visitMembers(schema: Schema, value: Record<string, unknown>, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  const set = (name: string, next: unknown): void => {
    copy ??= { ...value };
    setMember(copy, name, next);
  };
  for (const member of memberPlan(schema)) {
    const present = ownMember(value, member.name);
    const isAbsent = present === undefined || (present === null && !member.isNullable);
    if (isAbsent) {
      if (member.schema.default === undefined) continue;
      set(member.name, visit(member.schema, structuredClone(member.schema.default), depth + 1));
    } else {
      const next = visit(member.schema, present, depth + 1);
      if (next !== present) set(member.name, next);
    }
  }
  if (schema.additional !== undefined && hasDefaults(resolve(schema.additional))) {
    for (const name of Object.keys(value)) {
      if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) continue;
      const next = visit(schema.additional, value[name], depth + 1);
      if (next !== value[name]) set(name, next);
    }
  }
  return copy ?? value;
}

function visitItems(schema: Schema, value: unknown[], depth: number): unknown[] {
  if (schema.items === undefined) return value;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const next = visit(schema.items, value[i], depth + 1);
    if (next !== value[i]) {
      copy ??= value.slice();
      copy[i] = next;
    }
  }
  return copy ?? value;
}

function memberPlan(schema: Schema): readonly MemberPlan[] {
  const known = memberPlans.get(schema);
  if (known !== undefined) return known;
  const plan: MemberPlan[] = [];
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (member.default === undefined && !hasDefaults(resolve(member))) continue;
    plan.push({ name, schema: member, isNullable: member.nullable === true });
  }
  memberPlans.set(schema, plan);
  return plan;
}

/** Whether `withDefaults` may ever change a value of the schema. */
export function hasDefaults(schema: Schema, visiting: Set<Schema> = new Set()): boolean {
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
