/** Values such as `3` or `25%`, which count things absolutely or as a share of a total. */

import { type FieldPath, type IssueReport, intOrString, type Schema } from '../schema/index.ts';

const PERCENT = /^\d+%$/;

/** What Kubernetes says of a text that is no percentage. */
export const PERCENT_PROBLEM =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A field that holds a number or a percentage. */
export function intOrPercent(description: string): Schema<number | string> {
  return intOrString(description, { name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString' });
}

/** The number in `25%`, or undefined when the value is no percentage. */
export function parsePercent(value: number | string | undefined): number | undefined {
  return typeof value === 'string' && PERCENT.test(value) ? Number(value.slice(0, -1)) : undefined;
}

/** The absolute number that the value means for a total, as controllers compute it. */
export function resolveIntOrPercent(value: number | string, total: number, rounding: 'up' | 'down'): number {
  const percent = parsePercent(value);
  if (percent === undefined) return typeof value === 'number' ? value : 0;
  const exact = (percent * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** Refuses negative numbers and texts that are no percentage. */
export function checkPositiveIntOrPercent(
  path: FieldPath,
  value: number | string | undefined,
  report: IssueReport,
): void {
  if (typeof value === 'string' && !PERCENT.test(value)) report.invalid(path, value, PERCENT_PROBLEM);
  if (typeof value === 'number' && value < 0) report.invalid(path, value, 'must be greater than or equal to 0');
}

/** Refuses more than 100 %. */
export function checkAtMostHundredPercent(
  path: FieldPath,
  value: number | string | undefined,
  report: IssueReport,
): void {
  const percent = parsePercent(value);
  if (percent !== undefined && percent > 100) report.invalid(path, value, 'must not be greater than 100%');
}
