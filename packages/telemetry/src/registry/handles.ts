import type { FlushQueue } from '../histogram/histogram.ts';
import { Histogram } from '../histogram/histogram.ts';
import type { Definition } from './definition.ts';
import { type StatGroup, UNUSED } from './stat-group.ts';

/** A number of its own that only grows. */
export class Counter implements StatGroup {
  readonly definition: Definition;
  #value: number = UNUSED;

  constructor(definition: Definition) {
    this.definition = definition;
  }

  get value(): number {
    return this.#value + 0;
  }

  inc(): void {
    this.#value += 1;
  }

  add(amount: number): void {
    this.#value += amount;
  }

  /** Puts it back to 0 if it was used. */
  resetCounters(): void {
    if (this.#value !== 0) this.#value = 0;
  }

  numberAt(): number {
    return this.#value;
  }

  textAt(): undefined {}

  histogramAt(): undefined {}
}

/** A number of its own that goes up and down. */
export class Gauge implements StatGroup {
  readonly definition: Definition;
  #value: number = UNUSED;

  constructor(definition: Definition) {
    this.definition = definition;
  }

  get value(): number {
    return this.#value + 0;
  }

  inc(): void {
    this.#value += 1;
  }

  dec(): void {
    this.#value -= 1;
  }

  add(amount: number): void {
    this.#value += amount;
  }

  set(value: number): void {
    // Not even -0 may look unused: it was written.
    this.#value = value + 0;
  }

  numberAt(): number {
    return this.#value;
  }

  textAt(): undefined {}

  histogramAt(): undefined {}

  resetCounters(): void {}
}

/** A text of its own. */
export class TextReadout implements StatGroup {
  readonly definition: Definition;
  #text: string | undefined;

  constructor(definition: Definition) {
    this.definition = definition;
  }

  set(text: string): void {
    this.#text = text;
  }

  numberAt(): number {
    return UNUSED;
  }

  textAt(): string | undefined {
    return this.#text;
  }

  histogramAt(): undefined {}

  resetCounters(): void {}
}

/** A histogram of its own. */
export class HistogramStat implements StatGroup {
  readonly definition: Definition;
  readonly histogram: Histogram;

  constructor(definition: Definition, queue: FlushQueue) {
    this.definition = definition;
    this.histogram = new Histogram(queue);
  }

  numberAt(): number {
    return UNUSED;
  }

  textAt(): undefined {}

  histogramAt(): Histogram {
    return this.histogram;
  }

  resetCounters(): void {}
}
