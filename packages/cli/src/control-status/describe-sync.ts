/** How far proxies are, in words with their age: nobody has to know what STALE means. */
import { formatAge } from '../output/age.ts';
import type { ProxySync, TypeSync } from './read-status.ts';

/** `runs the newest`, `behind by 2 versions for 41 s`, `refuses LDS for 3 min`. */
export function describeProxy({ types, behind }: ProxySync, nowMs: number): string {
  const refusing = Object.entries(types).filter(([, { state }]) => state === 'error');
  if (refusing.length > 0) {
    const names = refusing.map(([name]) => name).join(', ');
    return `refuses ${names}${agePhrase(
      refusing.map(([, type]) => type),
      nowMs,
    )}`;
  }
  if (behind === 0) return 'runs the newest';
  const waiting = Object.values(types).filter(({ state }) => state === 'stale');
  return `behind by ${behind} version${behind === 1 ? '' : 's'}${agePhrase(waiting, nowMs)}`;
}

/** `synced`, `unanswered for 41 s`, `refused for 3 min`, `not sent`. */
export function describeType(type: TypeSync | undefined, nowMs: number): string {
  if (type === undefined) return 'not asked for';
  const words = { notSent: 'not sent', synced: 'synced', stale: 'unanswered', error: 'refused' }[type.state];
  return type.state === 'stale' || type.state === 'error' ? words + agePhrase([type], nowMs) : words;
}

/** A line for everything that a proxy refuses, with its reason. */
export function describeRefusals({ name, types }: ProxySync, nowMs: number): readonly string[] {
  return Object.entries(types).flatMap(([short, type]) => {
    if (type.error === undefined) return [];
    const what = type.refused.length === 0 ? short : `${short} ${type.refused.slice(0, MOST_NAMED).join(', ')}`;
    const more = type.refused.length > MOST_NAMED ? ` and ${type.refused.length - MOST_NAMED} more` : '';
    return [`${name} refuses ${what}${more}${agePhrase([type], nowMs)}: ${type.error}`];
  });
}

/** Of a response that is refused as a whole, some are named. */
const MOST_NAMED = 5;

/** Since the first of them; empty when that is not known. */
function agePhrase(types: readonly TypeSync[], nowMs: number): string {
  const times = types.flatMap(({ sinceMs }) => sinceMs ?? []);
  return times.length === 0 ? '' : ` for ${formatAge(nowMs - Math.min(...times))}`;
}
