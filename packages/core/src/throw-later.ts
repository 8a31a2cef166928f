/**
 * Throws outside of the current call, so that the error of one callback neither stops the others nor gets lost:
 * the host reports it as an uncaught error. Parts that run callbacks use it unless they are given an error handler.
 */
export function throwLater(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown;
  });
}
