/**
 * Schemas as OpenAPI v3.0 schema objects with Kubernetes' extensions. Two dialects: `document`, as the API server
 * describes itself to clients (named components, `$ref`, patch strategies), and `crd`, the structural schema of a
 * CustomResourceDefinition (everything in place, no reference, no keyword that a real API server forbids).
 */
import {
  type Json,
  type JsonObject,
  resolve,
  type Schema,
  type SchemaAssertion,
  type SchemaRule,
} from '../schema/index.ts';

/** Which of the two dialects is written. */
export type OpenApiDialect = 'document' | 'crd';

const COMPONENTS = '#/components/schemas/';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const INTEGER_OR_STRING: readonly JsonObject[] = [{ type: 'integer' }, { type: 'string' }];

const REASONS: Readonly<Record<NonNullable<SchemaRule['reason']>, string>> = {
  invalid: 'FieldValueInvalid',
  forbidden: 'FieldValueForbidden',
  required: 'FieldValueRequired',
  duplicate: 'FieldValueDuplicate',
};

/** Keywords that carry over under the same name and mean the same. */
const PLAIN_KEYWORDS = [
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const satisfies readonly (keyof Schema)[];

/** The structural schema of a node, as a CustomResourceDefinition holds it. */
export function toCrdSchema(schema: Schema): JsonObject {
  return new OpenApiWriter('crd').write(schema);
}

/** Writes schemas and collects the named components that they refer to. */
export class OpenApiWriter {
  /** Key: component name. Written by `component` only. */
  readonly components: Map<string, JsonObject> = new Map();
  private readonly dialect: OpenApiDialect;
  /** Nodes on the way from the root, to notice a schema that contains itself. */
  private readonly open: Set<Schema> = new Set();

  constructor(dialect: OpenApiDialect = 'document') {
    this.dialect = dialect;
  }

  /** The schema object of a node; a reference where the document names it. */
  write(given: Schema): JsonObject {
    if (this.dialect === 'crd') return this.inPlace(given);
    const target = resolve(given);
    const name = target.name ?? given.name;
    if (name !== undefined) return this.reference(given, name, () => this.body(generalOf(target)));
    if (target.type === 'intOrString') return this.reference(given, INT_OR_STRING, intOrStringComponent);
    return this.body(target);
  }

  /** Adds a named component and returns the reference to it. */
  component(name: string, make: () => JsonObject): JsonObject {
    if (!this.components.has(name)) {
      // Taken before it is made: the component may contain itself.
      this.components.set(name, {});
      this.components.set(name, make());
    }
    return { $ref: COMPONENTS + name };
  }

  /** A `$ref` cannot have neighbours in OpenAPI 3.0, so what is said of the place goes around it. */
  private reference(given: Schema, name: string, make: () => JsonObject): JsonObject {
    const ref = this.component(name, make);
    const around: JsonObject = {};
    // kubectl shows both texts, so the same one is not said twice.
    if (given.description !== undefined && given.description !== this.components.get(name)?.['description']) {
      around['description'] = given.description;
    }
    if (given.default !== undefined) around['default'] = given.default;
    if (given.nullable === true) around['nullable'] = true;
    if (given.deprecated !== undefined) around['deprecated'] = true;
    addListAndPatch(around, given, this.dialect);
    return Object.keys(around).length === 0 ? ref : { allOf: [ref], ...around };
  }

  /** CRDs have no references: a schema that contains itself stays open at that place, as Kubernetes advises. */
  private inPlace(given: Schema): JsonObject {
    const target = resolve(given);
    if (this.open.has(target)) return openObject(given.description ?? target.description);
    this.open.add(target);
    const here: Schema =
      given === target ? given : { ...target, description: given.description ?? target.description ?? '' };
    const body = this.body(given.nullable === true ? { ...here, nullable: true } : here);
    this.open.delete(target);
    return body;
  }

  private body(schema: Schema): JsonObject {
    const out: JsonObject = {};
    const note = schema.deprecated === undefined ? '' : ` Deprecated: ${schema.deprecated}`;
    const description = `${schema.description ?? ''}${this.dialect === 'crd' ? note : ''}`.trim();
    if (description !== '') out['description'] = description;
    addType(out, schema);
    if (schema.format !== undefined) out['format'] = schema.format;
    if (schema.nullable === true) out['nullable'] = true;
    if (schema.default !== undefined) out['default'] = schema.default;
    if (schema.deprecated !== undefined && this.dialect === 'document') out['deprecated'] = true;
    this.addValidation(out, schema);
    this.addContent(out, schema);
    this.addExtensions(out, schema);
    return out;
  }

  private addValidation(out: JsonObject, schema: SchemaAssertion): void {
    if (schema.enum !== undefined) out['enum'] = [...schema.enum];
    for (const keyword of PLAIN_KEYWORDS) {
      const value = schema[keyword];
      if (value !== undefined) out[keyword] = value;
    }
    // A real API server refuses uniqueItems in CRDs, for its cost; x-kubernetes-list-type: set says it instead.
    if (schema.uniqueItems === true && this.dialect === 'document') out['uniqueItems'] = true;
    for (const keyword of ['oneOf', 'anyOf', 'allOf'] as const) {
      const parts =
        keyword === 'allOf' ? [...(schema.allOf ?? []), ...ruleAssertions(schema)] : (schema[keyword] ?? []);
      if (parts.length === 0) continue;
      // The place of anyOf is taken where the type is an integer or a string; the structural rules allow this form instead.
      if (keyword === 'anyOf' && out['anyOf'] !== undefined) delete out['anyOf'];
      out[keyword] = parts.map((part) => this.assertion(part));
    }
    if (schema.not !== undefined) out['not'] = this.assertion(schema.not);
  }

  private addContent(out: JsonObject, schema: Schema): void {
    if (schema.items !== undefined) out['items'] = this.write(schema.items);
    if (schema.properties !== undefined) {
      out['properties'] = Object.fromEntries(
        Object.entries(schema.properties).map(([name, s]) => [name, this.write(s)]),
      );
    }
    if (schema.additional !== undefined) out['additionalProperties'] = this.write(schema.additional);
    addRequired(out, schema);
  }

  private addExtensions(out: JsonObject, schema: Schema): void {
    if (schema.type === 'intOrString') out['x-kubernetes-int-or-string'] = true;
    if (schema.preserveUnknown === true || schema.type === 'any') out['x-kubernetes-preserve-unknown-fields'] = true;
    if (schema.embeddedResource === true) out['x-kubernetes-embedded-resource'] = true;
    addListAndPatch(out, schema, this.dialect);
    if (schema.listType !== undefined) out['x-kubernetes-list-type'] = schema.listType;
    else if (schema.uniqueItems === true && this.dialect === 'crd') out['x-kubernetes-list-type'] = 'set';
    if (schema.mapKeys !== undefined) out['x-kubernetes-list-map-keys'] = [...schema.mapKeys];
    if (schema.mapType !== undefined) out['x-kubernetes-map-type'] = schema.mapType;
    const rules = (schema.rules ?? []).flatMap(toValidation);
    if (rules.length > 0) out['x-kubernetes-validations'] = rules;
  }

  /** Inside a logical junctor only value validations may stand: no type, no default, no description. */
  private assertion(part: SchemaAssertion): JsonObject {
    const out: JsonObject = {};
    if (part.format !== undefined) out['format'] = part.format;
    if (this.dialect === 'document' && part.type !== undefined) addType(out, { type: part.type });
    this.addValidation(out, part);
    if (part.items !== undefined) out['items'] = this.assertion(part.items);
    if (part.properties !== undefined) {
      const members = Object.entries(part.properties).map(([name, s]) => [name, this.assertion(resolve(s))]);
      out['properties'] = Object.fromEntries(members) as JsonObject;
    }
    addRequired(out, part);
    return out;
  }
}

/** A component is described in general, and without what holds of one place only. */
function generalOf(schema: Schema): Schema {
  const { default: _1, nullable: _2, deprecated: _3, patch: _4, ...general } = schema;
  return schema.typeDescription === undefined ? general : { ...general, description: schema.typeDescription };
}

function addType(out: JsonObject, schema: Pick<Schema, 'type'>): void {
  if (schema.type === 'intOrString') out['anyOf'] = [...INTEGER_OR_STRING];
  else if (schema.type !== 'any') out['type'] = schema.type;
}

function addRequired(out: JsonObject, schema: SchemaAssertion): void {
  const demanded = Object.entries(schema.properties ?? {}).filter(([, member]) => member.isRequired === true);
  const names = [...new Set([...demanded.map(([name]) => name), ...(schema.required ?? [])])];
  if (names.length > 0) out['required'] = names;
}

function addListAndPatch(out: JsonObject, schema: Schema, dialect: OpenApiDialect): void {
  if (dialect === 'crd' || schema.patch === undefined) return;
  out['x-kubernetes-patch-strategy'] = schema.patch.strategy;
  if (schema.patch.mergeKey !== undefined) out['x-kubernetes-patch-merge-key'] = schema.patch.mergeKey;
}

/** The rules of a node that can be said without CEL. */
function ruleAssertions({ rules = [] }: SchemaAssertion): SchemaAssertion[] {
  return rules.flatMap(({ assertion }) => (assertion === undefined ? [] : [assertion]));
}

function toValidation(rule: SchemaRule<never>): Json[] {
  if (rule.source !== undefined) return [rule.source];
  if (rule.cel === undefined) return [];
  const out: JsonObject = { rule: rule.cel };
  if (typeof rule.message === 'string') out['message'] = rule.message;
  if (rule.fieldPath !== undefined) out['fieldPath'] = rule.fieldPath;
  if (rule.reason !== undefined) out['reason'] = REASONS[rule.reason];
  return [out];
}

function intOrStringComponent(): JsonObject {
  return {
    description: 'A number or a string, such as a port or a percentage.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  };
}

function openObject(description: string | undefined): JsonObject {
  const out: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return description === undefined ? out : { description, ...out };
}
