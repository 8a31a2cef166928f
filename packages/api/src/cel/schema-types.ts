/** The types that values of schemas have in CEL. */
import { type CelField, type CelType, type ListType, listOf, mapOf, objectOf, T } from '@weft/cel';
import { resolve, type Schema } from '../schema/index.ts';
import { escapePropertyName } from './escape.ts';

const known = new WeakMap<Schema, CelType>();
const knownRoots = new WeakMap<Schema, CelType>();

/** The CEL type of a schema's values. */
export function celTypeOf(given: Schema): CelType {
  const schema = resolve(given);
  if (schema.embeddedResource === true) return celRootTypeOf(schema);
  let type = known.get(schema);
  if (type === undefined) {
    type = typeOfSchema(schema);
    known.set(schema, type);
  }
  return type;
}

/** The type of whole API objects: of their metadata, rules see the name only. */
export function celRootTypeOf(given: Schema): CelType {
  const schema = resolve(given);
  let type = knownRoots.get(schema);
  if (type === undefined) {
    type = objectOf(() => {
      const fields = new Map(fieldsOf(schema));
      for (const name of ['apiVersion', 'kind']) fields.set(name, { name, type: T.string });
      fields.set('metadata', { name: 'metadata', type: METADATA });
      return fields;
    });
    knownRoots.set(schema, type);
  }
  return type;
}

const METADATA = objectOf(
  () => new Map(['name', 'generateName'].map((name) => [name, { name, type: T.string }] as const)),
);

function typeOfSchema(schema: Schema): CelType {
  switch (schema.type) {
    case 'boolean':
      return T.bool;
    case 'integer':
      return T.int;
    case 'number':
      return T.double;
    case 'string':
      return stringType(schema.format);
    case 'array':
      return listType(schema);
    case 'object':
      if (schema.additional !== undefined) return mapOf(T.string, celTypeOf(schema.additional));
      return objectOf(() => fieldsOf(schema));
    case 'intOrString':
    case 'any':
      return T.dyn;
  }
}

function stringType(format: string | undefined): CelType {
  if (format === 'byte') return T.bytes;
  if (format === 'date-time' || format === 'date') return T.timestamp;
  return format === 'duration' ? T.duration : T.string;
}

function listType(schema: Schema): ListType {
  const item = schema.items === undefined ? T.dyn : celTypeOf(schema.items);
  if (schema.listType !== 'set' && schema.listType !== 'map') return listOf(item);
  return listOf(item, { listType: schema.listType, keys: schema.mapKeys ?? [] });
}

/** Members that are not described have no type, so expressions cannot reach them. */
function fieldsOf(schema: Schema): Map<string, CelField> {
  const fields = new Map<string, CelField>();
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const escaped = escapePropertyName(name);
    if (escaped === undefined || resolve(member).type === 'any') continue;
    fields.set(escaped, { name, type: celTypeOf(member) });
  }
  return fields;
}
