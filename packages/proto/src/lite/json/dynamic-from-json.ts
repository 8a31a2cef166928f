// google.protobuf.Struct, Value and ListValue from JSON: plain JSON data where a field holds a Struct, messages elsewhere.
import { knownMessage } from '../load-schema.ts';
import { emptyMap } from '../new-message.ts';
import type { Problems } from '../problems.ts';
import type { Fields } from '../schema.ts';
import { show } from '../show.ts';
import { MAX_DEPTH } from '../wire.ts';
import { isObject } from './json.ts';

/** A Struct has three messages for each level of JSON: itself, the Value, and the entry between them. */
const MAX_JSON_DEPTH = Math.floor(MAX_DEPTH / 3);

/** A copy of an object of JSON, as fields hold a Struct. */
export function jsonObjectFrom(json: unknown, report: Problems): Fields | undefined {
  if (isObject(json)) return copyObject(json, report, 0);
  report.add('', `expected an object, got ${show(json)}`);
  return undefined;
}

/** A google.protobuf.Struct from JSON. */
export function structFrom(json: unknown, report: Problems): Fields | undefined {
  const object = jsonObjectFrom(json, report);
  return object && structMessage(object);
}

/** A google.protobuf.ListValue from JSON. */
export function listValueFrom(json: unknown, report: Problems): Fields | undefined {
  if (Array.isArray(json)) return listValueMessage(copyList(json, report, 0));
  report.add('', `expected a list, got ${show(json)}`);
  return undefined;
}

/** A google.protobuf.Value from JSON. */
export function valueFrom(json: unknown, report: Problems): Fields {
  return valueMessage(copyOf(json, report, 0));
}

function copyOf(json: unknown, report: Problems, depth: number): unknown {
  if (typeof json === 'string' || typeof json === 'boolean' || typeof json === 'number' || json === null) return json;
  if (typeof json === 'bigint') return Number(json);
  if (Array.isArray(json)) return copyList(json, report, depth);
  if (isObject(json)) return copyObject(json, report, depth);
  report.add('', `expected JSON, got ${typeof json}`);
  return null;
}

function copyObject(json: Fields, report: Problems, depth: number): Fields {
  const copy = emptyMap();
  if (isTooDeep(depth, report)) return copy;
  for (const key of Object.keys(json)) {
    report.enter(key);
    copy[key] = copyOf(json[key], report, depth + 1);
    report.leave();
  }
  return copy;
}

function copyList(json: readonly unknown[], report: Problems, depth: number): unknown[] {
  if (isTooDeep(depth, report)) return [];
  return json.map((element, i) => {
    report.enterIndex(i);
    const copy = copyOf(element, report, depth + 1);
    report.leave();
    return copy;
  });
}

function isTooDeep(depth: number, report: Problems): boolean {
  if (depth < MAX_JSON_DEPTH) return false;
  report.add('', `JSON nested deeper than ${MAX_JSON_DEPTH}`);
  return true;
}

function structMessage(object: Fields): Fields {
  const struct = knownMessage('google.protobuf.Struct').create();
  const keys = Object.keys(object);
  if (keys.length === 0) return struct;
  const fields = emptyMap();
  for (const key of keys) fields[key] = valueMessage(object[key]);
  struct['fields'] = fields;
  return struct;
}

function listValueMessage(list: readonly unknown[]): Fields {
  const message = knownMessage('google.protobuf.ListValue').create();
  if (list.length > 0) message['values'] = list.map(valueMessage);
  return message;
}

function valueMessage(json: unknown): Fields {
  const value = knownMessage('google.protobuf.Value').create();
  value['kind'] = kindOf(json);
  return value;
}

function kindOf(json: unknown): { readonly case: string; readonly value: unknown } {
  if (typeof json === 'string') return { case: 'stringValue', value: json };
  if (typeof json === 'number') return { case: 'numberValue', value: json };
  if (typeof json === 'boolean') return { case: 'boolValue', value: json };
  if (json === null) return { case: 'nullValue', value: 0 };
  if (Array.isArray(json)) return { case: 'listValue', value: listValueMessage(json) };
  return { case: 'structValue', value: structMessage(json as Fields) };
}
