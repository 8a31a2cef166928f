/** Holds the answers of two servers against each other. */
import { ACCEPTED, type Accepted } from './accepted.ts';
import type { OracleCase } from './case.ts';
import { type Difference, differences } from './compare.ts';
import type { Answer } from './run.ts';

/** What became of a comparison. */
export interface Verdict {
  /** Differences that nobody has accepted, in words. */
  readonly unknown: readonly string[];
  /** How many differences each entry of the list stands for; those with none are not needed. */
  readonly uses: ReadonlyMap<Accepted, number>;
}

export type Answers = ReadonlyMap<string, readonly Answer[]>;

/** All differences between the answers to the cases. */
export function judge(cases: readonly OracleCase[], real: Answers, ours: Answers): Verdict {
  const unknown: string[] = [];
  const uses = new Map<Accepted, number>(ACCEPTED.map((accepted) => [accepted, 0]));
  for (const difference of allDifferences(cases, real, ours)) {
    const accepted = ACCEPTED.find((one) => one.covers(difference));
    if (accepted === undefined) unknown.push(told(difference));
    else uses.set(accepted, uses.get(accepted)! + 1);
  }
  return { unknown, uses };
}

function* allDifferences(cases: readonly OracleCase[], real: Answers, ours: Answers): Generator<Difference> {
  for (const { name, steps } of cases) {
    for (const [step, { method, path }] of steps.entries()) {
      const places = differences(real.get(name)![step]!, ours.get(name)![step]!);
      const { message = '' } = (real.get(name)![step]!.body ?? {}) as { message?: string };
      for (const place of places) yield { case: name, step, request: `${method} ${path}`, message, ...place };
    }
  }
}

function told({ case: name, step, request, at, real, ours }: Difference): string {
  return `${name} #${step} ${request}: ${at}\n    real ${brief(real)}\n    ours ${brief(ours)}`;
}

function brief(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 600);
}
