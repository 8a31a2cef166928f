/**
 * The schema of a value as plain, frozen data. One tree of these nodes is the single source of a kind's static type, its
 * validation, pruning, defaulting, OpenAPI document, CRD manifest and merge behaviour. The vocabulary is Kubernetes'
 * structural schema, so that user-defined CRDs become the same nodes (see `openapi/from-openapi.ts`).
 */

import type { WorkBudget } from '@weft/cel';

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** The shapes that a value can have; `any` accepts and keeps everything. */
export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'intOrString' | 'any';

declare const valueType: unique symbol;

/** How a strategic merge patch treats a list or an object. */
export interface PatchStrategy {
  /** `merge` joins list items by `mergeKey` (or set-wise for scalars); `retainKeys` drops members that the patch does not name. */
  readonly strategy: 'merge' | 'retainKeys' | 'merge,retainKeys';
  readonly mergeKey?: string;
}

/** One rule over a node's value that its structure alone cannot say. */
export interface SchemaRule<T = unknown> {
  /** Told to the user when the rule fails. */
  readonly message: string | ((self: T, old: T | undefined, work?: WorkBudget) => string);
  /** The decision. `old` is the value at the same place before an update, if it can be correlated. */
  readonly check: (self: T, old: T | undefined, work?: WorkBudget) => boolean;
  /** The same rule as a CEL expression, for the CRD manifest; `api` tests that both agree. */
  readonly cel?: string;
  /** The same rule in words of the schema language, which cost the API server nothing, in place of CEL. */
  readonly assertion?: SchemaAssertion;
  /** The rule exactly as a CRD wrote it, where it came from one. */
  readonly source?: JsonObject;
  /** A rule that compares with the old value is skipped when there is none. */
  readonly isTransition?: boolean;
  /** Where the failure is reported, relative to the node (`.spec.name`); the node itself when absent. */
  readonly fieldPath?: string;
  /** What kind of failure it is; `invalid` when absent. */
  readonly reason?: 'invalid' | 'forbidden' | 'required' | 'duplicate';
}

/** An assertion used inside `oneOf`/`anyOf`/`allOf`/`not`: a partial schema without a shape of its own. */
export type SchemaAssertion = Partial<Omit<Schema, typeof valueType>>;

/** One node of a schema; `T` is the static type of the values it describes. */
export interface Schema<T = unknown> {
  /** Carries the static type only; never set. */
  readonly [valueType]?: T;
  readonly type: SchemaType;
  /** One or two plain sentences for `explain`. */
  readonly description?: string;
  /** What a named piece is in general, where `description` says what it is at this place; set by `described()`. */
  readonly typeDescription?: string;
  /** Component name under which the OpenAPI document lists this node once and refers to it. */
  readonly name?: string;
  /** Resolves a recursive reference; a node with `ref` has no other structure of its own. */
  readonly ref?: () => Schema;
  /** Set by `required()`: the enclosing object must have this property. */
  readonly isRequired?: boolean;
  /** It is a part of what holds it, as an embedded Go struct is, and nobody can add or remove it. */
  readonly isEmbedded?: boolean;
  readonly nullable?: boolean;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** False on a set or map list: its duplicates are judged by the kind's own check. */
  readonly uniqueItems?: boolean;
  /** How server-side apply owns the list: as a whole, as a set of scalars, or as a map by `mapKeys`. Absent means atomic. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly mapKeys?: readonly string[];
  readonly patch?: PatchStrategy;
  readonly properties?: Readonly<Record<string, Schema>>;
  /** The schema of members that `properties` does not name. */
  readonly additional?: Schema;
  /** Keeps members that neither `properties` nor `additional` describe. */
  readonly preserveUnknown?: boolean;
  /** The value is a whole API object: its apiVersion, kind and metadata are checked as such. */
  readonly embeddedResource?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Server-side apply owns an atomic object as a whole. */
  readonly mapType?: 'granular' | 'atomic';
  readonly oneOf?: readonly SchemaAssertion[];
  readonly anyOf?: readonly SchemaAssertion[];
  readonly allOf?: readonly SchemaAssertion[];
  readonly not?: SchemaAssertion;
  /** Names that an assertion demands; on nodes of our own DSL `isRequired` of the property says it. */
  readonly required?: readonly string[];
  readonly rules?: readonly SchemaRule<never>[];
  /** A warning given whenever the field is set. */
  readonly deprecated?: string;
}

/** The static type of the values that a schema describes. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** Follows recursive references to the node that has the structure. */
export function resolve(schema: Schema): Schema {
  return schema.ref === undefined ? schema : resolve(schema.ref());
}
