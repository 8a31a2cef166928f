/**
 * The values of CEL. Integers are bigint, doubles are number, lists are arrays, maps and objects are views of the JSON
 * they stand for, converted member by member when an expression reaches them.
 */
import { type Cidr, type IpAddress, ownMember, type Quantity } from '@weft/core';
import { CelError } from './errors.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';
import { type CelType, type ListIdentity, type ObjectType, T } from './types.ts';

/** An unsigned integer. */
export class CelUint {
  readonly value: bigint;
  constructor(value: bigint) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new CelError('unsigned integer overflow');
    this.value = value;
  }
}

/** A point in time. */
export class CelTimestamp {
  /** Since 1970, in UTC. */
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    if (nanos < MIN_TIMESTAMP || nanos > MAX_TIMESTAMP) throw new CelError('timestamp overflow');
    this.nanos = nanos;
  }
}

/** The years 1 to 9999. */
const MIN_TIMESTAMP = -62_135_596_800_000_000_000n;
const MAX_TIMESTAMP = 253_402_300_799_999_999_999n;

/** A span of time. */
export class CelDuration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value that may be missing. */
export class CelOptional {
  static readonly none: CelOptional = new CelOptional(undefined);
  private readonly held: unknown;

  private constructor(held: unknown) {
    this.held = held;
  }

  static of(value: unknown): CelOptional {
    return new CelOptional(value);
  }

  get hasValue(): boolean {
    return this.held !== undefined;
  }

  get value(): unknown {
    if (this.held === undefined) throw new CelError('optional.none() dereference');
    return this.held;
  }
}

/** A type as a value, as `type(x)` returns it. */
export class CelTypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An amount such as `500m`. */
export class CelQuantity {
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}

/** A parsed URL. */
export class CelUrl {
  readonly url: URL;
  /** The text it was made of. */
  readonly text: string;
  constructor(url: URL, text: string) {
    this.url = url;
    this.text = text;
  }
}

/** An IP address. */
export class CelIp {
  readonly address: IpAddress;
  constructor(address: IpAddress) {
    this.address = address;
  }
}

/** A block of IP addresses. */
export class CelCidr {
  readonly block: Cidr;
  constructor(block: Cidr) {
    this.block = block;
  }
}

/** A list; `identity` is known for sets and lists with keys. */
export interface CelList extends ReadonlyArray<unknown> {
  readonly identity?: ListIdentity;
}

/** What maps and objects have in common. */
export interface CelMapping {
  readonly size: number;
  /** Undefined when there is no such key. */
  get(key: unknown): unknown;
  keys(): unknown[];
}

/** A map that an expression made. */
export class CelMap implements CelMapping {
  /** Key: the key's type and text, so that 1, 1u and 1.0 are one key. Written by `set` only. */
  private readonly entries = new Map<string, readonly [unknown, unknown]>();

  get size(): number {
    return this.entries.size;
  }

  set(key: unknown, value: unknown): void {
    const id = keyId(key);
    if (id === undefined) throw new CelError('unsupported key type');
    if (this.entries.has(id)) throw new CelError('Failed with repeated key');
    this.entries.set(id, [key, value]);
  }

  get(key: unknown): unknown {
    const id = keyId(key);
    return id === undefined ? undefined : this.entries.get(id)?.[1];
  }

  keys(): unknown[] {
    return [...this.entries.values()].map(([key]) => key);
  }
}

function keyId(key: unknown): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint' || typeof key === 'number') return `n${key}`;
  return key instanceof CelUint ? `n${key.value}` : undefined;
}

/** A map whose members are found when they are asked for, and cannot be listed. */
export class CelLookup implements CelMapping {
  private readonly find: (key: string) => unknown;

  /** `find` gives values of CEL, or undefined where there is no such member. */
  constructor(find: (key: string) => unknown) {
    this.find = find;
  }

  get size(): number {
    throw new CelError('this map cannot be counted');
  }

  get(key: unknown): unknown {
    return typeof key === 'string' ? this.find(key) : undefined;
  }

  keys(): unknown[] {
    throw new CelError('this map cannot be listed');
  }
}

/** A JSON object whose keys are free. */
export class JsonMap implements CelMapping {
  readonly raw: Readonly<Record<string, unknown>>;
  private readonly valueType: CelType;

