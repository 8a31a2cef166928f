/** What is wrong with a field, in Kubernetes' vocabulary, and how it is told. */
import type { WorkBudget } from '@weft/cel';

/** The kinds of field failures that the Kubernetes API reports. */
export type IssueKind =
  | 'invalid'
  | 'typeInvalid'
  | 'required'
  | 'notSupported'
  | 'duplicate'
  | 'forbidden'
  | 'tooLong'
  | 'tooMany'
  | 'notFound'
  | 'internal';

/** One failure at one field. */
export interface FieldIssue {
  readonly kind: IssueKind;
  /** Dotted path with indexes, `spec.http[0].route[1].weight`; empty for the object as a whole. */
  readonly field: string;
  readonly value?: unknown;
  readonly detail: string;
}

const HEADLINE: Readonly<Record<IssueKind, string>> = {
  invalid: 'Invalid value',
  typeInvalid: 'Invalid value',
  required: 'Required value',
  notSupported: 'Unsupported value',
  duplicate: 'Duplicate value',
  forbidden: 'Forbidden',
  tooLong: 'Too long',
  tooMany: 'Too many',
  notFound: 'Not found',
  internal: 'Internal error',
};

/** The `reason` of a cause in a `Status` answer. */
export const CAUSE_REASON: Readonly<Record<IssueKind, string>> = {
  invalid: 'FieldValueInvalid',
  typeInvalid: 'FieldValueTypeInvalid',
  required: 'FieldValueRequired',
  notSupported: 'FieldValueNotSupported',
  duplicate: 'FieldValueDuplicate',
  forbidden: 'FieldValueForbidden',
  tooLong: 'FieldValueTooLong',
  tooMany: 'FieldValueTooMany',
  notFound: 'FieldValueNotFound',
  internal: 'InternalError',
};

const SHOWS_NO_VALUE: ReadonlySet<IssueKind> = new Set(['required', 'forbidden', 'tooLong', 'internal']);
const MAX_SHOWN_CHARS = 256;

/** A report lists at most this many failures (and as many warnings), so that a hostile object cannot fill the memory. */
export const MAX_REPORTED_ISSUES = 256;

/** The failure without its field: `Invalid value: -1: must be at least 0`. */
export function issueBody(issue: FieldIssue): string {
  const head = HEADLINE[issue.kind];
  const shown = SHOWS_NO_VALUE.has(issue.kind) ? head : `${head}: ${showValue(issue.value)}`;
  return issue.detail === '' ? shown : `${shown}: ${issue.detail}`;
}

/** The whole sentence: `spec.replicas: Invalid value: -1: must be at least 0`. */
export function formatIssue(issue: FieldIssue): string {
  return issue.field === '' ? `<nil>: ${issueBody(issue)}` : `${issue.field}: ${issueBody(issue)}`;
}

/** A place in an object: a `FieldPath`, or a walk that is there. */
export interface Place {
  toString(): string;
}

/** Collects failures and warnings; the checks of kinds write into it. */
export class IssueReport {
  readonly issues: FieldIssue[] = [];
  readonly warnings: string[] = [];
  /** What rules written by users may still cost: about a second of work, which nobody else is served in. */
  readonly work: WorkBudget = { left: 3_000_000 };
  private failures = 0;

  /** How many failures were found, listed or not. */
  get failureCount(): number {
    return this.failures;
  }

  /** True when more failures would no longer be listed: a walk may stop. */
  get isFull(): boolean {
    return this.failures > MAX_REPORTED_ISSUES;
  }

  invalid(path: Place, value: unknown, detail: string): void {
    this.add('invalid', path, value, detail);
  }

  typeInvalid(path: Place, value: unknown, detail: string): void {
    this.add('typeInvalid', path, value, detail);
  }

  required(path: Place, detail = ''): void {
    this.add('required', path, '', detail);
  }

  notSupported(path: Place, value: unknown, supported: readonly unknown[]): void {
    this.add('notSupported', path, value, `supported values: ${supported.map(quote).join(', ')}`);
  }

  duplicate(path: Place, value: unknown, detail = ''): void {
    this.add('duplicate', path, value, detail);
  }

  notFound(path: Place, value: unknown): void {
    this.add('notFound', path, value, '');
  }

  forbidden(path: Place, detail: string): void {
    this.add('forbidden', path, '', detail);
  }

  tooLong(path: Place, maxBytes: number): void {
    this.add('tooLong', path, '', `may not be more than ${maxBytes} bytes`);
  }

  tooMany(path: Place, count: number, max: number): void {
    this.add('tooMany', path, count, `must have at most ${max} items`);
  }

  /** A warning is shown to the user but refuses nothing. */
  warn(text: string): void {
    if (this.warnings.length < MAX_REPORTED_ISSUES && !this.warnings.includes(text)) this.warnings.push(text);
  }

  private add(kind: IssueKind, path: Place, value: unknown, detail: string): void {
    this.failures++;
    if (this.failures <= MAX_REPORTED_ISSUES) this.issues.push({ kind, field: path.toString(), value, detail });
    else if (this.failures === MAX_REPORTED_ISSUES + 1) {
      const rest = `only the first ${MAX_REPORTED_ISSUES} problems are listed`;
      this.issues.push({ kind: 'tooMany', field: path.toString(), value: MAX_REPORTED_ISSUES, detail: rest });
    }
  }
}

/** Supported values are quoted whatever their type, as Kubernetes does. */
function quote(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value));
}

function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  const text = JSON.stringify(value) ?? `(${typeof value})`;
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`;
}
