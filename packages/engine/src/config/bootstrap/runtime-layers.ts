import type {
  LayeredRuntime,
  RuntimeLayer,
  RuntimeLayer_AdminLayer,
} from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import type { CompileContext } from '../../compile/context.ts';
import { supports } from '../../compile/support.ts';
import type { Fraction, RuntimeSource } from '../../match/fraction.ts';
import { later } from '../later.ts';

/** What is supported of runtime layers. */
export const RUNTIME_SUPPORT = [
  supports<LayeredRuntime>('envoy.config.bootstrap.v3.LayeredRuntime', { layers: true }),
  supports<RuntimeLayer>('envoy.config.bootstrap.v3.RuntimeLayer', {
    name: true,
    layerSpecifier: {
      staticLayer: true,
      diskLayer: 'directories of runtime values are not watched: use static_layer',
      adminLayer: true,
      rtdsLayer: later('fetch runtime values'),
    },
  }),
  supports<RuntimeLayer_AdminLayer>('envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer', {}),
];

/** A value under a key. */
export type RuntimeValue = number | boolean | string | Fraction;

/** One layer; later ones win. */
export interface RuntimeLayerRuntime {
  readonly name: string;
  /** The admin layer takes values while the proxy runs. */
  readonly kind: 'static' | 'admin';
  /** Dotted key -> value. */
  readonly values: ReadonlyMap<string, RuntimeValue>;
}

/** Compiles the layers; what is wrong is reported. Keys that nothing reads are fine, as in Envoy. */
export function compileRuntimeLayers(
  message: LayeredRuntime | undefined,
  path: string,
  context: Pick<CompileContext, 'problems'>,
): readonly RuntimeLayerRuntime[] {
  const names = new Set<string>();
  let hasAdmin = false;
  const layers: RuntimeLayerRuntime[] = [];
  message?.layers.forEach(({ name, layerSpecifier }, i) => {
    const at = `${path}.layers[${i}]`;
    if (names.has(name)) context.problems.add(`${at}.name`, `duplicate layer name: ${JSON.stringify(name)}`);
    names.add(name);
    const values = new Map<string, RuntimeValue>();
    if (layerSpecifier.case === 'staticLayer')
      addValues(layerSpecifier.value, '', values, `${at}.static_layer`, context);
    if (layerSpecifier.case === 'adminLayer') {
      if (hasAdmin) context.problems.add(`${at}.admin_layer`, 'there may be one admin layer only');
      hasAdmin = true;
    }
    layers.push(Object.freeze({ name, kind: layerSpecifier.case === 'adminLayer' ? 'admin' : 'static', values }));
  });
  return Object.freeze(layers);
}

/** Structs are decoded to a bounded depth, so the recursion is bounded too. */
function addValues(
  struct: Readonly<Record<string, unknown>>,
  prefix: string,
  values: Map<string, RuntimeValue>,
  path: string,
  context: Pick<CompileContext, 'problems'>,
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
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
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
