import { isObject } from './json/json.ts';

const MAX_CHARS = 80;

/** A value as an error message shows it; large ones are not shown. */
export function show(json: unknown): string {
  if (Array.isArray(json)) return 'a list';
  if (isObject(json)) return 'an object';
  if (typeof json === 'string') return JSON.stringify(json.length > MAX_CHARS ? `${json.slice(0, MAX_CHARS)}…` : json);
  if (typeof json === 'object' && json !== null) return `a ${json.constructor.name}`;
  return String(json);
}
