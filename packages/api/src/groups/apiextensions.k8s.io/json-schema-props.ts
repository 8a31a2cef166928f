/** The schema language of CustomResourceDefinitions; it contains itself. */
import {
  any,
  boolean,
  enumeration,
  integer,
  lazy,
  list,
  map,
  number,
  object,
  required,
  type Schema,
  string,
} from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';

/** One rule in a CRD's schema. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: 'FieldValueDuplicate' | 'FieldValueForbidden' | 'FieldValueInvalid' | 'FieldValueRequired';
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** One node of a CRD's schema. */
export interface JSONSchemaProps {
  $schema?: string;
  $ref?: string;
  id?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  example?: unknown;
  enum?: unknown[];
  nullable?: boolean;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  multipleOf?: number;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: JSONSchemaProps;
  properties?: Record<string, JSONSchemaProps>;
  patternProperties?: Record<string, JSONSchemaProps>;
  /** A schema, or whether any other member is allowed. */
  additionalProperties?: unknown;
  additionalItems?: unknown;
  definitions?: Record<string, JSONSchemaProps>;
  dependencies?: Record<string, unknown>;
  allOf?: JSONSchemaProps[];
  oneOf?: JSONSchemaProps[];
  anyOf?: JSONSchemaProps[];
  not?: JSONSchemaProps;
  externalDocs?: { description?: string; url?: string };
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
}

const PREFIX = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

const validationRule: Schema<ValidationRule> = object(
  'A rule that values must satisfy.',
  {
    rule: required(string('CEL expression over self (and oldSelf) that must be true.')),
    message: string('What the user is told when the rule fails.'),
    messageExpression: string('CEL expression that makes the message.'),
    reason: enumeration('Reason given to machines.', [
      'FieldValueDuplicate',
      'FieldValueForbidden',
      'FieldValueInvalid',
      'FieldValueRequired',
    ]),
    fieldPath: string('Where below this node the failure is reported.'),
    optionalOldSelf: boolean('The rule also runs when there is no old value; oldSelf is then an optional.'),
  },
  { name: `${PREFIX}.ValidationRule` },
);

/** One node of a CRD's schema, which may contain further nodes. */
export const jsonSchemaProps: Schema<JSONSchemaProps> = lazy(
  `${PREFIX}.JSONSchemaProps`,
  'A schema in the part of JSON Schema that Kubernetes understands.',
  () => node,
);

const nodes = (description: string): Schema<Record<string, JSONSchemaProps>> => map(description, jsonSchemaProps);
const alternatives = (description: string): Schema<JSONSchemaProps[]> =>
  list(description, jsonSchemaProps, { listType: 'atomic' });

const annotations = {
  $schema: string('Dialect of the schema.'),
  $ref: string('Reference to another schema; not allowed in definitions.'),
  id: string('Name of the schema; not allowed in definitions.'),
  title: string('Short title.'),
  description: string('What the value is for.'),
  default: any('Value used when none is given.'),
  example: any('An example of a value.'),
  externalDocs: object(
    'Where to read more.',
    { description: string('What is found there.'), url: string('Address of the text.') },
    { name: `${PREFIX}.ExternalDocumentation` },
  ),
};

const scalarRules = {
  type: string('Type: object, array, string, integer, number or boolean.'),
  format: string('Format of a text or width of a number.'),
  enum: list('The only values that are allowed.', any('A value.'), { listType: 'atomic' }),
  nullable: boolean('The value may be null.'),
  maximum: number('Largest number.'),
  exclusiveMaximum: boolean('The largest number itself is not allowed.'),
  minimum: number('Smallest number.'),
  exclusiveMinimum: boolean('The smallest number itself is not allowed.'),
  multipleOf: number('The number must be a multiple of this.'),
  maxLength: integer('Most characters of a text.', { format: 'int64' }),
  minLength: integer('Fewest characters of a text.', { format: 'int64' }),
  pattern: string('Regular expression that a text must match.'),
};

const containerRules = {
  maxItems: integer('Most items of a list.', { format: 'int64' }),
  minItems: integer('Fewest items of a list.', { format: 'int64' }),
  uniqueItems: boolean('Items must differ; not allowed in definitions.'),
  maxProperties: integer('Most members of an object.', { format: 'int64' }),
  minProperties: integer('Fewest members of an object.', { format: 'int64' }),
  required: stringList('Members that must be present.', 'Name of a member.'),
  items: jsonSchemaProps,
  properties: nodes('Members by name.'),
  patternProperties: nodes('Members by pattern; not allowed in definitions.'),
  additionalProperties: any('Schema of other members, or whether there may be any.'),
  additionalItems: any('Schema of further items; not allowed in definitions.'),
  definitions: nodes('Named schemas; not allowed in definitions.'),
  dependencies: map('What members demand of others; not allowed in definitions.', any('A schema or a list of names.')),
  allOf: alternatives('All of these must hold.'),
  oneOf: alternatives('Exactly one of these must hold.'),
  anyOf: alternatives('At least one of these must hold.'),
  not: jsonSchemaProps,
};

const extensions = {
  'x-kubernetes-preserve-unknown-fields': boolean('Members that the schema does not name are kept.'),
  'x-kubernetes-embedded-resource': boolean('The value is a whole API object.'),
  'x-kubernetes-int-or-string': boolean('The value is a number or a text.'),
  'x-kubernetes-list-map-keys': stringList('Members that identify an item of a map list.', 'Name of a member.'),
  'x-kubernetes-list-type': string('How a list is owned: atomic, set or map.'),
  'x-kubernetes-map-type': string('How an object is owned: granular or atomic.'),
  'x-kubernetes-validations': list('Rules that the value must satisfy.', validationRule, {
    listType: 'map',
    mapKeys: ['rule'],
    patch: { strategy: 'merge', mergeKey: 'rule' },
    uniqueItems: false,
  }),
};

const node: Schema<JSONSchemaProps> = object(
  'A schema in the part of JSON Schema that Kubernetes understands.',
  { ...annotations, ...scalarRules, ...containerRules, ...extensions },
  { name: `${PREFIX}.JSONSchemaProps` },
);
