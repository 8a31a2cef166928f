/** Messages in their JSON form: checked, brought to one way of writing, and joined by the rules of protobuf. */
import { err, ok, type Result } from '@weft/core';
import { type Field, fieldsOf, fromJson, type Json, Problems, TYPE, toJson, validate } from '@weft/proto/lite';

/** A message in JSON. */
export type MessageJson = { readonly [name: string]: Json };

type Message = NonNullable<ReturnType<typeof fromJson>>;

/** Types whose JSON is not that of their fields. */
const WHOLE = /^google\.protobuf\.(?:Duration|Timestamp|FieldMask|Value|ListValue|.*Value)$/;
const ANY = 'google.protobuf.Any';
const STRUCT = 'google.protobuf.Struct';

/** The same message with camelCase names and without what it does not set; why it is none otherwise. */
export function canonical(typeName: string, json: unknown): Result<MessageJson, string> {
  const problems = new Problems();
  const message = fromJson<Message>(typeName, json, problems);
  if (message === undefined || !problems.isEmpty) return err(problems.toString());
  return ok(toJson(message) as MessageJson);
}

/** Why a message is not valid, with Envoy's own rules; undefined when it is. */
export function invalidity(typeName: string, json: unknown): string | undefined {
  const problems = new Problems();
  const message = fromJson<Message>(typeName, json, problems);
  if (message !== undefined) validate(message, problems);
  return problems.isEmpty ? undefined : problems.toString();
}

/**
 * `patch` merged into `target`, both canonical: single values are replaced, messages merged, lists appended to, maps joined. What an Any holds is
 * merged when both hold the same type.
 */
export function mergeJson(typeName: string, target: MessageJson, patch: MessageJson): MessageJson {
  if (typeName === STRUCT) return { ...target, ...patch };
  const fields = new Map(fieldsOf(typeName)?.map((field) => [field.jsonName, field]));
  const merged: Record<string, Json> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const field = fields.get(name);
    if (field === undefined) continue;
    // Another member of a oneof takes the place of the one before.
    if (field.oneof !== undefined) {
      for (const other of fields.values()) {
        if (other.oneof?.name === field.oneof.name && other !== field) delete merged[other.jsonName];
      }
    }
    merged[name] = mergeField(field, target[name], value);
  }
  return merged;
}

function mergeField(field: Field, before: Json | undefined, value: Json): Json {
  if (before === undefined) return value;
  if (field.kind === 'list') return [...(before as readonly Json[]), ...(value as readonly Json[])];
  if (field.kind === 'map') return { ...(before as MessageJson), ...(value as MessageJson) };
  if (field.type !== TYPE.message || WHOLE.test(field.typeName)) return value;
  if (field.typeName === ANY) return mergeAny(before as MessageJson, value as MessageJson);
  return mergeJson(field.typeName, before as MessageJson, value as MessageJson);
}

function mergeAny(before: MessageJson, value: MessageJson): Json {
  const type = textIn(value, '@type');
  if (before['@type'] !== type) return value;
  return {
    '@type': type,
    ...mergeJson(type.slice(type.lastIndexOf('/') + 1), withoutType(before), withoutType(value)),
  };
}

/** The text in a field; empty when there is none. */
export function textIn(json: MessageJson, name: string): string {
  const value = json[name];
  return typeof value === 'string' ? value : '';
}

function withoutType({ '@type': _type, ...rest }: MessageJson): MessageJson {
  return rest;
}
