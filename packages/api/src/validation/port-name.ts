/** Names of ports, and the fields that take a port's number or its name. */
import type { FieldPath, IssueReport } from '../schema/index.ts';
import { portProblems } from './names.ts';

const LETTERS_AND_DIGITS = /^[a-z0-9-]+$/;
const A_LETTER = /[a-z]/;

/** What is wrong with a service name as IANA registers them (RFC 6335), in Kubernetes' words. */
export function portNameProblems(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push('must be no more than 15 characters');
  if (!LETTERS_AND_DIGITS.test(name))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!A_LETTER.test(name)) problems.push('must contain at least one letter (a-z)');
  if (name.includes('--')) problems.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** Refuses what is neither a port number nor a port name. */
export function checkPortNumberOrName(path: FieldPath, value: number | string, report: IssueReport): void {
  const problems = typeof value === 'number' ? portProblems(value) : portNameProblems(value);
  for (const problem of problems) report.invalid(path, value, problem);
}

/** Refuses a number that is no port. */
export function checkPort(path: FieldPath, value: number, report: IssueReport): void {
  for (const problem of portProblems(value)) report.invalid(path, value, problem);
}
