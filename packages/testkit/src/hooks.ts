/** What helpers need of a test: a way to clean up after it. `node:test`'s `TestContext` and `{ after }` itself fit. */
export interface TestHooks {
  after(fn: () => void | Promise<void>): void;
}
