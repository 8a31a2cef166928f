/** The runtime layers: those of the configuration, those that are fetched, and what the admin interface has put over them. */
import {
  compileRuntimeLayers,
  type Fraction,
  mergeRuntimeLayers,
  Problems,
  type RuntimeLayerRuntime,
  type RuntimeSource,
  type RuntimeValue,
  type RuntimeValues,
} from '@weft/engine';
import { defineBlock, type StatBlock, type StatsRegistry } from '@weft/telemetry';
import { sourcedKey, sourcedKeyOf } from '../xds/sourced-key.ts';

/** A resource that layers are made of. */
export interface RuntimeResource {
  readonly name: string;
  /** The key of where it comes from. */
  readonly source: string;
}

/** What is counted of runtime values, under `runtime.` (Envoy's runtime statistics). */
const RUNTIME_STATS = defineBlock({
  counters: ['deprecated_feature_use', 'load_error', 'load_success', 'override_dir_exists', 'override_dir_not_exists'],
  sharedGauges: ['admin_overrides_active', 'deprecated_feature_seen_since_process_start', 'num_keys', 'num_layers'],
});

/** See the file's head. */
export class LiveRuntime implements RuntimeSource {
  readonly #stats: StatBlock<typeof RUNTIME_STATS>;
  #layers: readonly RuntimeLayerRuntime[];
  #merged: RuntimeSource;

  constructor(layers: readonly RuntimeLayerRuntime[], stats: StatsRegistry) {
    this.#stats = stats.scope('runtime').block(RUNTIME_STATS);
    this.#layers = layers;
    this.#merged = mergeRuntimeLayers(layers);
    this.#count();
  }

  /** The layers, later ones over earlier ones. */
  get layers(): readonly RuntimeLayerRuntime[] {
    return this.#layers;
  }

  /** Whether values can be changed. */
  get isModifiable(): boolean {
    return this.#layers.some(({ kind }) => kind === 'admin');
  }

  /** How many keys have a value that was set by hand. */
  get overrideCount(): number {
    return this.#layers.find(({ kind }) => kind === 'admin')?.values.size ?? 0;
  }

  /** Sets values in the admin layer; an empty text takes one back. */
  modify(changes: Iterable<readonly [key: string, text: string]>): void {
    this.#load(({ kind, values }) => (kind === 'admin' ? changed(values, changes) : values));
  }

  /** Sets all values of the layers that hold a resource of a source. */
  setFetched(resource: RuntimeResource, next: RuntimeValues): void {
    const key = sourcedKey(resource.name, resource.source);
    this.#load(({ fetched, values }) =>
      fetched !== undefined && sourcedKeyOf(fetched.name, fetched.source) === key ? next : values,
    );
  }

  integer(key: string): number | undefined {
    return this.#merged.integer(key);
  }

  boolean(key: string): boolean | undefined {
    return this.#merged.boolean(key);
  }

  fraction(key: string): Fraction | undefined {
    return this.#merged.fraction(key);
  }

  #load(valuesOf: (layer: RuntimeLayerRuntime) => RuntimeValues): void {
    this.#layers = this.#layers.map((layer) => ({ ...layer, values: valuesOf(layer) }));
    this.#merged = mergeRuntimeLayers(this.#layers);
    this.#count();
  }

  /** The layers have been loaded, all of them. */
  #count(): void {
    const { at } = RUNTIME_STATS;
    this.#stats.inc(at.load_success);
    this.#stats.set(at.num_layers, this.#layers.length);
    this.#stats.set(at.num_keys, new Set(this.#layers.flatMap(({ values }) => [...values.keys()])).size);
    this.#stats.set(at.admin_overrides_active, this.overrideCount > 0 ? 1 : 0);
  }
}

function changed(values: RuntimeValues, changes: Iterable<readonly [string, string]>): RuntimeValues {
  const next = new Map(values);
  for (const [key, text] of changes) {
    const value = text === '' ? undefined : parseValue(key, text);
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** A text reads as it would in a layer of the configuration. */
function parseValue(key: string, text: string): RuntimeValue | undefined {
  const layer = { name: '', layerSpecifier: { case: 'staticLayer', value: { [key]: text } } };
  const message = { layers: [layer] } as unknown as Parameters<typeof compileRuntimeLayers>[0];
  return compileRuntimeLayers(message, '', { problems: new Problems() })[0]?.values.get(key);
}
