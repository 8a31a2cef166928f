/** JSON data. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** True for what JSON calls an object. */
export function isObject(json: unknown): json is { [key: string]: unknown } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
