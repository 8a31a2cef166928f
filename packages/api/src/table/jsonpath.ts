/** JSONPath as kubectl and CRD columns use it: `.status.conditions[?(@.type=="Ready")].status`, compiled once. */
import { ownMember } from '@weft/core';
import { isPlainObject, isSameJson } from '../schema/index.ts';
import { type FilterOperator, type JsonPathStep, type Operand, parseJsonPath } from './jsonpath-parser.ts';

/** A compiled path. */
export interface JsonPath {
  readonly text: string;
  /** All values at the path; none where a member is missing. */
  evaluate(root: unknown): unknown[];
}

/** A path finds at most this many values. */
const MAX_RESULTS = 10_000;

/** Compiles a path, with or without braces around it; throws a `JsonPathError` that says where it is wrong. */
export function compileJsonPath(text: string): JsonPath {
  const steps = parseJsonPath(text);
  return { text, evaluate: (root) => evaluateSteps(steps, root) };
}

function evaluateSteps(steps: readonly JsonPathStep[], root: unknown): unknown[] {
  let values: unknown[] = [root];
  for (const step of steps) {
    const next: unknown[] = [];
    for (const value of values) {
      if (next.length >= MAX_RESULTS) break;
      applyStep(step, value, next);
    }
    values = next;
    if (values.length === 0) break;
  }
  return values;
}

function applyStep(step: JsonPathStep, value: unknown, out: unknown[]): void {
  switch (step.kind) {
    case 'names':
      for (const name of step.names) pushMember(value, name, out);
      return;
    case 'indexes':
      for (const index of step.indexes) if (Array.isArray(value)) pushItem(value, index, out);
      return;
    case 'slice':
      if (Array.isArray(value)) pushSlice(value, step.from, step.to, step.by, out);
      return;
    case 'all':
      pushAll(out, childrenOf(value));
      return;
    case 'descend':
      descend(value, out);
      return;
    case 'filter':
      for (const child of childrenOf(value)) if (passes(step.left, step.operator, step.right, child)) out.push(child);
      return;
  }
}

function pushMember(value: unknown, name: string, out: unknown[]): void {
  if (!isPlainObject(value)) return;
  const member = ownMember(value, name);
  if (member !== undefined) out.push(member);
}

function pushItem(list: readonly unknown[], index: number, out: unknown[]): void {
  const at = index < 0 ? list.length + index : index;
  if (at >= 0 && at < list.length) out.push(list[at]);
}

function pushSlice(list: readonly unknown[], from: number, to: number | undefined, by: number, out: unknown[]): void {
  const start = Math.max(from < 0 ? list.length + from : from, 0);
  const end = to === undefined ? list.length : Math.min(to < 0 ? list.length + to : to, list.length);
  for (let i = start; i < end; i += by) out.push(list[i]);
}

function pushAll(out: unknown[], values: readonly unknown[]): void {
  for (const value of values) out.push(value);
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isPlainObject(value) ? Object.values(value) : [];
}

/** The value and everything in it, without recursion: objects are as deep as their writers made them. */
function descend(value: unknown, out: unknown[]): void {
  const open: unknown[] = [value];
  while (open.length > 0 && out.length < MAX_RESULTS) {
    const next = open.pop();
    out.push(next);
    const children = childrenOf(next);
    for (let i = children.length - 1; i >= 0; i--) open.push(children[i]);
  }
}

function passes(left: Operand, operator: FilterOperator, right: Operand | undefined, item: unknown): boolean {
  const a = operandValue(left, item);
  if (operator === 'exists' || right === undefined) return a !== undefined;
  const b = operandValue(right, item);
  if (operator === '==') return a !== undefined && isSameJson(a, b);
  if (operator === '!=') return a !== undefined && !isSameJson(a, b);
  return isOrdered(operator, a, b);
}

function isOrdered(operator: FilterOperator, a: unknown, b: unknown): boolean {
  const isComparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  if (!isComparable) return false;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function operandValue(operand: Operand, item: unknown): unknown {
  return operand.kind === 'literal' ? operand.value : evaluateSteps(operand.steps, item)[0];
}
