/** Asks a server everything, several cases at once. */
import type { RawApi } from '../support/raw-api.ts';
import type { OracleCase } from './case.ts';
import { type Answer, runCase } from './run.ts';

const AT_ONCE = 8;

/** The answers by name of case. */
export async function runAll(
  api: RawApi,
  cases: readonly OracleCase[],
): Promise<ReadonlyMap<string, readonly Answer[]>> {
  const answers = new Map<string, readonly Answer[]>();
  const waiting = cases.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) answers.set(one.name, await runCase(api, one));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}
