import { type ErrorCode, type ErrorSource, errorCatalogue, type RetryAdvice } from './error-codes.ts';

/** What may be said about an error beyond its code and message. */
export interface MeshErrorOptions {
  /** What made it happen; any thrown value. */
  readonly cause?: unknown;
  /** What the reader can do now; the catalogue's general advice is used in the documentation, this one in the message. */
  readonly hint?: string;
  /** Overrides who is at fault, when the code alone does not say it. */
  readonly source?: ErrorSource;
  /** Overrides whether trying again makes sense. */
  readonly retry?: RetryAdvice;
}

/** The brand survives several copies of this package in one process, where `instanceof` does not. */
const BRAND = Symbol.for('weft.MeshError');

/** The one class of errors the mesh throws: a stable code, who is at fault, whether to retry, and a hint. */
export class MeshError extends Error {
  readonly code: ErrorCode;
  readonly source: ErrorSource;
  readonly retry: RetryAdvice;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: MeshErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = errorCatalogue[code];
    this.name = new.target.name;
    this.code = code;
    this.source = options.source ?? entry.source;
    this.retry = options.retry ?? entry.retry;
    this.hint = options.hint;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Turns any thrown value into a `MeshError`; one that is already a `MeshError` is returned as it is. */
  static from(thrown: unknown, code: ErrorCode = 'MESH_INTERNAL'): MeshError {
    if (isMeshError(thrown)) return thrown;
    return new MeshError(code, thrownMessage(thrown), { cause: thrown });
  }
}

/** A mistake of the person at the keyboard: printed without a stack, with what to do about it; the command exits with 2. */
export class UserError extends MeshError {
  constructor(message: string, options: MeshErrorOptions & { readonly code?: ErrorCode } = {}) {
    super(options.code ?? 'MESH_USAGE', message, options);
  }
}

/** Tells whether a thrown value is a `MeshError`, of any copy of this package. */
export function isMeshError(thrown: unknown): thrown is MeshError {
  return thrown instanceof Error && (thrown as { [BRAND]?: unknown })[BRAND] === true;
}

/** The text of any thrown value: an error's message, or the value itself as text. */
export function thrownMessage(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(thrownMessage).join('; ');
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown === 'object' && thrown !== null) return `a thrown ${thrown.constructor?.name ?? 'object'}`;
  return String(thrown);
}

/** Longer chains are cut: a cause may point back at its own error. */
const MAX_CAUSES = 8;

/** One line for people: the message, then each cause that adds something, then the hint in brackets. */
export function describeError(thrown: unknown): string {
  const parts: string[] = [];
  let current: unknown = thrown;
  for (let depth = 0; depth < MAX_CAUSES && current !== undefined; depth += 1) {
    const text = thrownMessage(current);
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  const hint = isMeshError(thrown) ? thrown.hint : undefined;
  return parts.join(': ') + (hint === undefined ? '' : ` (${hint})`);
}

/** Fails with a bug report when something that can never be false is false. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new MeshError('MESH_INVARIANT', message);
}
