/** JSON data. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** True for what JSON calls an object; a Map or a Date, as YAML may be read to, is none. */
export function isObject(json: unknown): json is { [key: string]: unknown } {
  if (typeof json !== 'object' || json === null) return false;
  const prototype: unknown = Object.getPrototypeOf(json);
  return prototype === Object.prototype || prototype === null;
}
