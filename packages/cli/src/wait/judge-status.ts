/** What the status of an object says about a goal that somebody waits for. */
import { numberAt, objectsAt, textAt, valueAt } from '../config-dump/json-reader.ts';

/** `accepted`: it means what it says; `effective`: also, all proxies that it concerns run its newest generation. */
export const GOALS = ['effective', 'accepted'] as const;

/** One of GOALS. */
export type Goal = (typeof GOALS)[number];

/** How far it is. `refused` may turn out to be of the generation before, as long as proxies have not answered. */
export interface Judgement {
  readonly kind: 'reached' | 'waiting' | 'refused' | 'failed';
  /** In plain words. */
  readonly message: string;
}

/** Judges an object by its conditions of the newest generation. */
export function judgeStatus(object: unknown, goal: Goal): Judgement {
  const generation = numberAt(object, 'metadata', 'generation');
  const accepted = conditionOf(object, 'Accepted', generation);
  if (accepted?.status === 'False') return { kind: 'failed', message: `not accepted: ${accepted.message}` };
  if (goal === 'accepted') {
    if (accepted === undefined) return unseen(generation);
    return { kind: 'reached', message: accepted.message === '' ? 'accepted' : `accepted: ${accepted.message}` };
  }
  const reconciled = conditionOf(object, 'Reconciled', generation);
  if (reconciled === undefined) return unseen(generation);
  const { status, reason, message } = reconciled;
  if (status === 'True') return { kind: 'reached', message };
  return { kind: reason === 'Refused' ? 'refused' : 'waiting', message };
}

function unseen(generation: number): Judgement {
  return { kind: 'waiting', message: `the control plane has not told of generation ${generation} yet` };
}

interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The condition if it is about this generation; Istio's have the generation only in the status as a whole, as text. */
function conditionOf(object: unknown, type: string, generation: number): Condition | undefined {
  const found = objectsAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type') === type);
  if (found === undefined) return undefined;
  const isOwn = valueAt(found, 'observedGeneration') !== undefined;
  const observed = isOwn ? numberAt(found, 'observedGeneration') : numberAt(object, 'status', 'observedGeneration');
  if (observed < generation) return undefined;
  return { status: textAt(found, 'status'), reason: textAt(found, 'reason'), message: textAt(found, 'message') };
}
