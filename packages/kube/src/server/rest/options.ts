/** Query parameters of reads and writes, parsed and checked. */
import { managerNameOf } from '../../patch/index.ts';
import { badRequest } from '../../shared/api-errors.ts';
import { type OptionsKind, refuseOption } from './field-refusal.ts';

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
  readonly isWatch: boolean;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean;
  readonly timeoutSeconds: number | undefined;
}

const MAX_MANAGER_BYTES = 128;
const PRINTABLE = /^[\p{L}\p{N}\p{P}\p{S} ]*$/u;

/** Options of create, update and patch. A manager that is not named is derived from the user agent, as Kubernetes does. */
export function parseWriteOptions(
  kind: OptionsKind,
  { query, userAgent }: { readonly query: URLSearchParams; readonly userAgent: string | undefined },
): WriteOptions {
  return {
    isDryRun: parseDryRun(kind, query.getAll('dryRun')),
    fieldValidation: parseFieldValidation(kind, query.get('fieldValidation')),
    fieldManager: managerNameOf(checkManager(kind, query.get('fieldManager') ?? ''), userAgent),
    force: parseBoolean(query, 'force'),
  };
}

/** Options of list and watch. */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const timeout = parseCount(query, 'timeoutSeconds');
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: parseCount(query, 'limit') ?? 0,
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    isWatch: parseBoolean(query, 'watch'),
    allowBookmarks: parseBoolean(query, 'allowWatchBookmarks'),
    sendInitialEvents: parseBoolean(query, 'sendInitialEvents'),
    timeoutSeconds: timeout === 0 ? undefined : timeout,
  };
}

/** A resourceVersion that the client sent: undefined when empty. */
export function parseRevision(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`invalid resource version "${text}": it must be one that the server gave`);
  }
  return Number(text);
}

/** Only "all steps" can be tried. */
export function parseDryRun(kind: OptionsKind, values: readonly unknown[]): boolean {
  if (values.every((value) => value === 'All')) return values.length > 0;
  throw refuseOption(kind, 'dryRun', (report, path) => report.notSupported(path, values, ['All']));
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

function parseFieldValidation(kind: OptionsKind, value: string | null): FieldValidation {
  if (value === null || value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw refuseOption(kind, 'fieldValidation', (report, path) => report.notSupported(path, value, FIELD_VALIDATIONS));
}

function checkManager(kind: OptionsKind, value: string): string {
  if (Buffer.byteLength(value) > MAX_MANAGER_BYTES) {
    throw refuseOption(kind, 'fieldManager', (report, path) => report.tooLong(path, MAX_MANAGER_BYTES));
  }
  if (PRINTABLE.test(value)) return value;
  const why = 'should only contain printable characters';
  throw refuseOption(kind, 'fieldManager', (report, path) => report.invalid(path, value, why));
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
  if (!/^\d{1,10}$/.test(value)) throw badRequest(`${name}: Invalid value: "${value}": must be a non-negative number`);
  return Number(value);
}
