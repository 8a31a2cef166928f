import { create, encode, type Field, fieldsOf, forEachSet, Problems, TYPE, unpack } from '@weft/proto/lite';
import type { TypedMessage } from '../../compile/context.ts';
import { ALL_CATEGORIES } from '../all-categories.ts';
import { allSupport } from '../environment.ts';

const EXTENSIONS = ALL_CATEGORIES.flatMap(({ supported }) => supported.map(({ typeName }) => typeName));
const TEXTS = [
  '',
  'a',
  '*',
  '*.a.test',
  '/',
  '/a/{b}',
  '%REQ(x)%',
  '%',
  '127.0.0.1',
  '::1',
  '/certs/ca.pem',
  '(',
  'é',
  '\0',
  '1',
];
const NUMBERS = [0, 1, 2, 3, 7, 80, 200, 503, 65_535, 65_536, 0xffff_ffff];
const MAX_DEPTH = 9;

/** Makes and changes messages of all types from a source of small random numbers; fields that are supported are set more often. */
export class MessageMaker {
  readonly #next: (below: number) => number;

  constructor(next: (below: number) => number) {
    this.#next = next;
  }

  message(typeName: string, depth: number): TypedMessage {
    const given: Record<string, unknown> = {};
    const support = allSupport().fieldsOf(typeName);
    for (const field of fieldsOf(typeName)!) {
      const isWanted = support === undefined || support.get(field.localName) === true;
      if (depth >= MAX_DEPTH || this.#next(1000) >= (isWanted ? 350 : 1)) continue;
      this.#set(given, field, depth);
    }
    return create(typeName as never, given as never);
  }

  /** Changes a few fields, wherever they are; what extensions hold too. */
  change(message: TypedMessage): void {
    const support = allSupport().fieldsOf(message.$typeName);
    const fields = message as unknown as Record<string, unknown>;
    for (const field of fieldsOf(message.$typeName)!) {
      const chance = this.#next(1000);
      const isSet = lookUp(message, field) !== undefined;
      if (isSet && chance >= 4) this.#changeWithin(field, lookUp(message, field));
      else if (isSet && chance < 2) delete fields[field.oneof?.localName ?? field.localName];
      else if (chance < (support?.get(field.localName) === true ? 4 : 0)) this.#set(fields, field, MAX_DEPTH - 2);
    }
    if (message.$typeName === 'google.protobuf.Any') this.#changeContent(fields);
  }

  #changeWithin(field: Field, value: unknown): void {
    if (field.type !== TYPE.message || field.isJsonObject || field.isUnwrapped) return;
    const values =
      field.kind === 'list'
        ? (value as TypedMessage[])
        : field.kind === 'map'
          ? Object.values(value as object)
          : [value];
    for (const each of values) this.change(each as TypedMessage);
  }

  #changeContent(any: Record<string, unknown>): void {
    const content = unpack(any as never, new Problems());
    if (content === undefined) return;
    this.change(content);
    any['value'] = encode(content);
  }

  #set(message: Record<string, unknown>, field: Field, depth: number): void {
    const value = this.#value(field, depth);
    if (field.oneof === undefined) message[field.localName] = value;
    else message[field.oneof.localName] = { case: field.localName, value };
  }

  #value(field: Field, depth: number): unknown {
    if (field.kind === 'list') return Array.from({ length: 1 + this.#next(2) }, () => this.#one(field, depth));
    if (field.kind === 'map')
      return { [field.mapKey === TYPE.string ? this.#of(TEXTS) : '1']: this.#one(field, depth) };
    return this.#one(field, depth);
  }

  #one(field: Field, depth: number): unknown {
    if (field.isJsonObject)
      return { [this.#of(TEXTS)]: this.#of<unknown>([1, 'a', true, null, [1], { numerator: 1 }]) };
    if (field.isUnwrapped) return this.#scalar(fieldsOf(field.typeName)![0]!.type);
    if (field.typeName === 'google.protobuf.Any') return this.#any(depth);
    if (field.typeName === 'google.protobuf.Duration') return this.#duration();
    if (field.typeName === 'google.protobuf.Struct' || field.typeName === 'google.protobuf.Value') return {};
    return field.type === TYPE.message ? this.message(field.typeName, depth + 1) : this.#scalar(field.type);
  }

  #any(depth: number): TypedMessage {
    const typeName = this.#of(EXTENSIONS);
    const value = encode(this.message(typeName, depth + 1) as never);
    return create('google.protobuf.Any', { typeUrl: `type.googleapis.com/${typeName}`, value } as never);
  }

  #duration(): TypedMessage {
    const seconds = BigInt(this.#of([0, 1, 5, -1, 1e10]));
    return create('google.protobuf.Duration', { seconds, nanos: this.#of([0, 1, 999_999_999, -1]) } as never);
  }

  #scalar(type: number): unknown {
    switch (type) {
      case TYPE.bool:
        return this.#next(2) === 1;
      case TYPE.string:
        return this.#of(TEXTS);
      case TYPE.bytes:
        return new TextEncoder().encode(this.#of(TEXTS));
      case TYPE.int64:
      case TYPE.uint64:
      case TYPE.fixed64:
      case TYPE.sfixed64:
      case TYPE.sint64:
        return BigInt(this.#of(NUMBERS));
      case TYPE.enum:
        return this.#next(6);
      default:
        return this.#of(NUMBERS);
    }
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#next(list.length)]!;
  }
}

/** The value of a field that is set. */
function lookUp(message: TypedMessage, wanted: Field): unknown {
  let found: unknown;
  forEachSet(message as never, (field, value) => {
    if (field === wanted) found = value;
  });
  return found;
}

/** A maker with the numbers of one seed: shrinking such messages field by field would take too long to be worth it. */
export function makerOf(seed: number): MessageMaker {
  let state = seed >>> 0;
  return new MessageMaker((below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return Math.floor(((state >>> 8) / 2 ** 24) * below);
  });
}
