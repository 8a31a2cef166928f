/** The schema of a user's CRD as a schema of ours. */
import type { CelType } from '@weft/cel';
import { celRootTypeOf, celTypeOf, compileSchemaRule } from '../cel/index.ts';
import { objectMeta } from '../kind/index.ts';
import { type Schema, type SchemaAssertion, type SchemaRule, type SchemaType, string } from '../schema/index.ts';
import { additionalSchema, isIntOrStringChoice, type JsonSchema, VALUE_KEYWORDS } from './json-schema.ts';

/** A part of a schema while it is being built. */
type Draft = { -readonly [K in keyof Schema]: Schema[K] };

const API_VERSION = string('Version of the API that the object is written in.');
const KIND = string('Kind of the object.');

/** The schema of whole objects; `json` must be structural (see `checkStructural`), its rules must compile. */
export function rootFromOpenApi(json: JsonSchema): Schema {
  const draft = build(json);
  const name = json.properties?.['metadata'];
  draft.properties = {
    apiVersion: API_VERSION,
    kind: KIND,
    ...draft.properties,
    metadata: name?.properties === undefined ? objectMeta : restrictedMeta(name),
  };
  return finish(draft, json, celRootTypeOf);
}

/** The schema of a part of an object. */
export function fromOpenApi(json: JsonSchema): Schema {
  return finish(build(json), json, celTypeOf);
}

function build(json: JsonSchema): Draft {
  const draft: Draft = { ...valueValidation(json), type: typeOf(json) };
  if (json.description !== undefined) draft.description = json.description;
  if (json.nullable === true) draft.nullable = true;
  if (json.default !== undefined) draft.default = json.default;
  if (json.items !== undefined) draft.items = fromOpenApi(json.items);
  if (json.properties !== undefined) draft.properties = mapMembers(json.properties, fromOpenApi);
  const additional = additionalSchema(json);
  if (additional !== undefined) draft.additional = fromOpenApi(additional);
  // `true` means any value.
  else if (json.additionalProperties === true) draft.additional = { type: 'any' };
  addExtensions(draft, json);
  return draft;
}

function addExtensions(draft: Draft, json: JsonSchema): void {
  if (json['x-kubernetes-preserve-unknown-fields'] === true) draft.preserveUnknown = true;
  const listType = json['x-kubernetes-list-type'];
  if (listType === 'atomic' || listType === 'set' || listType === 'map') draft.listType = listType;
  if (json['x-kubernetes-list-map-keys'] !== undefined) draft.mapKeys = json['x-kubernetes-list-map-keys'];
  const mapType = json['x-kubernetes-map-type'];
  if (mapType === 'granular' || mapType === 'atomic') draft.mapType = mapType;
  if (json['x-kubernetes-embedded-resource'] !== true) return;
  draft.embeddedResource = true;
  draft.properties = { apiVersion: API_VERSION, kind: KIND, ...draft.properties, metadata: objectMeta };
}

/** Rules see the whole node, so they are compiled when it is complete. */
function finish(draft: Draft, json: JsonSchema, typeOfNode: (schema: Schema) => CelType): Schema {
  const specs = json['x-kubernetes-validations'] ?? [];
  if (specs.length === 0) return Object.freeze(draft);
  const type = typeOfNode({ ...draft });
  draft.rules = specs.map((spec) => compileSchemaRule(spec, type)) as readonly SchemaRule<never>[];
  return Object.freeze(draft);
}

function typeOf(json: JsonSchema): SchemaType {
  if (json['x-kubernetes-int-or-string'] === true) return 'intOrString';
  const type = json.type ?? '';
  return isSchemaType(type) ? type : 'any';
}

const PLAIN_TYPES: ReadonlySet<string> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

function isSchemaType(type: string): type is Exclude<SchemaType, 'any' | 'intOrString'> {
  return PLAIN_TYPES.has(type);
}

/** What a node demands of values beside their structure; all that a logical junctor can say. */
function valueValidation(json: JsonSchema): SchemaAssertion {
  const out: Record<string, unknown> = {};
  for (const keyword of VALUE_KEYWORDS) if (json[keyword] !== undefined) out[keyword] = json[keyword];
  // An empty pattern matches everything.
  if (json.pattern === '') delete out['pattern'];
  const isChoice = isIntOrStringChoice(json.anyOf);
  if (json.anyOf !== undefined && !isChoice) out['anyOf'] = json.anyOf.map(assertion);
  if (json.oneOf !== undefined) out['oneOf'] = json.oneOf.map(assertion);
  const isWrapped = isIntOrStringChoice(json.allOf?.[0]?.anyOf);
  const all = isWrapped ? json.allOf?.map((part, i) => (i === 0 ? withoutAnyOf(part) : part)) : json.allOf;
  if (all !== undefined) out['allOf'] = all.map(assertion);
  if (json.not !== undefined) out['not'] = assertion(json.not);
  return out;
}

function withoutAnyOf(part: JsonSchema): JsonSchema {
  const { anyOf: _, ...rest } = part;
  return rest;
}

function assertion(json: JsonSchema): SchemaAssertion {
  const out: Record<string, unknown> = { type: 'any', ...valueValidation(json) };
  if (json.items !== undefined) out['items'] = assertion(json.items);
  if (json.properties !== undefined) out['properties'] = mapMembers(json.properties, assertion);
  return out;
}

/** Of an object's metadata, a CRD may restrict the name. */
function restrictedMeta(json: JsonSchema): Schema {
  const properties: Record<string, Schema> = { ...objectMeta.properties };
  for (const name of ['name', 'generateName']) {
    const member = json.properties?.[name];
    if (member !== undefined) properties[name] = { ...properties[name]!, ...fromOpenApi(member) };
  }
  const { name: _, ...rest } = objectMeta as Schema;
  return Object.freeze({ ...rest, properties });
}

function mapMembers<T>(
  members: Readonly<Record<string, JsonSchema>>,
  convert: (json: JsonSchema) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, convert(member)]));
}
