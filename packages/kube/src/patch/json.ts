/**
 * Plain JSON data as patches see it. Member names come from users: `__proto__` and `constructor` are names like any
 * other, so members are read as own properties and written without touching prototypes.
 */
import { unprocessable } from '../shared/api-errors.ts';

/** A JSON object. Treated as immutable unless a function says that it is its own. */
export type JsonMembers = Record<string, unknown>;

/** Values nested deeper are refused; the same bound as for bodies of requests, with room for one patch inside another. */
export const MAX_JSON_DEPTH = 256;

/** Tells whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of this name, or undefined; never what a prototype has. */
export function memberOf(object: JsonMembers, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets a member of an object that the caller owns. */
export function setMember(object: JsonMembers, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else object[name] = value;
}

/** Structural equality; the order of members does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equalJson(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as JsonMembers;
  const right = b as JsonMembers;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(right, name) || !equalJson(left[name], right[name])) return false;
  }
  return true;
}

/** How deep containers are nested: 0 for a scalar, 1 for `{}`. Stops counting past the bound, and needs no stack. */
export function depthOf(root: unknown): number {
  let level: object[] = typeof root === 'object' && root !== null ? [root] : [];
  let depth = 0;
  while (level.length > 0 && depth <= MAX_JSON_DEPTH) {
    const next: object[] = [];
    for (const container of level) {
      const values: Iterable<unknown> = Array.isArray(container) ? container : Object.values(container);
      for (const value of values) if (typeof value === 'object' && value !== null) next.push(value);
    }
    level = next;
    depth++;
  }
  return depth;
}

/** Refuses values that are nested too deep for recursion. */
export function checkDepth(value: unknown, what: string): void {
  if (depthOf(value) > MAX_JSON_DEPTH) {
    throw unprocessable(`${what} is nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
}

/** A value as Go prints it (`%v`): `map[a:1 b:[x y]]`; texts of the API server contain it. Long ones are cut. */
export function formatGo(value: unknown): string {
  const text = formatGoWhole(value);
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`;
}

const MAX_SHOWN_CHARS = 500;

function formatGoWhole(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, MAX_SHOWN_CHARS).map(formatGoWhole).join(' ')}]`;
  if (isObject(value)) {
    const members = Object.keys(value).sort().slice(0, MAX_SHOWN_CHARS);
    return `map[${members.map((name) => `${name}:${formatGoWhole(value[name])}`).join(' ')}]`;
  }
  if (value === null || value === undefined) return '<nil>';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '<nil>');
}
