/** A success with its value. */
export interface Ok<T> {
  readonly kind: 'ok';
  readonly value: T;
}

/** An expected failure with its reason. */
export interface Err<E> {
  readonly kind: 'err';
  readonly error: E;
}

/** The outcome of something that is expected to fail at times; bugs and broken invariants are thrown instead. */
export type Result<T, E> = Ok<T> | Err<E>;

/** Wraps a value as a success. */
export function ok<T>(value: T): Ok<T> {
  return { kind: 'ok', value };
}

/** Wraps a reason as a failure. */
export function err<E>(error: E): Err<E> {
  return { kind: 'err', error };
}

/** Changes the value of a success and leaves a failure alone. */
export function mapResult<T, U, E>(result: Result<T, E>, fn: (value: T) => U): Result<U, E> {
  return result.kind === 'ok' ? ok(fn(result.value)) : result;
}

/** Changes the reason of a failure and leaves a success alone. */
export function mapErr<T, E, F>(result: Result<T, E>, fn: (error: E) => F): Result<T, F> {
  return result.kind === 'err' ? err(fn(result.error)) : result;
}

/** Continues with the next step that may fail, unless this one did. */
export function andThen<T, U, E, F>(result: Result<T, E>, fn: (value: T) => Result<U, F>): Result<U, E | F> {
  return result.kind === 'ok' ? fn(result.value) : result;
}

/** The value of a success; throws the reason of a failure as it is. */
export function unwrap<T, E>(result: Result<T, E>): T {
  if (result.kind === 'ok') return result.value;
  throw result.error;
}

/** The value of a success, or the given one. */
export function unwrapOr<T, U, E>(result: Result<T, E>, fallback: U): T | U {
  return result.kind === 'ok' ? result.value : fallback;
}

/** All values when every result is a success, otherwise every reason: a user wants to see all mistakes at once. */
export function collectResults<T, E>(results: Iterable<Result<T, E>>): Result<T[], E[]> {
  const values: T[] = [];
  const errors: E[] = [];
  for (const result of results) {
    if (result.kind === 'ok') values.push(result.value);
    else errors.push(result.error);
  }
  return errors.length === 0 ? ok(values) : err(errors);
}

/** Runs a function that throws and turns what it throws into a value. */
export function attempt<T, E>(fn: () => T, toError: (thrown: unknown) => E): Result<T, E> {
  try {
    return ok(fn());
  } catch (thrown) {
    return err(toError(thrown));
  }
}
