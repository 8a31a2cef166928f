import type { Message } from '@bufbuild/protobuf';
import { typeNameOf } from '../type-url.ts';
import { decode } from './decode.ts';
import { knownMessage, messageSchema } from './load-schema.ts';
import { valueIfSet } from './presence.ts';
import type { Problems } from './problems.ts';
import type { Field, Fields } from './schema.ts';

/** What can be given to `create`: fields as they are in the message, all optional. */
export type Init<T extends Message> = { readonly [K in Exclude<keyof T, '$typeName' | '$unknown'>]?: T[K] | undefined };

/** A message of the named type with the given fields set. */
export function create<T extends Message>(typeName: T['$typeName'], init?: Init<T>): T {
  const message = knownMessage(typeName).create();
  for (const [name, value] of Object.entries(init ?? {})) if (value !== undefined) message[name] = value;
  return message as unknown as T;
}

/** The fields of a message type, ascending by number; undefined if there is no such type. */
export function fieldsOf(typeName: string): readonly Field[] | undefined {
  return messageSchema(typeName)?.fields;
}

/** Calls back for every field that is set, with its value as the message holds it: of a oneof only the member that is selected. */
export function forEachSet(message: Message, onField: (field: Field, value: unknown) => void): void {
  for (const field of knownMessage(message.$typeName).fields) {
    const value = valueIfSet(message as unknown as Fields, field);
    if (value !== undefined) onField(field, value);
  }
}

/** True if the message sets the field, which may be named as in the .proto file or as the property. */
export function isSet(message: Message, name: string): boolean {
  const { fields } = knownMessage(message.$typeName);
  const field = fields.find((candidate) => candidate.name === name || candidate.localName === name);
  if (field === undefined) throw new Error(`${message.$typeName} has no field ${name}`);
  return valueIfSet(message as unknown as Fields, field) !== undefined;
}

/** What an Any has: also true for one of protobuf-es. */
export interface AnyLike {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Decodes what an Any holds, whatever type that is; what is wrong is reported, and the answer then undefined. */
export function unpack(any: AnyLike, report: Problems): Message | undefined {
  return decode(typeNameOf(any.typeUrl), any.value, report);
}

/** Decodes what an Any holds if it is of the named type, otherwise the answer is undefined and nothing is reported. */
export function unpackAs<T extends Message>(typeName: T['$typeName'], any: AnyLike, report: Problems): T | undefined {
  return typeNameOf(any.typeUrl) === typeName ? decode<T>(typeName, any.value, report) : undefined;
}
