/**
 * Freezes what was parsed from JSON. The general `deepFreeze` looks for cycles and getters, which JSON cannot hold, and
 * costs ten times as much; an informer freezes every object it keeps.
 */
export function freezeJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key in value) freezeJson(value[key]);
  return Object.freeze(value);
}
