/** Query parameters of reads and writes, parsed and checked. */
import { FieldPath, IssueReport } from '@weft/api';
import { managerNameOf } from '../../patch/index.ts';
import { badRequest, invalid } from '../../shared/api-errors.ts';
import { goQuote } from '../../shared/go-quote.ts';
import type { OptionsKind } from './field-refusal.ts';

/** How unknown and duplicate fields in a body are treated. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Options common to writes. */
export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string;
  /** Server-side apply takes fields over from other managers. */
  readonly force: boolean;
}

/** Options of list and watch. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly allowBookmarks: boolean;
  /** Undefined when the client says nothing of it. */
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

const MAX_MANAGER_BYTES = 128;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Options of create, update and patch. A manager that is not named is derived from the user agent, as Kubernetes does. */
export function parseWriteOptions(
  kind: OptionsKind,
  { query, userAgent }: { readonly query: URLSearchParams; readonly userAgent: string | undefined },
): WriteOptions {
  const [manager, dryRun] = [query.get('fieldManager') ?? '', query.getAll('dryRun')];
  const validation = query.get('fieldValidation') ?? '';
  const report = new IssueReport();
  checkManager(manager, report);
  checkDryRun(dryRun, report);
  if (!FIELD_VALIDATIONS.includes(validation)) {
    report.notSupported(FieldPath.root.child('fieldValidation'), validation, FIELD_VALIDATIONS);
  }
  if (report.issues.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', report.issues);
  return {
    isDryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    fieldManager: managerNameOf(manager, userAgent),
    force: parseBoolean(query, 'force'),
  };
}

/** Options of list and watch. */
export function parseListOptions(query: URLSearchParams, isWatch = false): ListOptions {
  const timeout = parseCount(query, 'timeoutSeconds');
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: parseCount(query, 'limit') ?? 0,
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    allowBookmarks: parseBoolean(query, 'allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? parseBoolean(query, 'sendInitialEvents') : undefined,
    timeoutSeconds: timeout === 0 ? undefined : timeout,
  };
  const report = new IssueReport();
  if (isWatch) checkWatchOptions(options, report);
  else checkListOptions(options, report);
  if (report.issues.length > 0) throw invalid(LIST_OPTIONS, '', report.issues);
  return options;
}

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' };
const matchPath = FieldPath.root.child('resourceVersionMatch');

function checkListOptions(options: ListOptions, report: IssueReport): void {
  const { resourceVersion, resourceVersionMatch: match, continueToken, sendInitialEvents } = options;
  if (match !== '') {
    if (resourceVersion === '') {
      report.forbidden(matchPath, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    }
    refuseMatchWithContinue(continueToken, report);
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      report.notSupported(matchPath, match, ['Exact', 'NotOlderThan', '']);
    }
    if (match === 'Exact' && resourceVersion === '0') {
      report.forbidden(matchPath, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents === undefined) return;
  report.forbidden(FieldPath.root.child('sendInitialEvents'), 'sendInitialEvents is forbidden for list');
}

function checkWatchOptions(options: ListOptions, report: IssueReport): void {
  const { resourceVersionMatch: match, continueToken, sendInitialEvents } = options;
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    report.forbidden(matchPath, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  refuseMatchWithContinue(continueToken, report);
  if (match === '') return;
  if (sendInitialEvents === undefined) {
    report.forbidden(matchPath, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (match !== 'NotOlderThan') report.notSupported(matchPath, match, ['NotOlderThan']);
}

function refuseMatchWithContinue(continueToken: string, report: IssueReport): void {
  if (continueToken === '') return;
  report.forbidden(matchPath, 'resourceVersionMatch is forbidden when continue is provided');
}

/** A resourceVersion that the client sent: undefined when empty. */
export function parseRevision(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    const problem = `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;
    throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${goQuote(text)}: ${problem}`);
  }
  return Number(text);
}

/** Only "all steps" can be tried. */
export function parseDryRun(kind: OptionsKind, values: readonly unknown[]): boolean {
  const report = new IssueReport();
  checkDryRun(values, report);
  if (report.issues.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', report.issues);
  return values.length > 0;
}

function checkDryRun(values: readonly unknown[], report: IssueReport): void {
  if (!values.every((value) => value === 'All')) report.notSupported(FieldPath.root.child('dryRun'), values, ['All']);
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

function checkManager(value: string, report: IssueReport): void {
  const path = FieldPath.root.child('fieldManager');
  if (Buffer.byteLength(value) > MAX_MANAGER_BYTES) report.tooLong(path, MAX_MANAGER_BYTES);
  const at = UNPRINTABLE.exec(value);
  if (at === null) return;
  const code = at[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  report.invalid(
    path,
    value,
    `invalid character U+${code} (at position ${Buffer.byteLength(value.slice(0, at.index))})`,
  );
}

function parseBoolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null) return false;
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw badRequest(`${name}: Invalid value: "${value}": must be true or false`);
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
  return Math.max(0, Number(value));
}