  constructor(raw: Readonly<Record<string, unknown>>, valueType: CelType) {
    this.raw = raw;
    this.valueType = valueType;
  }

  get size(): number {
    return Object.keys(this.raw).length;
  }

  get(key: unknown): unknown {
    if (typeof key !== 'string') return undefined;
    const member = ownMember(this.raw, key);
    return member === undefined ? undefined : toCel(member, this.valueType);
  }

  keys(): unknown[] {
    return Object.keys(this.raw);
  }
}

/** A JSON object with known fields, under their CEL spelling. */
export class JsonObject implements CelMapping {
  readonly raw: Readonly<Record<string, unknown>>;
  private readonly type: ObjectType;

  constructor(raw: Readonly<Record<string, unknown>>, type: ObjectType) {
    this.raw = raw;
    this.type = type;
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: unknown): unknown {
    const field = typeof key === 'string' ? this.type.fields().get(key) : undefined;
    if (field === undefined) return undefined;
    const member = ownMember(this.raw, field.name);
    return member === undefined ? undefined : toCel(member, field.type);
  }

  keys(): unknown[] {
    const fields = [...this.type.fields()];
    return fields.filter(([, field]) => ownMember(this.raw, field.name) !== undefined).map(([name]) => name);
  }
}

/** The CEL value of a JSON value of this type. */
export function toCel(raw: unknown, type: CelType): unknown {
  if (raw === null || raw === undefined) return null;
  if (type.kind === 'optional') return raw instanceof CelOptional ? raw : CelOptional.of(toCel(raw, type.of));
  if (typeof raw === 'string') return fromText(raw, type);
  // A number of an integer field and one of unknown type are integers when they are whole.
  if (typeof raw === 'number') return type.kind === 'double' ? raw : fromJson(raw);
  if (Array.isArray(raw) && type.kind === 'list') return toCelList(raw, type.item, type.identity);
  if (isJsonObject(raw)) {
    if (type.kind === 'object') return new JsonObject(raw, type);
    if (type.kind === 'map') return new JsonMap(raw, type.value);
  }
  return fromJson(raw);
}

function fromText(text: string, type: CelType): unknown {
  if (type.kind === 'bytes') return decodeBase64(text);
  if (type.kind === 'timestamp') return new CelTimestamp(parseTimestamp(text));
  return type.kind === 'duration' ? new CelDuration(parseDuration(text)) : text;
}

function fromJson(raw: unknown): unknown {
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : raw;
  if (Array.isArray(raw)) return toCelList(raw, T.dyn, undefined);
  return isJsonObject(raw) ? new JsonMap(raw, T.dyn) : raw;
}

function toCelList(raw: readonly unknown[], item: CelType, identity: ListIdentity | undefined): CelList {
  const items = raw.map((value) => toCel(value, item));
  return identity === undefined ? items : Object.assign(items, { identity });
}

/** A JSON object, as opposed to a value that is CEL's already. */
function isJsonObject(raw: unknown): raw is Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false;
  const prototype: unknown = Object.getPrototypeOf(raw);
  return prototype === Object.prototype || prototype === null;
}

function decodeBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new CelError('invalid base64 data');
  }
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

/** Whether a value is a map or an object. */
export function isMapping(value: unknown): value is CelMapping {
  return (
    value instanceof JsonObject || value instanceof JsonMap || value instanceof CelMap || value instanceof CelLookup
  );
}

/** The kind of a value at run time. */
export function kindOf(value: unknown): CelType['kind'] {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : kindOfObject(value);
}

const CLASS_KINDS: readonly (readonly [new (...args: never[]) => object, CelType['kind']])[] = [
  [JsonObject, 'object'],
  [JsonMap, 'map'],
  [CelMap, 'map'],
  [CelLookup, 'map'],
  [CelUint, 'uint'],
  [Uint8Array, 'bytes'],
  [CelTimestamp, 'timestamp'],
  [CelDuration, 'duration'],
  [CelTypeValue, 'type'],
  [CelQuantity, 'quantity'],
  [CelUrl, 'url'],
  [CelIp, 'ip'],
  [CelCidr, 'cidr'],
];

function kindOfObject(value: unknown): CelType['kind'] {
  if (Array.isArray(value)) return 'list';
  if (value instanceof CelOptional) return 'optional';
  return CLASS_KINDS.find(([type]) => value instanceof type)?.[1] ?? 'dyn';
}
