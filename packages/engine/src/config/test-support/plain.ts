/** A runtime object as data for a golden file: without functions and what is not set, bytes as text, maps as objects. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.subarray(0, 40));
  if (value instanceof Set) return [...value].map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if ('describe' in value && typeof value.describe === 'function') return (value.describe as () => string)();
  const out: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined || typeof each === 'function') continue;
    out[key] = each === Number.POSITIVE_INFINITY ? 'Infinity' : plain(each);
  }
  return out;
}
