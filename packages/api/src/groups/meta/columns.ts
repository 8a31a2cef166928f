import type { Column } from '../../kind/index.ts';

/** How long the object has existed; the last of the standard columns. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  value: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
};

/** When the object was created, for kinds that have no columns of their own. */
export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'string',
  declaredType: 'date',
  value: '.metadata.creationTimestamp',
  description: 'When the object was created.',
};

/** What `kubectl` prints for a list or text that is empty. */
export const NONE = '<none>';

/** The entries joined with commas, or `<none>`. */
export function joinOrNone(entries: readonly string[] | undefined, separator = ','): string {
  return entries === undefined || entries.length === 0 ? NONE : entries.join(separator);
}

/** A label map as `kubectl` prints it: `a=1,b=2`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return joinOrNone(entries.map(([key, value]) => `${key}=${value}`));
}
