/** What can go wrong with a CEL expression. */

/** The expression is not valid; the message shows where. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
  /** The message without the place. */
  readonly summary: string;

  constructor(message: string, summary: string = message) {
    super(message);
    this.summary = summary;
  }
}

/** The expression has no value for these variables: a missing key, an overflow, a division by zero. */
export class CelError extends Error {
  override readonly name: string = 'CelError';
}

/** The evaluation cost more than it may. Unlike other errors, `||` and `&&` do not absorb it. */
export class CelLimitError extends CelError {
  override readonly name = 'CelLimitError';
  /** True when the budget of the whole request is used up, not only that of this expression. */
  readonly isTotal: boolean;

  constructor(isTotal: boolean) {
    super('operation cancelled: actual cost limit exceeded');
    this.isTotal = isTotal;
  }
}

/** A value has no operation of that name for its type. */
export function noSuchOverload(): CelError {
  return new CelError('no such overload');
}

/** The message of a compile error with the place shown, in the form of cel-go. */
export function locatedError(message: string, source: string, position: number): CelCompileError {
  const before = source.slice(0, position);
  const line = before.split('\n').length;
  const column = position - (before.lastIndexOf('\n') + 1);
  const shown = source.split('\n')[line - 1] ?? '';
  return new CelCompileError(
    `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${shown}\n | ${'.'.repeat(column)}^`,
    message,
  );
}
