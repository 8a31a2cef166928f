import { describe, type TestContext, test } from 'node:test';

/** One thing that every implementation must do. */
export interface ContractCase<S> {
  /** A sentence about the behaviour, which is also its name for skips. */
  readonly name: string;
  readonly run: (subject: S, t: TestContext) => void | Promise<void>;
}

/** One implementation that is held to the contract. */
export interface ContractSubject<S> {
  readonly name: string;
  /** Makes a fresh subject for each case; clean-up is registered on the test. */
  readonly create: (t: TestContext) => S | Promise<S>;
  /** Case names that do not apply to this implementation, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Names a contract and returns the function that registers its cases as tests of one implementation. */
export function contract<S>(name: string, cases: readonly ContractCase<S>[]): (subject: ContractSubject<S>) => void {
  return (subject) => {
    const names = new Set(cases.map((each) => each.name));
    void describe(`${name}: ${subject.name}`, () => {
      void test('skips only cases of the contract, with a reason', () => {
        for (const [skipped, reason] of Object.entries(subject.skips ?? {})) {
          if (!names.has(skipped)) throw new Error(`the contract has no case "${skipped}"`);
          if (reason.trim() === '') throw new Error(`no reason is given for skipping "${skipped}"`);
        }
      });
      for (const each of cases) {
        const skip = subject.skips?.[each.name] ?? false;
        void test(each.name, { skip }, async (t) => {
          await each.run(await subject.create(t), t);
        });
      }
    });
  };
}
