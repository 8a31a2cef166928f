/**
 * What Kubernetes says of a body that does not have the types of a built-in kind. Its own kinds are Go structs, and a value that
 * does not fit is refused while the body is read, before defaults and validation: with 400 and one complaint, the first.
 */
import { parseQuantity, QUANTITY_PROBLEM } from '@weft/core';
import { resolve, type Schema } from './schema.ts';
import { isPlainObject } from './types.ts';

/** Where a value stands, as Go tells it: the struct that has the field, and the fields from the root without indexes and keys. */
interface GoPlace {
  readonly struct: string;
  readonly fields: readonly string[];
}

const INT32 = 2 ** 31;

/** The first complaint about `value` in the order of the document; undefined when it can be read. */
export function findDecodeProblem(
  schema: Schema,
  value: unknown,
  struct: string,
  fields: readonly string[] = [],
): string | undefined {
  return problemOf(schema, value, { struct, fields });
}

function problemOf(given: Schema, value: unknown, place: GoPlace): string | undefined {
  // Null leaves every Go value as it was.
  if (value === null || value === undefined) return undefined;
  const schema = resolve(given);
  switch (schema.type) {
    case 'any':
      return undefined;
    case 'object':
      // What is kept as it is has no Go type of its own.
      if (schema.preserveUnknown === true) return undefined;
      return isPlainObject(value) ? problemInside(schema, value, place) : mismatch(schema, value, place);
    case 'array':
      if (!Array.isArray(value)) return mismatch(schema, value, place);
      return firstOf(value, (item) => problemOf(schema.items ?? given, item, place));
    case 'string':
      return stringProblem(schema, value, place);
    case 'integer':
      return isWhole(value, schema) ? undefined : mismatch(schema, value, place);
    case 'intOrString':
      return typeof value === 'string' || isWhole(value, schema) ? undefined : mismatch(schema, value, place);
    case 'number':
    case 'boolean':
      return typeof value === schema.type ? undefined : mismatch(schema, value, place);
  }
}

function problemInside(schema: Schema, value: Record<string, unknown>, place: GoPlace): string | undefined {
  const struct = schema.name === undefined ? place.struct : schema.name.slice(schema.name.lastIndexOf('.') + 1);
  return firstOf(Object.keys(value), (name) => {
    const { properties = {}, additional } = schema;
    if (Object.hasOwn(properties, name)) {
      return problemOf(properties[name]!, value[name], { struct, fields: [...place.fields, name] });
    }
    return additional === undefined ? undefined : problemOf(additional, value[name], place);
  });
}

function stringProblem(schema: Schema, value: unknown, place: GoPlace): string | undefined {
  // A quantity reads the text of its value, whatever that is.
  if (schema.format === 'quantity') {
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && parseQuantity(text) !== undefined ? undefined : QUANTITY_PROBLEM;
  }
  // Bytes may also be given as a list of numbers.
  if (schema.format === 'byte' && Array.isArray(value)) return undefined;
  if (typeof value !== 'string') return mismatch(schema, value, place);
  if (schema.format === 'byte') return base64Problem(value);
  return schema.format === 'date-time' ? timeProblem(schema, value) : undefined;
}

function base64Problem(text: string): string | undefined {
  const bare = text.replaceAll(/[\r\n]/g, '');
  const good = /^(?:[A-Za-z0-9+/]{4})*/.exec(bare)![0].length;
  const rest = bare.slice(good);
  if (rest === '' || /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/.test(rest)) return undefined;
  const bad = /[^A-Za-z0-9+/]/.exec(rest);
  return `illegal base64 data at input byte ${bad === null ? bare.length : good + bad.index}`;
}

const LAYOUTS = { second: '2006-01-02T15:04:05Z07:00', micro: '2006-01-02T15:04:05.000000Z07:00' };
const RFC3339 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function timeProblem(schema: Schema, text: string): string | undefined {
  if (RFC3339.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.')))) return undefined;
  const layout = schema.name?.endsWith('.MicroTime') === true ? LAYOUTS.micro : LAYOUTS.second;
  const shown = JSON.stringify(text);
  return `parsing time ${shown} as "${layout}": cannot parse ${shown} as "2006"`;
}

function isWhole(value: unknown, { format }: Schema): boolean {
  if (!Number.isInteger(value)) return false;
  return format === 'int64' || ((value as number) < INT32 && (value as number) >= -INT32);
}

function mismatch(schema: Schema, value: unknown, { struct, fields }: GoPlace): string {
  const found = Array.isArray(value)
    ? 'array'
    : typeof value === 'number' && isNumeric(schema)
      ? `number ${value}`
      : goKind(value);
  const type = goType(schema);
  if (fields.length === 0) return `json: cannot unmarshal ${found} into Go value of type ${type}`;
  return `json: cannot unmarshal ${found} into Go struct field ${struct}.${fields.join('.')} of type ${type}`;
}

function isNumeric({ type }: Schema): boolean {
  return type === 'integer' || type === 'intOrString';
}

function goKind(value: unknown): string {
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goType(given: Schema): string {
  const schema = resolve(given);
  switch (schema.type) {
    case 'array':
      return `[]${goType(schema.items!)}`;
    case 'object':
      if (schema.additional !== undefined) return `map[string]${goType(schema.additional)}`;
      return schema.name === undefined ? 'struct' : schema.name.split('.').slice(-2).join('.');
    case 'integer':
      return schema.format ?? 'int32';
    case 'intOrString':
      return 'int32';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'string':
    case 'any':
      return 'string';
  }
}

function firstOf<T>(items: readonly T[], problem: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = problem(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
