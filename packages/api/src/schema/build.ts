/** The words in which kinds are written: each builder returns a frozen `Schema` node with its static type inferred. */
import type { Infer, Json, PatchStrategy, Schema, SchemaAssertion, SchemaRule } from './schema.ts';

interface CommonOptions<T> {
  readonly name?: string;
  readonly nullable?: boolean;
  readonly default?: T & Json;
  readonly rules?: readonly SchemaRule<T>[];
  readonly deprecated?: string;
}

/** Options of `string()`. */
export interface StringOptions extends CommonOptions<string> {
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Options of `integer()` and `number()`. */
export interface NumberOptions extends CommonOptions<number> {
  readonly format?: 'int32' | 'int64' | 'float' | 'double';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly number[];
}

/** Options of `list()`. */
export interface ListOptions<T> extends CommonOptions<T[]> {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly mapKeys?: readonly (keyof T & string)[];
  readonly patch?: PatchStrategy;
}

/** Options of `map()`. */
export interface MapOptions<T> extends CommonOptions<Record<string, T>> {
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly mapType?: 'granular' | 'atomic';
}

/** Options of `object()`. */
export interface ObjectOptions<T> extends CommonOptions<T> {
  readonly mapType?: 'granular' | 'atomic';
  readonly preserveUnknown?: boolean;
  readonly patch?: PatchStrategy;
  readonly minProperties?: number;
  readonly oneOf?: readonly SchemaAssertion[];
  readonly anyOf?: readonly SchemaAssertion[];
  readonly allOf?: readonly SchemaAssertion[];
  readonly not?: SchemaAssertion;
}

/** A property that the enclosing object must have. */
export type Required<S> = S & { readonly isRequired: true };

/** The properties of an object schema. */
export type Properties = Readonly<Record<string, Schema>>;

type Flatten<T> = { [K in keyof T]: T[K] };
type OptionalPart<P> = {
  -readonly [K in keyof P as P[K] extends { readonly isRequired: true } ? never : K]?: Infer<P[K]>;
};
type RequiredPart<P> = {
  -readonly [K in keyof P as P[K] extends { readonly isRequired: true } ? K : never]: Infer<P[K]>;
};

/** The static type of an object with these properties. */
export type InferProperties<P> = Flatten<RequiredPart<P> & OptionalPart<P>>;

/** A string. */
export function string(description: string, options: StringOptions = {}): Schema<string> {
  return node<string>({ type: 'string', description, ...(options as Partial<Schema>) });
}

/** One of a closed set of strings. */
export function enumeration<const V extends readonly string[]>(
  description: string,
  values: V,
  options: CommonOptions<V[number]> = {},
): Schema<V[number]> {
  return node<V[number]>({ type: 'string', description, enum: values, ...(options as Partial<Schema>) });
}

/** A whole number. */
export function integer(description: string, options: NumberOptions = {}): Schema<number> {
  return node<number>({ type: 'integer', format: 'int32', description, ...(options as Partial<Schema>) });
}

/** A number with a fraction. */
export function number(description: string, options: NumberOptions = {}): Schema<number> {
  return node<number>({ type: 'number', format: 'double', description, ...(options as Partial<Schema>) });
}

/** True or false. */
export function boolean(description: string, options: CommonOptions<boolean> = {}): Schema<boolean> {
  return node<boolean>({ type: 'boolean', description, ...(options as Partial<Schema>) });
}

/** A number or a string, such as a port or a percentage. */
export function intOrString(
  description: string,
  options: CommonOptions<number | string> = {},
): Schema<number | string> {
  return node<number | string>({ type: 'intOrString', description, ...(options as Partial<Schema>) });
}

/** Any JSON value, kept as it is. */
export function any(description: string, options: CommonOptions<unknown> = {}): Schema<unknown> {
  return node<unknown>({ type: 'any', description, ...(options as Partial<Schema>) });
}

/** A JSON object with members of any kind, kept as it is. */
export function anyObject(
  description: string,
  options: ObjectOptions<Record<string, unknown>> = {},
): Schema<Record<string, unknown>> {
  return node({ type: 'object', description, preserveUnknown: true, ...(options as Partial<Schema>) });
}

/** A list; say `listType` (and `mapKeys`) where items are owned one by one. */
export function list<S extends Schema>(
  description: string,
  items: S,
  options: ListOptions<Infer<S>> = {},
): Schema<Infer<S>[]> {
  return node<Infer<S>[]>({ type: 'array', description, items, ...(options as Partial<Schema>) });
}

/** An object with free keys and values of one schema. */
export function map<S extends Schema>(
  description: string,
  values: S,
  options: MapOptions<Infer<S>> = {},
): Schema<Record<string, Infer<S>>> {
  return node<Record<string, Infer<S>>>({
    type: 'object',
    description,
    additional: values,
    ...(options as Partial<Schema>),
  });
}

/** An object with named properties; optional unless wrapped in `required()`. */
export function object<const P extends Properties>(
  description: string,
  properties: P,
  options: ObjectOptions<InferProperties<P>> = {},
): Schema<InferProperties<P>> {
  return node<InferProperties<P>>({ type: 'object', description, properties, ...(options as Partial<Schema>) });
}

/** Marks a property that the enclosing object must have. */
export function required<S extends Schema>(schema: S): Required<S> {
  return Object.freeze({ ...schema, isRequired: true as const });
}

/** The same schema under another description (and options), for shared pieces used in several places. */
export function described<S extends Schema>(schema: S, description: string, options: Partial<Schema> = {}): S {
  const typeDescription = schema.typeDescription ?? schema.description;
  const isNamed = schema.name !== undefined && typeDescription !== undefined;
  return Object.freeze({ ...schema, ...options, description, ...(isNamed ? { typeDescription } : {}) });
}

/** A reference to a schema that is defined later, or that contains itself; the static type must be written out. */
export function lazy<T>(name: string, description: string, ref: () => Schema<T>): Schema<T> {
  return node<T>({ type: 'any', name, description, ref });
}

function node<T>(fields: Omit<Schema, never>): Schema<T> {
  return Object.freeze({ ...fields }) as Schema<T>;
}
