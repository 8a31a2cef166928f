/**
 * How large the values of a schema may be, which decides what rules over them may cost. Where a schema sets no bound, the
 * largest request does: k8s.io/apiserver/pkg/cel/common/schemas.go has the rules.
 */
import type { SizedType } from '@weft/cel/cost';
import { utf8Length } from '@weft/core';
import { escapePropertyName } from '../cel/index.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';

/** A schema as estimates see it. */
export interface Measured {
  readonly sizes: SizedType;
  /** The fewest bytes that a value takes in JSON. */
  readonly minBytes: number;
}

/** The largest request that a Kubernetes API server takes. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** The quotes or brackets around a value. */
const ENCLOSING_BYTES = 2;
const MAX_TEXT = MAX_REQUEST_BYTES - ENCLOSING_BYTES;
/** A bound of a text counts characters, of which each may be so many bytes. */
const BYTES_PER_CHARACTER = 4;

/** Texts with a format that CEL knows: as what they are written, and how long that may be. */
const TIME_FORMATS: ReadonlyMap<string, { readonly maxElements: number; readonly minBytes: number }> = new Map(
  Object.entries({
    duration: { maxElements: 32, minBytes: 3 },
    date: { maxElements: 12, minBytes: 12 },
    'date-time': { maxElements: 32, minBytes: 21 },
  }),
);
const BYTES_FORMAT = 'byte';

const BOOLEAN: Measured = { sizes: { maxElements: 0 }, minBytes: 4 };
const NUMBER: Measured = { sizes: { maxElements: 0 }, minBytes: 1 };
const TEXT: JsonSchema = { type: 'string' };
/** What rules see of every object, whatever its schema says. */
const RESOURCE_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  apiVersion: TEXT,
  kind: TEXT,
  metadata: { type: 'object', properties: { name: TEXT, generateName: TEXT } },
};

/** How many values of such a size fit into one request, at most. */
export function mostInRequest({ minBytes }: Measured): bigint {
  // At least a comma is between two of them.
  return BigInt(Math.floor(MAX_REQUEST_BYTES / (minBytes + 1)));
}

/** Measures a schema; undefined for one that rules cannot see into. `isResource` is true for whole API objects. */
export function measureSchema(schema: JsonSchema, isResource: boolean): Measured | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { sizes: { maxElements: textBound(schema) ?? MAX_TEXT }, minBytes: 1 };
  }
  switch (schema.type ?? '') {
    case 'array':
      return measureList(schema);
    case 'object': {
      const additional = additionalSchema(schema);
      return additional === undefined
        ? measureObject(schema, isResource)
        : measureMap(schema.maxProperties, additional);
    }
    case 'string':
      return measureText(schema);
    case 'boolean':
      return BOOLEAN;
    case 'number':
    case 'integer':
      return NUMBER;
    default:
      return undefined;
  }
}

function measurePart(schema: JsonSchema): Measured | undefined {
  return measureSchema(schema, schema['x-kubernetes-embedded-resource'] === true);
}

function measureList({ items, maxItems }: JsonSchema): Measured | undefined {
  const item = items === undefined ? undefined : measurePart(items);
  if (item === undefined) return undefined;
  const maxElements = notNegative(maxItems) ?? Math.floor(MAX_TEXT / (item.minBytes + 1));
  return { sizes: { maxElements, items: item.sizes }, minBytes: ENCLOSING_BYTES };
}

function measureMap(maxProperties: number | undefined, values: JsonSchema): Measured | undefined {
  const value = measurePart(values);
  if (value === undefined) return undefined;
  // A member takes at least a key of two bytes in quotes, a colon and a comma beside its value.
  const maxElements = notNegative(maxProperties) ?? Math.floor(MAX_TEXT / (value.minBytes + 6));
  return { sizes: { maxElements, items: value.sizes, isMap: true }, minBytes: ENCLOSING_BYTES };
}

function measureObject(schema: JsonSchema, isResource: boolean): Measured {
  const fields = new Map<string, SizedType>();
  const required = new Set(schema.required);
  let minBytes = ENCLOSING_BYTES;
  const members = isResource ? { ...schema.properties, ...RESOURCE_MEMBERS } : (schema.properties ?? {});
  for (const [name, member] of Object.entries(members)) {
    const measured = measurePart(member);
    if (measured === undefined) continue;
    const escaped = escapePropertyName(name);
    if (escaped !== undefined) fields.set(escaped, measured.sizes);
    // What has a default need not be sent. Around a name are quotes, a colon and a comma.
    if (required.has(name) && member.default === undefined) {
      minBytes += utf8Length(name) + measured.minBytes + 4;
    }
  }
  return { sizes: { maxElements: 0, fields }, minBytes };
}

function measureText(schema: JsonSchema): Measured {
  const time = TIME_FORMATS.get(schema.format ?? '');
  if (time !== undefined) return { sizes: { maxElements: time.maxElements }, minBytes: time.minBytes };
  const bound =
    schema.format === BYTES_FORMAT ? notNegative(schema.maxLength) : (textBound(schema) ?? enumBound(schema));
  return { sizes: { maxElements: bound ?? MAX_TEXT }, minBytes: ENCLOSING_BYTES };
}

function textBound({ maxLength }: JsonSchema): number | undefined {
  const bound = notNegative(maxLength);
  return bound === undefined ? undefined : bound * BYTES_PER_CHARACTER;
}

function enumBound({ enum: values }: JsonSchema): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return Math.max(0, ...values.map((value) => (typeof value === 'string' ? utf8Length(value) : 0)));
}

function notNegative(bound: number | undefined): number | undefined {
  return bound === undefined ? undefined : Math.max(bound, 0);
}
