import type { TagPart } from '../names/stat-name.ts';

/** The metric of a name that its tags were taken out of. */
export function metricName(name: string): string {
  return `envoy_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`;
}

/** Labels as they stand between braces. */
export function formatLabels(tags: readonly TagPart[]): string {
  return tags.map(({ tag, value }) => `${labelName(tag)}="${escapeValue(value)}"`).join(',');
}

function labelName(tag: string): string {
  const name = tag.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function escapeValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

/** A number with all the digits that it has, never with an exponent, so that the same bound is the same label everywhere. */
export function exactNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isInteger(value)) return BigInt(value).toString();
  return value.toPrecision(32).replace(/\.?0+$/, '');
}
