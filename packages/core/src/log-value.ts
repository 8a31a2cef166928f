import { isMeshError, thrownMessage } from './errors.ts';
import { isSecretName, redactText } from './redact.ts';
import { REDACTED, Secret } from './secret.ts';

/** What a logged value becomes: plain data, bounded, with secrets hidden. */
export type LogValue = string | number | boolean | null | readonly LogValue[] | { readonly [name: string]: LogValue };

const MAX_STRING = 4096;
const MAX_DEPTH = 5;
const MAX_ENTRIES = 64;
const MAX_VALUES = 512;
const MAX_TEXT = 16_384;
const MAX_STACK_FRAMES = 8;

/** One budget a record, so that its size is bounded however many fields it has. */
export interface LogBudget {
  values: number;
  text: number;
  /** Adds where an error was thrown. */
  readonly withStacks: boolean;
}

/** A fresh budget for one record. */
export function createLogBudget(withStacks: boolean): LogBudget {
  return { values: MAX_VALUES, text: MAX_TEXT, withStacks };
}

/** Cuts a text to what the budget allows and hides the secrets in it. */
export function toLogText(text: string, budget: LogBudget): string {
  const limit = Math.min(MAX_STRING, budget.text);
  budget.text -= Math.min(text.length, limit);
  if (text.length <= limit) return redactText(text);
  // Well-formed text must not end in half a character.
  const cut = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${redactText(cut)}…(${text.length - cut.length} more)`;
}

/** Turns any value into plain data for a log line; never throws and never runs into cycles. */
export function toLogValue(name: string, value: unknown, budget: LogBudget, depth = 0): LogValue {
  budget.values -= 1;
  if (budget.values < 0) return '…';
  if (value instanceof Secret) return REDACTED;
  if (value !== undefined && value !== null && isSecretName(name)) return REDACTED;
  switch (typeof value) {
    case 'string':
      return toLogText(value, budget);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
    case 'symbol':
      return toLogText(String(value), budget);
    case 'undefined':
      return null;
    case 'function':
      return `[function ${toLogText(value.name, budget)}]`;
    case 'object':
      return value === null ? null : guardedObject(value, budget, depth);
  }
}

/** A getter, proxy or `toJSON` of the logged object may throw; that must not stop the code that logs. */
function guardedObject(value: object, budget: LogBudget, depth: number): LogValue {
  try {
    return objectValue(value, budget, depth);
  } catch (thrown) {
    return `[not readable: ${toLogText(thrownMessage(thrown), budget)}]`;
  }
}

function objectValue(value: object, budget: LogBudget, depth: number): LogValue {
  if (value instanceof Error) return errorValue(value, budget, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return toLogText(String(value), budget);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[…]' : '{…}';
  if (value instanceof Map) return entriesValue(value, value.size, budget, depth);
  if (Array.isArray(value) || value instanceof Set) return listValue(value, budget, depth);
  return entriesValue(ownEntries(value), Number.POSITIVE_INFINITY, budget, depth);
}

function* ownEntries(value: object): Generator<[string, unknown]> {
  for (const name in value) {
    if (Object.hasOwn(value, name)) yield [name, (value as Record<string, unknown>)[name]];
  }
}

function listValue(value: Iterable<unknown>, budget: LogBudget, depth: number): LogValue {
  const out: LogValue[] = [];
  for (const item of value) {
    if (out.length === MAX_ENTRIES || budget.values <= 0) {
      out.push('…');
      break;
    }
    out.push(toLogValue('', item, budget, depth + 1));
  }
  return out;
}

function entriesValue(
  entries: Iterable<readonly [unknown, unknown]>,
  size: number,
  budget: LogBudget,
  depth: number,
): LogValue {
  // No prototype: a logged key `__proto__` is data here.
  const out: Record<string, LogValue> = Object.create(null) as Record<string, LogValue>;
  let count = 0;
  for (const [key, item] of entries) {
    if (count === MAX_ENTRIES || budget.values <= 0) {
      out['…'] = Number.isFinite(size) ? `${size - count} more` : 'more';
      break;
    }
    count += 1;
    const name = typeof key === 'string' ? key : String(key);
    out[toLogText(name, budget)] = toLogValue(name, item, budget, depth + 1);
  }
  return out;
}

function errorValue(error: Error, budget: LogBudget, depth: number): LogValue {
  const out: Record<string, LogValue> = { message: toLogText(thrownMessage(error), budget) };
  if (error.name !== 'Error' && error.name !== 'MeshError') out['name'] = toLogText(error.name, budget);
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' || typeof code === 'number') out['code'] = toLogValue('', code, budget, depth);
  if (isMeshError(error) && error.hint !== undefined) out['hint'] = toLogText(error.hint, budget);
  if (budget.withStacks) out['stack'] = stackFrames(error, budget);
  if (error.cause !== undefined && depth < MAX_DEPTH) out['cause'] = toLogValue('', error.cause, budget, depth + 1);
  return out;
}

/** The innermost frames only, without the message, which stands in its own field. */
function stackFrames(error: Error, budget: LogBudget): LogValue {
  const lines = (error.stack ?? '').slice(0, MAX_TEXT).split('\n');
  const frames = lines.map((line) => line.trim()).filter((line) => line.startsWith('at '));
  return toLogText(frames.slice(0, MAX_STACK_FRAMES).join(' | '), budget);
}
