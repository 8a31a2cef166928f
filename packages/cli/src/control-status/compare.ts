/** Where what a proxy runs differs from what the control plane sends it. */
import { diff } from 'node:util';
import { canonicalResource, type MadeType, madeResource } from '../config-dump/canonical.ts';
import { dumpedEndpoints } from '../config-dump/endpoints.ts';
import { objectsAt } from '../config-dump/json-reader.ts';
import type { ConfigDump, DumpedResource } from '../config-dump/read-dump.ts';

/** One resource that differs. */
export interface ResourceDifference {
  readonly type: MadeType;
  readonly name: string;
  /**
   * `missing`: the proxy does not have it; `refused`: nor does it want it; `warming`: it waits for what belongs to it; `extra`: only the proxy
   * has it.
   */
  readonly kind: 'missing' | 'refused' | 'warming' | 'extra' | 'different';
  /** Why it is refused, or lines as of a unified diff, without those that are far from a difference. */
  readonly lines: readonly string[];
}

/** The comparison of one type. */
export interface TypeComparison {
  readonly type: MadeType;
  /** Resources that the control plane sends. */
  readonly sent: number;
  readonly differences: readonly ResourceDifference[];
}

const LISTS = [
  ['cluster', 'clusters'],
  ['listener', 'listeners'],
  ['route', 'routes'],
  ['endpoint', 'endpoints'],
] as const satisfies readonly (readonly [MadeType, string])[];

/** Compares all types. `sent` is the page `config_dump` of a control plane. `show` writes a value over lines. */
export function compareConfig(
  sent: unknown,
  dump: ConfigDump,
  show: (value: unknown) => string,
): readonly TypeComparison[] {
  return LISTS.map(([type, list]) => {
    const wanted = new Map(
      objectsAt(sent, list).map((resource) => {
        const made = madeResource(type, resource);
        return [made.name, textOf(type, made, show)];
      }),
    );
    const running = dump.resources[type].filter(({ state }) => state === 'active');
    const byName = new Map(running.map((resource) => [resource.name, resource]));
    const warming = new Set(dump.resources[type].filter(({ state }) => state === 'warming').map(({ name }) => name));
    const differences: ResourceDifference[] = [];
    for (const [name, text] of wanted) {
      const other = byName.get(name);
      const lines = other === undefined ? [] : diffLines(text, textOf(type, other, show));
      const reasons = dump.refused.filter((one) => one.type === type && one.name === name).map(({ reason }) => reason);
      if (reasons.length > 0 && (other === undefined || lines.length > 0)) {
        differences.push({ type, name, kind: 'refused', lines: [...reasons, ...lines] });
      } else if (lines.length > 0) differences.push({ type, name, kind: 'different', lines });
      else if (warming.has(name)) differences.push({ type, name, kind: 'warming', lines });
      else if (other === undefined) differences.push({ type, name, kind: 'missing', lines });
    }
    // Hosts of clusters that need no endpoints from outside are endpoints in a dump, too.
    const extra = type === 'endpoint' ? [] : running.filter(({ name }) => !wanted.has(name));
    differences.push(...extra.map(({ name }): ResourceDifference => ({ type, name, kind: 'extra', lines: [] })));
    return { type, sent: wanted.size, differences };
  });
}

/** Of endpoints a proxy tells only which there are: the rest of what it was sent has become part of its own state. */
function textOf(type: MadeType, resource: DumpedResource, show: (value: unknown) => string): string {
  if (type !== 'endpoint') return show(sorted(canonicalResource(type, resource.body)));
  return show(
    dumpedEndpoints([resource])
      .map(({ address }) => address)
      .toSorted(),
  );
}

/** The fields of maps come in any order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Lines around a difference that are shown. */
const CONTEXT_LINES = 3;

/** Empty when both are the same. */
function diffLines(wanted: string, running: string): readonly string[] {
  if (wanted === running) return [];
  const entries = diff(running.trimEnd().split('\n'), wanted.trimEnd().split('\n'));
  const shown = new Set<number>();
  for (const [i, [operation]] of entries.entries()) {
    if (operation === 0) continue;
    for (let at = i - CONTEXT_LINES; at <= i + CONTEXT_LINES; at++) shown.add(at);
  }
  const lines: string[] = [];
  let last = -1;
  for (const [i, [operation, line]] of entries.entries()) {
    if (!shown.has(i)) continue;
    if (i > last + 1) lines.push('@@');
    last = i;
    lines.push(`${operation === 0 ? ' ' : operation === 1 ? '+' : '-'}${line}`);
  }
  return lines;
}
