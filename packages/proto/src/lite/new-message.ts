import { type Field, type Fields, type Oneof, TYPE, zeroOf } from './schema.ts';

// What is not set is the same in all messages, and frozen so that nobody changes it for all.

/** The value of lists that are not set. */
export const NO_ITEMS: readonly unknown[] = Object.freeze([]);
/** The value of maps that are not set. */
export const NO_ENTRIES: Readonly<Fields> = Object.freeze(emptyMap());
const NO_CASE = Object.freeze({ case: undefined });

/** An empty map that has no inherited names, since the keys come from the wire. */
export function emptyMap(): Fields {
  return Object.create(null) as Fields;
}

/**
 * A function that makes messages of a type with nothing set. The type's name and the defaults are on the prototype that they share: a
 * property of the message itself is a field that is set. A class for each type lets V8 learn how many properties its messages have.
 */
export function creatorOf(
  name: string,
  fields: readonly Field[],
  oneofs: readonly Oneof[],
  isProto2: boolean,
): () => Fields {
  // The class has the type's short name, so that it shows when a message is printed.
  const shortName = name.slice(name.lastIndexOf('.') + 1);
  const Message = { [shortName]: class {} }[shortName]!;
  const defaults = Message.prototype as Fields;
  defaults['$typeName'] = name;
  for (const oneof of oneofs) defaults[oneof.localName] = NO_CASE;
  for (const field of fields) {
    const value = field.oneof === undefined ? defaultOf(field, isProto2) : undefined;
    if (value !== undefined) defaults[field.localName] = value;
  }
  return () => new Message() as Fields;
}

function defaultOf(field: Field, isProto2: boolean): unknown {
  if (field.kind === 'list') return NO_ITEMS;
  if (field.kind === 'map') return NO_ENTRIES;
  // In proto3, what has presence reads as undefined when it is not set; in proto2, as its default.
  if (field.type === TYPE.message || (field.hasPresence && !isProto2)) return undefined;
  return zeroOf(field.type);
}
