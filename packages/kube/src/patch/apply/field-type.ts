/** What server-side apply needs to know of a schema node: owned as a whole, by member, or by item. Compiled once. */
import { type Json, resolve, type Schema } from '@weft/api';
import { isObject, type JsonMembers, memberOf } from '../json.ts';
import { type PathElement, valueElement } from './path-element.ts';

/** How a value is owned and merged. `deduced` is decided by the value itself: objects by member, all else as a whole. */
export type FieldType = LeafType | DeducedType | MapType | ListType;

/** A scalar, or a list or object that is owned as a whole. */
export interface LeafType {
  readonly kind: 'leaf';
}

/** A value without schema. */
export interface DeducedType {
  readonly kind: 'deduced';
}

/** A list whose items are owned one by one. */
export interface ListType {
  readonly kind: 'list';
  readonly item: FieldType;
  /** Members that identify an item, sorted by name; none for a set of scalars. */
  readonly keys: readonly { readonly name: string; readonly fallback: Json | undefined }[];
}

const LEAF_TYPE: LeafType = { kind: 'leaf' };
const DEDUCED_TYPE: DeducedType = { kind: 'deduced' };

/** An object whose members are owned one by one. */
export class MapType {
  readonly kind = 'map';
  readonly #properties: Readonly<Record<string, Schema>>;
  readonly #additional: Schema | undefined;
  /** Compiled types of members by name. Written by `member` only; members of a schema, so bounded by it. */
  readonly #members = new Map<string, FieldType>();
  /** Members that the schema does not name are still described by it. */
  readonly isOpen: boolean;

  constructor(schema: Pick<Schema, 'properties' | 'additional' | 'preserveUnknown'>) {
    this.#properties = schema.properties ?? {};
    this.#additional = schema.additional;
    this.isOpen = schema.additional !== undefined || schema.preserveUnknown === true;
  }

  /** Tells whether the schema names this member, as opposed to a key of a map. */
  isNamed(name: string): boolean {
    return Object.hasOwn(this.#properties, name);
  }

  /** Tells whether null is a value of this member; where there is no schema it may be. */
  allowsNull(name: string): boolean {
    const schema = this.isNamed(name) ? this.#properties[name] : this.#additional;
    return schema === undefined || schema.nullable === true || resolve(schema).nullable === true;
  }

  /** The type of a member. */
  member(name: string): FieldType {
    if (!this.isNamed(name)) return this.#additional === undefined ? DEDUCED_TYPE : fieldTypeOf(this.#additional);
    let type = this.#members.get(name);
    if (type === undefined) {
      type = fieldTypeOf(this.#properties[name]!);
      this.#members.set(name, type);
    }
    return type;
  }
}

const DEDUCED_MAP = new MapType({ preserveUnknown: true });

const compiled = new WeakMap<Schema, FieldType>();

/** The type of a schema node. */
export function fieldTypeOf(given: Schema): FieldType {
  const known = compiled.get(given);
  if (known !== undefined) return known;
  const type = compile(resolve(given));
  compiled.set(given, type);
  return type;
}

function compile(schema: Schema): FieldType {
  if (schema.type === 'any') return DEDUCED_TYPE;
  if (schema.type === 'array') return compileList(schema);
  if (schema.type !== 'object' || schema.mapType === 'atomic') return LEAF_TYPE;
  const isFree = schema.properties === undefined && schema.additional === undefined;
  return isFree ? DEDUCED_TYPE : new MapType(schema);
}

function compileList(schema: Schema): FieldType {
  const { items } = schema;
  if (items === undefined) return LEAF_TYPE;
  if (schema.listType === 'set') return { kind: 'list', item: LEAF_TYPE, keys: [] };
  if (schema.listType !== 'map' || schema.mapKeys === undefined) return LEAF_TYPE;
  const properties = resolve(items).properties ?? {};
  const keys = schema.mapKeys
    .toSorted()
    .map((name) => ({ name, fallback: Object.hasOwn(properties, name) ? properties[name]!.default : undefined }));
  // Made when first asked for: an item may contain a list of its own kind.
  return {
    kind: 'list',
    keys,
    get item() {
      return fieldTypeOf(items);
    },
  };
}

/** The type with which a value is walked: `map` only for objects, `list` only for lists, and never `deduced`. */
export function typeFor(type: FieldType, value: unknown): LeafType | MapType | ListType {
  if (isObject(value)) {
    if (type.kind === 'map') return type;
    return type.kind === 'deduced' ? DEDUCED_MAP : LEAF_TYPE;
  }
  return type.kind === 'list' && Array.isArray(value) ? type : LEAF_TYPE;
}

/** What identifies an item of a list, or undefined for an item without any of the keys. */
export function elementOf(type: ListType, item: unknown): PathElement | undefined {
  if (type.keys.length === 0) return valueElement(item ?? null);
  if (!isObject(item)) return undefined;
  return keyElement(type, item);
}

function keyElement(type: ListType, item: JsonMembers): PathElement | undefined {
  let text = '';
  for (const { name, fallback } of type.keys) {
    const value = memberOf(item, name) ?? fallback;
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text === '' ? undefined : `k:{${text}}`;
}
