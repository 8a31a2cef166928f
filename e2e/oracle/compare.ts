/** Where two answers differ. */
import type { Answer } from './run.ts';

/** One place where the answers to a step differ. */
export interface Difference {
  readonly case: string;
  readonly step: number;
  /** Method and path. */
  readonly request: string;
  /** Such as `body.spec.ports[0]`. */
  readonly at: string;
  /** What the real server said of its answer, in words; empty for an object. */
  readonly message: string;
  /** Undefined where there is nothing. */
  readonly real: unknown;
  readonly ours: unknown;
}

type Place = Pick<Difference, 'at' | 'real' | 'ours'>;

/** All places where two answers differ. */
export function differences(real: Answer, ours: Answer): readonly Place[] {
  // After another status everything else is another answer too.
  if (real.status !== ours.status) return [{ at: 'status', real: brief(real), ours: brief(ours) }];
  return [...compare(real, ours, '')];
}

function* compare(real: unknown, ours: unknown, at: string): Generator<Place> {
  if (real === ours) return;
  if (Array.isArray(real) && Array.isArray(ours)) {
    for (let i = 0; i < Math.max(real.length, ours.length); i++) yield* compare(real[i], ours[i], `${at}[${i}]`);
    return;
  }
  if (!isObject(real) || !isObject(ours)) {
    yield { at, real, ours };
    return;
  }
  for (const field of new Set([...Object.keys(real), ...Object.keys(ours)])) {
    yield* compare(real[field], ours[field], at === '' ? field : `${at}.${field}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief({ status, body }: Answer): unknown {
  const { reason, message } = (isObject(body) ? body : {}) as { reason?: string; message?: string };
  return message === undefined ? status : `${status} ${reason ?? ''} ${message}`;
}
