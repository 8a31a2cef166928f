/** The schema language of CustomResourceDefinitions, as these objects hold it. */
import type { ValidationRule } from '../cel/index.ts';
import type { Json } from '../schema/index.ts';

/** One node of a CRD's schema; every part is optional, and what is allowed where is judged by `structural.ts`. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $schema?: string;
  readonly id?: string;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: unknown;
  readonly additionalItems?: unknown;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly dependencies?: unknown;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly externalDocs?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** Keywords of value validation, which mean the same in a schema node of ours. */
export const VALUE_KEYWORDS = [
  'format',
  'enum',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
] as const satisfies readonly (keyof JsonSchema)[];

/** The schema of members that are not named, if there is one. */
export function additionalSchema(schema: JsonSchema): JsonSchema | undefined {
  const additional = schema.additionalProperties;
  return typeof additional === 'object' && additional !== null ? additional : undefined;
}

/** `anyOf` of integer and string, which may stand beside x-kubernetes-int-or-string although it names types. */
export function isIntOrStringChoice(parts: readonly JsonSchema[] | undefined): boolean {
  if (parts?.length !== 2) return false;
  const [a, b] = parts.map((part) => (Object.keys(part).length === 1 ? part.type : undefined));
  return a === 'integer' && b === 'string';
}
