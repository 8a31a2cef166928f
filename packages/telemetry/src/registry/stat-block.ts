import { type FlushQueue, Histogram } from '../histogram/histogram.ts';
import type { BlockDefinition, Definition } from './definition.ts';
import { type StatGroup, UNUSED } from './stat-group.ts';

/** The statistics of a definition in one scope. A block that nobody touches is an object without arrays. */
export class StatBlock<D extends Definition = BlockDefinition> implements StatGroup {
  readonly definition: D;
  readonly #queue: FlushQueue;
  #values: Float64Array | undefined;
  #histograms: (Histogram | undefined)[] | undefined;
  #texts: (string | undefined)[] | undefined;

  constructor(definition: D, queue: FlushQueue) {
    this.definition = definition;
    this.#queue = queue;
  }

  /** Counters and gauges by slot, for those who count often: keep the array and write `values[slot]! += 1`. It never changes. */
  get values(): Float64Array {
    this.#values ??= new Float64Array(this.definition.numbers.length).fill(UNUSED);
    return this.#values;
  }

  inc(slot: number): void {
    this.values[slot]! += 1;
  }

  dec(slot: number): void {
    this.values[slot]! -= 1;
  }

  add(slot: number, amount: number): void {
    this.values[slot]! += amount;
  }

  set(slot: number, value: number): void {
    // Not even -0 may look unused: it was written.
    this.values[slot] = value + 0;
  }

  /** The histogram of a slot, for those who record: keep it. */
  histogram(slot: number): Histogram {
    this.#histograms ??= new Array<Histogram | undefined>(this.definition.histograms.length).fill(undefined);
    const found = this.#histograms[slot];
    if (found !== undefined) return found;
    const made = new Histogram(this.#queue);
    this.#histograms[slot] = made;
    return made;
  }

  setText(slot: number, text: string): void {
    this.#texts ??= new Array<string | undefined>(this.definition.texts.length).fill(undefined);
    this.#texts[slot] = text;
  }

  numberAt(slot: number): number {
    return this.#values === undefined ? UNUSED : this.#values[slot]!;
  }

  textAt(slot: number): string | undefined {
    return this.#texts?.[slot];
  }

  histogramAt(slot: number): Histogram | undefined {
    return this.#histograms?.[slot];
  }

  /** Puts the counters that were used back to 0, and leaves the rest. */
  resetCounters(): void {
    if (this.#values === undefined) return;
    for (const { kind, slot } of this.definition.numbers) {
      if (kind === 'counter' && this.#values[slot] !== 0) this.#values[slot] = 0;
    }
  }
}
