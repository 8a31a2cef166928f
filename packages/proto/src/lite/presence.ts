import { type Field, type Fields, isZero } from './schema.ts';

interface Selected {
  readonly case?: string | undefined;
  readonly value?: unknown;
}

/**
 * The value of a field if it is set, otherwise undefined. It also reads messages of protobuf-es, which hold the defaults of fields
 * that are not set as properties of their own.
 */
export function valueIfSet(message: Fields, field: Field): unknown {
  if (field.oneof !== undefined) {
    const selected = message[field.oneof.localName] as Selected | undefined;
    return selected?.case === field.localName ? selected.value : undefined;
  }
  if (!Object.hasOwn(message, field.localName)) return undefined;
  const value = message[field.localName];
  if (value === undefined || field.hasPresence) return value;
  if (field.kind === 'singular') return isZero(value) ? undefined : value;
  return isEmptyCollection(value) ? undefined : value;
}

function isEmptyCollection(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : Object.keys(value as object).length === 0;
}

/** Sets a field, whatever member of its oneof was set before. */
export function assign(message: Fields, field: Field, value: unknown): void {
  if (field.oneof === undefined) message[field.localName] = value;
  else message[field.oneof.localName] = { case: field.localName, value };
}
