/** The types of CEL. */

/** Types without parameters. */
export type SimpleKind =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'type'
  | 'quantity'
  | 'url'
  | 'ip'
  | 'cidr';

/** A type of CEL. */
export type CelType = SimpleType | ListType | MapType | ObjectType | OptionalType;

/** A type without parameters. */
export interface SimpleType {
  readonly kind: SimpleKind;
}

/** A list; sets and lists with keys compare and add up by their own rules. */
export interface ListType {
  readonly kind: 'list';
  readonly item: CelType;
  readonly identity?: ListIdentity;
}

/** How items of a list are told apart: `set` by value, `map` by some of their members. */
export interface ListIdentity {
  readonly listType: 'set' | 'map';
  readonly keys: readonly string[];
}

/** A map with free keys. */
export interface MapType {
  readonly kind: 'map';
  readonly key: CelType;
  readonly value: CelType;
}

/** An object with named fields, by their CEL spelling. */
export interface ObjectType {
  readonly kind: 'object';
  readonly fields: () => ReadonlyMap<string, CelField>;
}

/** A value that may be missing. */
export interface OptionalType {
  readonly kind: 'optional';
  readonly of: CelType;
}

/** A field of an object type. */
export interface CelField {
  /** The name in JSON. */
  readonly name: string;
  readonly type: CelType;
}

/** The types without parameters, by name. */
export const T: Readonly<Record<SimpleKind, SimpleType>> = {
  dyn: { kind: 'dyn' },
  null: { kind: 'null' },
  bool: { kind: 'bool' },
  int: { kind: 'int' },
  uint: { kind: 'uint' },
  double: { kind: 'double' },
  string: { kind: 'string' },
  bytes: { kind: 'bytes' },
  timestamp: { kind: 'timestamp' },
  duration: { kind: 'duration' },
  type: { kind: 'type' },
  quantity: { kind: 'quantity' },
  url: { kind: 'url' },
  ip: { kind: 'ip' },
  cidr: { kind: 'cidr' },
};

/** The type of lists of `item`. */
export function listOf(item: CelType, identity?: ListIdentity): ListType {
  return identity === undefined ? { kind: 'list', item } : { kind: 'list', item, identity };
}

/** The type of maps. */
export function mapOf(key: CelType, value: CelType): MapType {
  return { kind: 'map', key, value };
}

/** The type of objects with these fields, which are made at first use: a type may contain itself. */
export function objectOf(make: () => ReadonlyMap<string, CelField>): ObjectType {
  let fields: ReadonlyMap<string, CelField> | undefined;
  return { kind: 'object', fields: () => (fields ??= make()) };
}

/** The type of values that may be missing. */
export function optionalOf(of: CelType): OptionalType {
  return { kind: 'optional', of };
}

/** The type's name as cel-go prints it. */
export function typeName(type: CelType): string {
  if (type.kind === 'list') return `list(${typeName(type.item)})`;
  if (type.kind === 'map') return `map(${typeName(type.key)}, ${typeName(type.value)})`;
  return type.kind === 'optional' ? `optional_type(${typeName(type.of)})` : type.kind;
}

/** Whether values of the two types may meet in one place: comparison, list items, branches. */
export function isCompatible(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || b.kind === 'dyn' || a.kind === 'null' || b.kind === 'null') return true;
  if (a.kind === 'list') return b.kind === 'list' && isCompatible(a.item, b.item);
  if (a.kind === 'optional') return b.kind === 'optional' && isCompatible(a.of, b.of);
  if (a.kind === 'map') {
    return b.kind === 'object' || (b.kind === 'map' && isCompatible(a.key, b.key) && isCompatible(a.value, b.value));
  }
  return a.kind === b.kind || (a.kind === 'object' && b.kind === 'map');
}

/** The one type of two places; dyn when they differ. */
export function joinTypes(a: CelType, b: CelType): CelType {
  if (a === b) return a;
  if (a.kind === 'list' && b.kind === 'list') return listOf(joinTypes(a.item, b.item));
  if (a.kind === 'optional' && b.kind === 'optional') return optionalOf(joinTypes(a.of, b.of));
  if (a.kind === 'map' && b.kind === 'map') return mapOf(joinTypes(a.key, b.key), joinTypes(a.value, b.value));
  return a.kind === b.kind && a.kind !== 'object' ? a : T.dyn;
}
