/** Removes what a schema does not know, and says what that was. */
import { MAX_DEPTH } from './depth.ts';
import { FieldPath } from './path.ts';
import { resolve, type Schema } from './schema.ts';
import { setMember } from './types.ts';

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
  const walk: PruneWalk = { unknown: [], stack: [] };
  return { value: visit(planOf(schema), value, walk), unknown: walk.unknown };
}

/** One walk; the way to the current value is kept as a stack, and becomes text only for an unknown field. */
interface PruneWalk {
  readonly unknown: string[];
  readonly stack: (string | number)[];
}

/** What pruning has to know of a schema, looked up once per schema. */
interface PrunePlan {
  readonly schema: Schema;
  /** Plans of named members; made at first use, for a schema may contain itself. */
  readonly members: ReadonlyMap<string, { readonly schema: Schema; plan: PrunePlan | undefined }>;
  items: PrunePlan | undefined;
  additional: PrunePlan | undefined;
  /** Nothing below can be unknown. */
  readonly keepsAll: boolean;
}

const plans = new WeakMap<Schema, PrunePlan>();

function planOf(given: Schema): PrunePlan {
  const schema = resolve(given);
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, s]) => [name, { schema: s, plan: undefined }] as const,
  );
  const plan: PrunePlan = {
    schema,
    members: new Map(members),
    items: undefined,
    additional: undefined,
    keepsAll: schema.type === 'any' && schema.properties === undefined && schema.additional === undefined,
  };
  plans.set(schema, plan);
  return plan;
}

function visit(plan: PrunePlan, value: unknown, walk: PruneWalk): unknown {
  if (typeof value !== 'object' || value === null || walk.stack.length > MAX_DEPTH) return value;
  if (Array.isArray(value)) return visitList(plan, value, walk);
  return plan.keepsAll ? value : visitObject(plan, value as Record<string, unknown>, walk);
}

function visitObject(plan: PrunePlan, value: Record<string, unknown>, walk: PruneWalk): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = plan.members.get(name);
    if (member === undefined && plan.schema.additional === undefined) {
      if (keepsUnknown(plan.schema, name)) continue;
      report(walk, name);
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    const before = value[name];
    if (typeof before !== 'object' || before === null) continue;
    walk.stack.push(name);
    const next = visit(memberPlan(plan, member), before, walk);
    walk.stack.pop();
    if (next !== before) {
      copy ??= { ...value };
      setMember(copy, name, next);
    }
  }
  return copy ?? value;
}

function memberPlan(
  plan: PrunePlan,
  member: { readonly schema: Schema; plan: PrunePlan | undefined } | undefined,
): PrunePlan {
  if (member !== undefined) {
    member.plan ??= planOf(member.schema);
    return member.plan;
  }
  plan.additional ??= planOf(plan.schema.additional!);
  return plan.additional;
}

function visitList(plan: PrunePlan, value: unknown[], walk: PruneWalk): unknown {
  if (plan.schema.items === undefined) return value;
  plan.items ??= planOf(plan.schema.items);
  const { items } = plan;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before = value[i];
    if (typeof before !== 'object' || before === null) continue;
    walk.stack.push(i);
    const next = visit(items, before, walk);
    walk.stack.pop();
    if (next !== before) {
      copy ??= value.slice();
      copy[i] = next;
    }
  }
  return copy ?? value;
}

function report(walk: PruneWalk, name: string): void {
  if (walk.unknown.length >= MAX_REPORTED) return;
  let path = FieldPath.root;
  for (const part of walk.stack) path = typeof part === 'number' ? path.index(part) : path.key(part);
  walk.unknown.push(path.key(name).toDotted());
}

function keepsUnknown(schema: Schema, name: string): boolean {
  if (schema.preserveUnknown === true || schema.type === 'any') return true;
  if (schema.embeddedResource === true && EMBEDDED.has(name)) return true;
  // A scalar or a list with members is a wrong type, which validation tells better than an unknown field would.
  return schema.properties === undefined && schema.additional === undefined && schema.type !== 'object';
}
