/** What conditions of policies may look at. */
import { parseCidr, parseIp } from '@weft/core';
import type { FieldPath, IssueReport } from '../../schema/index.ts';

type ValuesCheck = (values: readonly string[], path: FieldPath, report: IssueReport) => void;

/** Attributes by name, with the check of their values. */
const PLAIN: ReadonlyMap<string, ValuesCheck | undefined> = new Map([
  ['source.ip', checkIpBlocks],
  ['remote.ip', checkIpBlocks],
  ['source.namespace', undefined],
  ['source.serviceAccount', checkServiceAccounts],
  ['source.principal', undefined],
  ['request.auth.principal', undefined],
  ['request.auth.audiences', undefined],
  ['request.auth.presenter', undefined],
  ['destination.ip', checkIpBlocks],
  ['destination.port', checkPorts],
  ['connection.sni', undefined],
]);

/** Attributes that name a part in brackets, as `request.headers[x-team]`. */
const BRACKETED = [
  'request.headers',
  'request.experimental.inline.headers',
  'request.auth.claims',
  'experimental.envoy.filters.',
];

/** Attributes of former versions, and what took their place. */
const FORMER: ReadonlyMap<string, string> = new Map([
  ['destination.namespace', 'is replaced by the metadata.namespace'],
  ['destination.labels', 'is replaced by the workload selector'],
  ['destination.name', 'is no longer supported; use a selector'],
  ['destination.user', 'is no longer supported; use a selector'],
]);

/** What is wrong with the key of a condition, or nothing. */
export function attributeKeyProblem(key: string): string | undefined {
  if (PLAIN.has(key)) return undefined;
  if (BRACKETED.some((prefix) => key.startsWith(prefix))) {
    const open = key.indexOf('[');
    return key.endsWith(']') && open > 0 && open < key.length - 2
      ? undefined
      : `bad key (${key}): should have format a[b]`;
  }
  const bracket = key.indexOf('[');
  const former = FORMER.get(bracket < 0 ? key : key.slice(0, bracket));
  return former === undefined ? `unknown attribute: ${key}` : `attribute ${key} ${former}`;
}

/** Checks the values that a condition on `key` compares with. */
export function checkAttributeValues(
  key: string,
  values: readonly string[],
  path: FieldPath,
  report: IssueReport,
): void {
  const check = PLAIN.get(key);
  if (check !== undefined) {
    checkFilled(values, path, report);
    check(values, path, report);
    return;
  }
  // Guides use `notValues: [""]` for "the header must say something", and it does mean that.
  if (values.includes('')) report.warn(`${path.toString()}: "" matches only what is there and empty`);
}

/** Refuses empty texts, which match nothing. */
export function checkFilled(values: readonly string[], path: FieldPath, report: IssueReport): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i] === '') report.invalid(path.index(i), '', 'empty value not allowed');
  }
}

/** Checks addresses and ranges. */
export function checkIpBlocks(values: readonly string[], path: FieldPath, report: IssueReport): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === '') continue;
    if (value.includes('/')) {
      if (parseCidr(value) === undefined) report.invalid(path.index(i), value, `bad CIDR range (${value})`);
    } else if (parseIp(value) === undefined) report.invalid(path.index(i), value, `bad IP address (${value})`);
  }
}

const PORT = /^\d{1,5}$/;

/** Checks port numbers, which policies write as text. */
export function checkPorts(values: readonly string[], path: FieldPath, report: IssueReport): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === '' || (PORT.test(value) && Number(value) <= 65535)) continue;
    report.invalid(path.index(i), value, `bad port (${value}): must be a number up to 65535`);
  }
}

/** Checks names of service accounts, with or without their namespace. */
export function checkServiceAccounts(values: readonly string[], path: FieldPath, report: IssueReport): void {
  if (values.length > 16) report.tooMany(path, values.length, 16);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const parts = value.split('/');
    if (value.includes('*')) report.invalid(path.index(i), value, 'wildcard not allowed');
    else if (value !== '' && (parts.length > 2 || parts.includes(''))) {
      report.invalid(path.index(i), value, "expected format 'serviceAccount' or 'namespace/serviceAccount'");
    }
  }
}
