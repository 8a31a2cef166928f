import { compareText, createLeafName, type StatName } from '../names/stat-name.ts';

/** What a histogram counts. Percentages are recorded in millionths and shown as fractions. */
export type HistogramUnit = 'none' | 'bytes' | 'us' | 'ms' | 'percent';

/** The kinds of statistics. */
export type StatKind = 'counter' | 'gauge' | 'text' | 'histogram';

/** One statistic of a block. */
export interface StatField {
  readonly kind: StatKind;
  /** The last part of its name. */
  readonly name: StatName;
  /** Its place among the block's numbers, texts or histograms. */
  readonly slot: number;
  /** For gauges: what several processes or workers report is added up, or one of them speaks for all. */
  readonly merge: 'sum' | 'first';
  readonly unit: HistogramUnit;
}

/** Which statistics exist together, in which slots. */
export interface Definition {
  readonly counters: readonly StatField[];
  readonly gauges: readonly StatField[];
  /** Counters and gauges. Every list is ordered by name. */
  readonly numbers: readonly StatField[];
  readonly texts: readonly StatField[];
  readonly histograms: readonly StatField[];
}

/** What a block is made of. Names may have dots in them. */
export interface BlockShape<N extends string, H extends string, T extends string> {
  readonly counters?: readonly N[];
  /** Gauges whose values add up over workers and hot restarts, such as active connections. */
  readonly gauges?: readonly N[];
  /** Gauges where every worker reports the same thing, such as the number of hosts; Envoy's never-import. */
  readonly sharedGauges?: readonly N[];
  readonly histograms?: Readonly<Record<H, HistogramUnit>>;
  readonly texts?: readonly T[];
}

/** A definition whose slots are known by name. */
export interface BlockDefinition<N extends string = string, H extends string = string, T extends string = string>
  extends Definition {
  /** Slots of counters and gauges. */
  readonly at: Readonly<Record<N, number>>;
  readonly histogramAt: Readonly<Record<H, number>>;
  readonly textAt: Readonly<Record<T, number>>;
}

/** Declares statistics that are always made together: one array of numbers for each scope, names only on output. */
export function defineBlock<const N extends string, const H extends string = never, const T extends string = never>(
  shape: BlockShape<N, H, T>,
): BlockDefinition<N, H, T> {
  const counters = shape.counters ?? [];
  const gauges = shape.gauges ?? [];
  const numbers = [
    ...counters.map((name, i) => createField('counter', name, i)),
    ...gauges.map((name, i) => createField('gauge', name, counters.length + i)),
    ...(shape.sharedGauges ?? []).map((name, i) =>
      createField('gauge', name, counters.length + gauges.length + i, { merge: 'first' }),
    ),
  ];
  const units = Object.entries(shape.histograms ?? {}) as [string, HistogramUnit][];
  const histograms = units.map(([name, unit], i) => createField('histogram', name, i, { unit }));
  const texts = (shape.texts ?? []).map((name, i) => createField('text', name, i));
  return Object.freeze({
    ...groupFields([...numbers, ...histograms, ...texts]),
    at: slotsOf<N>(numbers),
    histogramAt: slotsOf<H>(histograms),
    textAt: slotsOf<T>(texts),
  });
}

/** How many statistics a definition has. */
export function sizeOf(definition: Definition): number {
  return definition.numbers.length + definition.texts.length + definition.histograms.length;
}

/** One field. A name given as text is written by a programmer and must be clean already. */
export function createField(
  kind: StatKind,
  name: string | StatName,
  slot: number,
  options: { readonly merge?: StatField['merge']; readonly unit?: HistogramUnit } = {},
): StatField {
  const leaf = typeof name === 'string' ? createLeafName([name]) : name;
  if (typeof name === 'string' && leaf.text !== name) throw new Error(`"${name}" is no name of a statistic`);
  return { kind, name: leaf, slot, merge: options.merge ?? 'sum', unit: options.unit ?? 'none' };
}

/** A definition of fields that have their slots already. */
export function groupFields(fields: readonly StatField[]): Definition {
  const sorted = fields.toSorted((a, b) => compareText(a.name.text, b.name.text));
  const ofKind = (...kinds: readonly StatKind[]) => sorted.filter(({ kind }) => kinds.includes(kind));
  return {
    counters: ofKind('counter'),
    gauges: ofKind('gauge'),
    numbers: ofKind('counter', 'gauge'),
    texts: ofKind('text'),
    histograms: ofKind('histogram'),
  };
}

function slotsOf<N extends string>(fields: readonly StatField[]): Readonly<Record<N, number>> {
  const slots: Record<string, number> = {};
  for (const { name, slot } of fields) {
    if (slots[name.text] !== undefined) throw new Error(`statistic "${name.text}" is declared twice`);
    slots[name.text] = slot;
  }
  // V8 keeps an object that was filled by computed keys as a hash table, and its copy as a record: 1 ns instead of 7 for each use.
  return Object.freeze({ ...slots }) as Readonly<Record<N, number>>;
}
