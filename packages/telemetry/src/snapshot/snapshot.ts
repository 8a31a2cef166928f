import type { Cells } from '../histogram/cells.ts';
import type { StatName } from '../names/stat-name.ts';
import type { Definition } from '../registry/definition.ts';
import {
  type HistogramData,
  isUsed,
  type ScopeView,
  type StatGroup,
  type StatsView,
  UNUSED,
} from '../registry/stat-group.ts';
import { mergeViews } from './merge-views.ts';

/** A text in a snapshot. */
export interface SnapshotText {
  readonly group: number;
  readonly slot: number;
  readonly text: string;
}

/**
 * Everything that a view shows at one moment, as data that can be posted to another thread. A group is a block or single statistic:
 * one entry in each of `groupScopes`, `groupDefinitions` and `groupOffsets`.
 */
export interface StatsSnapshot {
  readonly definitions: readonly Definition[];
  readonly scopes: readonly StatName[];
  readonly groupScopes: Uint32Array<ArrayBuffer>;
  readonly groupDefinitions: Uint32Array<ArrayBuffer>;
  /** Where a group's numbers begin in `numbers`, by slot; -1 if none was ever written. */
  readonly groupOffsets: Int32Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  /** For each histogram with values: group, slot, lengths of interval and whole, and their cells. */
  readonly histograms: Float64Array<ArrayBuffer>;
  readonly texts: readonly SnapshotText[];
}

/** The buffers to move instead of copying when a snapshot is posted; it must not be used afterwards. */
export function transferablesOf(snapshot: StatsSnapshot): ArrayBuffer[] {
  const { groupScopes, groupDefinitions, groupOffsets, numbers, histograms } = snapshot;
  return [groupScopes, groupDefinitions, groupOffsets, numbers, histograms].map(({ buffer }) => buffer);
}

/** Writes down what a view shows now. */
export function takeSnapshot(view: StatsView): StatsSnapshot {
  const indexes = new Map<Definition, number>();
  const scopeIndexes: number[] = [];
  const definitionIndexes: number[] = [];
  const offsets: number[] = [];
  const histograms: number[] = [];
  const texts: SnapshotText[] = [];
  const numbers = new NumberList();
  for (const [scopeIndex, scope] of view.scopes.entries()) {
    for (const group of scope.groups()) {
      const { definition } = group;
      const index = indexes.get(definition) ?? indexes.size;
      indexes.set(definition, index);
      const groupIndex = offsets.length;
      scopeIndexes.push(scopeIndex);
      definitionIndexes.push(index);
      offsets.push(writeNumbers(group, numbers));
      writeHistograms(group, groupIndex, histograms);
      for (const { slot } of definition.texts) {
        const text = group.textAt(slot);
        if (text !== undefined) texts.push({ group: groupIndex, slot, text });
      }
    }
  }
  return {
    definitions: Array.from(indexes.keys(), plainDefinition),
    scopes: view.scopes.map(({ name }) => name),
    groupScopes: Uint32Array.from(scopeIndexes),
    groupDefinitions: Uint32Array.from(definitionIndexes),
    groupOffsets: Int32Array.from(offsets),
    numbers: numbers.take(),
    histograms: Float64Array.from(histograms),
    texts,
  };
}

/** Shows a snapshot. */
export function viewSnapshot(snapshot: StatsSnapshot): StatsView {
  const histograms = readHistograms(snapshot.histograms);
  const texts = Map.groupBy(snapshot.texts, ({ group }) => group);
  const groups: StatGroup[][] = snapshot.scopes.map(() => []);
  for (const [index, scopeIndex] of snapshot.groupScopes.entries()) {
    const offset = snapshot.groupOffsets[index]!;
    groups[scopeIndex]!.push({
      definition: snapshot.definitions[snapshot.groupDefinitions[index]!]!,
      numberAt: (slot) => (offset < 0 ? UNUSED : snapshot.numbers[offset + slot]!),
      textAt: (slot) => texts.get(index)?.find((entry) => entry.slot === slot)?.text,
      histogramAt: (slot) => histograms.get(index)?.get(slot),
    });
  }
  const scopes = snapshot.scopes.map((name, i): ScopeView => ({ name, groups: () => groups[i]! }));
  return { scopes };
}

/** Adds up what several workers of one program counted. */
export function mergeSnapshots(snapshots: readonly StatsSnapshot[]): StatsSnapshot {
  return takeSnapshot(mergeViews(snapshots.map(viewSnapshot)));
}

/** A definition without what only its declarer needs. */
function plainDefinition({ counters, gauges, numbers, texts, histograms }: Definition): Definition {
  return { counters, gauges, numbers, texts, histograms };
}

/** Numbers of unknown count in one array. */
class NumberList {
  #values = new Float64Array(1024);
  length = 0;

  /** Makes room for so many more and returns where it begins. */
  reserve(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.#values.length) {
      const larger = new Float64Array(Math.max(this.length, this.#values.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    return start;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  take(): Float64Array<ArrayBuffer> {
    return this.#values.slice(0, this.length);
  }
}

function writeNumbers(group: StatGroup, numbers: NumberList): number {
  const fields = group.definition.numbers;
  if (!fields.some(({ slot }) => isUsed(group.numberAt(slot)))) return -1;
  const start = numbers.reserve(fields.length);
  for (const { slot } of fields) numbers.set(start + slot, group.numberAt(slot));
  return start;
}

function writeHistograms(group: StatGroup, groupIndex: number, out: number[]): void {
  for (const { slot } of group.definition.histograms) {
    const data = group.histogramAt(slot);
    if (data === undefined) continue;
    out.push(groupIndex, slot, data.interval.length, data.cumulative.length);
    for (const value of data.interval) out.push(value);
    for (const value of data.cumulative) out.push(value);
  }
}

/** Histograms by group and slot. */
function readHistograms(data: Float64Array): Map<number, Map<number, HistogramData>> {
  const groups = new Map<number, Map<number, HistogramData>>();
  for (let at = 0; at < data.length; ) {
    const [group, slot, intervalLength, length] = data.subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const middle = at + 4 + intervalLength;
    const interval: Cells = Array.from(data.subarray(at + 4, middle));
    at = middle + length;
    const cumulative: Cells = Array.from(data.subarray(middle, at));
    const slots = groups.get(group) ?? new Map<number, HistogramData>();
    groups.set(group, slots.set(slot, { interval, cumulative }));
  }
  return groups;
}
