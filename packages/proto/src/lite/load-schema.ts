// Reads schemas from the table, each when it is first needed.
import { creatorOf } from './new-message.ts';
import type { EnumSchema, Field, MessageSchema, Oneof, ValueType } from './schema.ts';
import { isMessageJson, lookup } from './table.ts';
import { FLAG, PROTO2 } from './table-format.ts';
import { isWrapper } from './well-known.ts';
import { wireTypeOf } from './wire.ts';

type OneofEntry = string | [name: string, isRequired: 1];
type FieldEntry = [number, string, ValueType, (string | 0)?, number?, number?, ValueType?, unknown?];
type MessageEntry = [syntax: number, oneofs: OneofEntry[], ...fields: FieldEntry[]];
type EnumEntry = [number: number, name: string, flags?: number][];

/** Schemas by full name; written by `messageSchema` only. It cannot outgrow the table, since unknown names are not kept. */
const messages = new Map<string, MessageSchema>();
/** Schemas by full name; written by `enumSchema` only. */
const enums = new Map<string, EnumSchema>();

/** The schema of a message, or undefined if there is none of that name. */
export function messageSchema(name: string): MessageSchema | undefined {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const entry = parseLine(name);
  if (entry === undefined || !isMessageEntry(entry)) return undefined;
  const schema = messageFrom(name, entry);
  messages.set(name, schema);
  return schema;
}

/** The schema of a message that has to exist. */
export function knownMessage(name: string): MessageSchema {
  const schema = messageSchema(name);
  if (schema === undefined) throw new Error(`no message ${name} in the generated table`);
  return schema;
}

/** The field of a name, as in the .proto file or as in JSON. */
export function fieldNamed(schema: MessageSchema, name: string): Field | undefined {
  // Too few to be worth a map for each message.
  for (const field of schema.fields) if (field.name === name || field.jsonName === name) return field;
  return undefined;
}

/** The schema of the messages that a field holds. */
export function schemaOf(field: Field): MessageSchema {
  field.schema ??= knownMessage(field.typeName);
  return field.schema;
}

/** The schema of the enum that a field holds. */
export function enumSchema(name: string): EnumSchema {
  const known = enums.get(name);
  if (known !== undefined) return known;
  const entry = parseLine(name);
  if (entry === undefined || isMessageEntry(entry)) throw new Error(`no enum ${name} in the generated table`);
  const values = entry.map(([number, valueName, flags = 0]) => ({
    number,
    name: valueName,
    isDeprecated: (flags & FLAG.deprecated) !== 0,
  }));
  const schema = { name, values };
  enums.set(name, schema);
  return schema;
}

/** True if the table has a message of that full name; parses nothing. */
export function typeExists(name: string): boolean {
  if (messages.has(name)) return true;
  const json = lookup(name);
  return json !== undefined && isMessageJson(json);
}

function isMessageEntry(entry: MessageEntry | EnumEntry): entry is MessageEntry {
  return typeof entry[0] === 'number';
}

function parseLine(name: string): MessageEntry | EnumEntry | undefined {
  const line = lookup(name);
  return line === undefined ? undefined : (JSON.parse(line) as MessageEntry | EnumEntry);
}

function messageFrom(name: string, [syntax, oneofEntries, ...fieldEntries]: MessageEntry): MessageSchema {
  const oneofs = oneofEntries.map((entry) => {
    const [oneofName, isRequired] = typeof entry === 'string' ? [entry, 0] : entry;
    return { name: oneofName, localName: localNameOf(oneofName), isRequired: isRequired === 1 };
  });
  const fields = fieldEntries.map((entry) => fieldFrom(name, oneofs, entry));
  const byNumber: (Field | undefined)[] = [];
  for (const field of fields) {
    while (byNumber.length < field.number) byNumber.push(undefined);
    byNumber.push(field);
  }
  return { name, fields, byNumber, oneofs, create: creatorOf(name, fields, oneofs, syntax === PROTO2) };
}

function fieldFrom(parent: string, oneofs: readonly Oneof[], entry: FieldEntry): Field {
  const [number, name, type, typeName = 0, flags = 0, oneofIndex = 0, mapKey = 0, rules] = entry;
  const kind = (flags & FLAG.map) !== 0 ? 'map' : (flags & FLAG.list) !== 0 ? 'list' : 'singular';
  const jsonName = camelCase(name);
  return {
    number,
    name,
    jsonName,
    localName: localNameOf(name),
    kind,
    type,
    typeName: typeName === 0 ? '' : typeName,
    mapKey: mapKey === 0 ? undefined : mapKey,
    oneof: oneofs[oneofIndex - 1],
    hasPresence: (flags & FLAG.presence) !== 0,
    isPacked: (flags & FLAG.packed) !== 0,
    isDeprecated: (flags & FLAG.deprecated) !== 0,
    isSensitive: (flags & FLAG.sensitive) !== 0,
    isUnwrapped: kind === 'singular' && oneofIndex === 0 && typeName !== 0 && isWrapper(typeName),
    isJsonObject: typeName === 'google.protobuf.Struct' && parent !== 'google.protobuf.Value',
    wireType: wireTypeOf(type),
    keyWireType: mapKey === 0 ? 0 : wireTypeOf(mapKey),
    rules,
    schema: undefined,
  };
}

/** Names that every object has already; protobuf-es marks them the same way. */
const RESERVED: ReadonlySet<string> = new Set(['constructor', 'toString', 'toJSON', 'valueOf']);

function localNameOf(name: string): string {
  const camel = camelCase(name);
  return RESERVED.has(camel) ? `${camel}$` : camel;
}

/** As protoc makes JSON names: a letter behind separators becomes upper case. A regex here would cost megabytes of V8's pages. */
function camelCase(name: string): string {
  const [first = '', ...rest] = name.split('_');
  if (rest.length === 0) return name;
  let camel = first;
  for (const word of rest) camel += word.charAt(0).toUpperCase() + word.slice(1);
  return camel;
}
