/** Amounts that containers ask for. */
import { compareQuantities, parseQuantity, type Quantity } from '@weft/core';
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { qualifiedNameProblems } from '../../../validation/names.ts';
import type { ResourceRequirements } from '../resources.ts';

const STANDARD: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
const NANOS = 1_000_000_000n;

/** Judges what a container asks for against itself. */
export function checkResources(
  path: FieldPath,
  resources: ResourceRequirements | undefined,
  report: IssueReport,
): void {
  if (resources === undefined) return;
  const { limits = {}, requests = {} } = resources;
  checkAmounts(path.child('limits'), limits, report);
  checkAmounts(path.child('requests'), requests, report);
  for (const [name, text] of Object.entries(requests)) checkAgainstLimit(path, name, text, limits[name], report);
}

function checkAmounts(path: FieldPath, amounts: Readonly<Record<string, string>>, report: IssueReport): void {
  for (const [name, text] of Object.entries(amounts)) {
    const at = path.key(name);
    for (const problem of resourceNameProblems(name)) report.invalid(path, name, problem);
    const amount = parseQuantity(text);
    if (amount !== undefined) checkAmount(at, name, amount, text, report);
  }
}

function resourceNameProblems(name: string): string[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0 || name.includes('/') || STANDARD.has(name) || isHugePages(name)) return problems;
  return ['must be a standard resource type or fully qualified', 'must be a standard resource for containers'];
}

/** Refuses negative amounts and fractions of what cannot be divided. */
export function checkAmount(path: FieldPath, name: string, amount: Quantity, text: string, report: IssueReport): void {
  if (amount.nanos < 0n) report.invalid(path, text, 'must be greater than or equal to 0');
  if (amount.nanos % NANOS === 0n) return;
  if (isIndivisible(name)) report.invalid(path, text, 'must be an integer');
  else if (name === 'memory' || name === 'ephemeral-storage') {
    report.warn(`${path.toString()}: fractional byte value "${text}" is invalid, must be an integer`);
  }
}

function checkAgainstLimit(
  path: FieldPath,
  name: string,
  text: string,
  limitText: string | undefined,
  report: IssueReport,
): void {
  if (limitText === undefined) {
    if (isIndivisible(name)) {
      report.required(path.child('limits'), 'Limit must be set for non overcommitable resources');
    }
    return;
  }
  const request = parseQuantity(text);
  const limit = parseQuantity(limitText);
  if (request === undefined || limit === undefined) return;
  const order = compareQuantities(request, limit);
  if (isIndivisible(name) && order !== 0) {
    report.invalid(path.child('requests'), text, `must be equal to ${name} limit of ${limitText}`);
  } else if (order > 0) {
    report.invalid(path.child('requests'), text, `must be less than or equal to ${name} limit of ${limitText}`);
  }
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Devices and huge pages are given out whole and never promised twice. */
function isIndivisible(name: string): boolean {
  if (isHugePages(name)) return true;
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}
