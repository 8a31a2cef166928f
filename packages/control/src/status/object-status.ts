/** What the status of an object says: whether it is in effect, and what is wrong with it. */
import type { Finding } from '../mesh/index.ts';
import type { Coverage } from './coverage.ts';

/** A condition as Istio's objects have them. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** The part of a status that is ours. */
export interface ObjectStatus {
  readonly observedGeneration?: number;
  readonly conditions: readonly Condition[];
}

/** What a status is made from. */
export interface StatusFacts {
  readonly generation: number | undefined;
  readonly coverage: Coverage | undefined;
  readonly findings: readonly Finding[];
  /** The conditions that the object has; those of others stay. */
  readonly before: readonly Condition[];
  readonly now: string;
}

/** Our conditions: whether all proxies that the object concerns run it, and whether it means what it says. */
const RECONCILED = 'Reconciled';
const ACCEPTED = 'Accepted';
const OURS: ReadonlySet<string> = new Set([RECONCILED, ACCEPTED]);

/** Conditions are for people: a thousand findings are told by the first few. */
const MOST_TOLD = 10;

/** The status to write, or undefined when the object has it already. */
export function statusOf({ generation, coverage, findings, before, now }: StatusFacts): ObjectStatus | undefined {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const wanted = [accepted(findings), reconciled(coverage)].map(({ type, status, reason, message }): Condition => {
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === status ? last.lastTransitionTime : now;
    return { type, status, reason, message, ...observed, lastTransitionTime };
  });
  const isWritten = wanted.every((condition) => {
    const last = before.find(({ type }) => type === condition.type);
    return last !== undefined && isSame(last, condition);
  });
  if (isWritten) return undefined;
  return { ...observed, conditions: [...before.filter(({ type }) => !OURS.has(type)), ...wanted] };
}

type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function accepted(findings: readonly Finding[]): Verdict {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const told = [...errors, ...findings.filter(({ severity }) => severity === 'warning')];
  if (told.length === 0) return { type: ACCEPTED, status: 'True', reason: 'Accepted', message: '' };
  const more = told.length > MOST_TOLD ? [`and ${told.length - MOST_TOLD} more`] : [];
  const message = [...told.slice(0, MOST_TOLD).map(tell), ...more].join('; ');
  return { type: ACCEPTED, status: errors.length > 0 ? 'False' : 'True', reason: told[0]!.code, message };
}

function tell({ path, message }: Finding): string {
  return path === undefined ? message : `${path}: ${message}`;
}

function reconciled(coverage: Coverage | undefined): Verdict {
  const type = RECONCILED;
  if (coverage === undefined || coverage.concerned === 0) {
    return { type, status: 'True', reason: 'NotUsed', message: 'no proxy that is connected has a use for it' };
  }
  const { concerned, effective, refusals } = coverage;
  const count = `${effective} of ${concerned} proxies run it`;
  if (refusals.length > 0) {
    const reasons = refusals.map(({ proxy, resource, message }) => `${proxy} refuses ${resource}: ${message}`);
    return { type, status: 'False', reason: 'Refused', message: `${count}; ${reasons.join('; ')}` };
  }
  if (effective === concerned) return { type, status: 'True', reason: 'Effective', message: count };
  return { type, status: 'False', reason: 'Progressing', message: count };
}

function isSame(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}
