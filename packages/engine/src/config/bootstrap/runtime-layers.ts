import type {
  LayeredRuntime,
  RuntimeLayer,
  RuntimeLayer_AdminLayer,
  RuntimeLayer_RtdsLayer,
} from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { Runtime } from '@weft/proto/envoy/service/runtime/v3/rtds';
import { supports } from '../../compile/support.ts';
import type { Fraction, RuntimeSource } from '../../match/fraction.ts';
import type { ConfigContext } from '../config-context.ts';
import { checkConfigSource } from '../config-source.ts';

/** What is supported of runtime layers. */
export const RUNTIME_SUPPORT = [
  supports<LayeredRuntime>('envoy.config.bootstrap.v3.LayeredRuntime', { layers: true }),
  supports<RuntimeLayer>('envoy.config.bootstrap.v3.RuntimeLayer', {
    name: true,
    layerSpecifier: {
      staticLayer: true,
      diskLayer: 'directories of runtime values are not watched: use static_layer',
      adminLayer: true,
      rtdsLayer: true,
    },
  }),
  supports<RuntimeLayer_AdminLayer>('envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer', {}),
  supports<RuntimeLayer_RtdsLayer>('envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer', {
    name: true,
    rtdsConfig: true,
  }),
  supports<Runtime>('envoy.service.runtime.v3.Runtime', { name: true, layer: true }),
];

/** A value under a key. */
export type RuntimeValue = number | boolean | string | Fraction;

/** Values of one layer, by dotted keys. */
export type RuntimeValues = ReadonlyMap<string, RuntimeValue>;

/** One layer; later ones win. */
export interface RuntimeLayerRuntime {
  readonly name: string;
  /** Admin layers and those that are fetched take values while the proxy runs. */
  readonly kind: 'static' | 'admin' | 'rtds';
  readonly values: RuntimeValues;
  /** Of a layer that is fetched: the resource that holds its values, and where to get it. */
  readonly fetched?: { readonly name: string; readonly source: ConfigSource };
}

type LayerContext = Pick<ConfigContext, 'problems'>;

/** Compiles the layers; what is wrong is reported. Keys that nothing reads are fine, as in Envoy. */
export function compileRuntimeLayers(
  message: LayeredRuntime | undefined,
  path: string,
  context: LayerContext,
): readonly RuntimeLayerRuntime[] {
  const names = new Set<string>();
  let hasAdmin = false;
  const layers: RuntimeLayerRuntime[] = [];
  message?.layers.forEach((layer, i) => {
    const at = `${path}.layers[${i}]`;
    const { name } = layer;
    if (names.has(name)) context.problems.add(`${at}.name`, `duplicate layer name: ${JSON.stringify(name)}`);
    names.add(name);
    const compiled = compileLayer(layer, at, context);
    if (compiled.kind === 'admin' && hasAdmin) {
      context.problems.add(`${at}.admin_layer`, 'there may be one admin layer only');
    }
    hasAdmin ||= compiled.kind === 'admin';
    layers.push(Object.freeze(compiled));
  });
  return Object.freeze(layers);
}

/** The values of a layer that was fetched. */
export function compileRuntimeValues({ layer = {} }: Runtime, path: string, context: LayerContext): RuntimeValues {
  const values = new Map<string, RuntimeValue>();
  addValues(layer, '', values, `${path}.layer`, context);
  return values;
}

function compileLayer(
  { name, layerSpecifier }: RuntimeLayer,
  path: string,
  context: LayerContext,
): RuntimeLayerRuntime {
  const values = new Map<string, RuntimeValue>();
  if (layerSpecifier.case === 'adminLayer') return { name, kind: 'admin', values };
  if (layerSpecifier.case === 'rtdsLayer')
    return { name, kind: 'rtds', values, ...fetchedBy(layerSpecifier.value, `${path}.rtds_layer`, context) };
  if (layerSpecifier.case === 'staticLayer')
    addValues(layerSpecifier.value, '', values, `${path}.static_layer`, context);
  return { name, kind: 'static', values };
}

function fetchedBy(
  { name, rtdsConfig: source }: RuntimeLayer_RtdsLayer,
  path: string,
  context: LayerContext,
): Pick<RuntimeLayerRuntime, 'fetched'> {
  if (name === '') context.problems.add(`${path}.name`, 'is required: it is the name of the resource to ask for');
  if (source?.configSourceSpecifier.case === undefined) {
    context.problems.add(`${path}.rtds_config`, 'needs ads, api_config_source or path_config_source');
    return {};
  }
  checkConfigSource(source, `${path}.rtds_config`, context);
  return { fetched: Object.freeze({ name, source }) };
}

/** Structs are decoded to a bounded depth, so the recursion is bounded too. */
function addValues(
  struct: Readonly<Record<string, unknown>>,
  prefix: string,
  values: Map<string, RuntimeValue>,
  path: string,
  context: LayerContext,
): void {
  for (const [name, value] of Object.entries(struct)) {
    const key = `${prefix}${name}`;
    const at = `${path}[${JSON.stringify(key)}]`;
    if (typeof value === 'number' || typeof value === 'boolean') values.set(key, value);
    else if (typeof value === 'string') values.set(key, scalarOf(value));
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const fraction = fractionOf(value as Readonly<Record<string, unknown>>);
      if (fraction === undefined) addValues(value as Readonly<Record<string, unknown>>, `${key}.`, values, at, context);
      else values.set(key, fraction);
    } else context.problems.add(at, 'a runtime value is a number, a boolean, a text, or a fraction');
  }
}

const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;

/** A text that reads as a number or a boolean is one. */
function scalarOf(text: string): RuntimeValue {
  if (NUMBER.test(text)) return Number(text);
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : text;
}

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** A struct with a numerator, as FractionalPercent has it. */
function fractionOf(struct: Readonly<Record<string, unknown>>): Fraction | undefined {
  const { numerator, denominator = 'HUNDRED', ...rest } = struct;
  if (Object.keys(rest).length > 0) return undefined;
  const known = typeof denominator === 'string' && Object.hasOwn(DENOMINATORS, denominator);
  if (!known || (numerator !== undefined && typeof numerator !== 'number')) return undefined;
  if (numerator === undefined && struct['denominator'] === undefined) return undefined;
  return { numerator: numerator ?? 0, denominator: DENOMINATORS[denominator]! };
}

/** The layers merged, as decisions read them. */
export function mergeRuntimeLayers(layers: readonly RuntimeLayerRuntime[]): RuntimeSource {
  const merged = new Map<string, RuntimeValue>();
  for (const { values } of layers) for (const [key, value] of values) merged.set(key, value);
  return {
    integer: (key) => {
      const value = merged.get(key);
      return typeof value === 'number' ? Math.trunc(value) : undefined;
    },
    boolean: (key) => {
      const value = merged.get(key);
      return typeof value === 'boolean' ? value : undefined;
    },
    fraction: (key) => {
      const value = merged.get(key);
      if (typeof value === 'number' && value >= 0)
        return { numerator: Math.min(Math.trunc(value), 100), denominator: 100 };
      return typeof value === 'object' ? value : undefined;
    },
  };
}
