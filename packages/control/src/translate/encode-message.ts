/** Messages as bytes, from their JSON. */
import type { Message } from '@bufbuild/protobuf';
import { encode, fromJson, Problems, validate } from '@weft/proto/lite';

/** What is wrong with a message, in words. */
export interface Invalid {
  readonly problems: readonly string[];
}

/** A list in a message whose items are encoded one by one. */
interface ItemList {
  readonly field: string;
  /** Name of the field in the schema, for messages to users. */
  readonly name: string;
  readonly number: number;
  readonly itemType: string;
}

/**
 * Messages that hold much that others hold too, or that stays when something else in them changes: the routes of a thousand services in one
 * configuration, filter chains that all sidecars have. Each item is encoded once, and the message is put together from their bytes: fields
 * may stand in any order.
 */
const LISTS: Readonly<Record<string, ItemList>> = {
  'envoy.config.route.v3.RouteConfiguration': {
    field: 'virtualHosts',
    name: 'virtual_hosts',
    number: 2,
    itemType: 'envoy.config.route.v3.VirtualHost',
  },
  'envoy.config.listener.v3.Listener': {
    field: 'filterChains',
    name: 'filter_chains',
    number: 3,
    itemType: 'envoy.config.listener.v3.FilterChain',
  },
};

/** Fields of length-delimited bytes. */
const WIRE_TYPE_BYTES = 2;
/** The last seven bits of a length have no mark. */
const MORE = 0x80;
/** Of what is wrong with one message, this much is told. */
const MAX_PROBLEMS = 5;

/** Bytes of items with their tag and length, by the objects that they are made of, which never change. */
const encodedItems = new WeakMap<object, Uint8Array | Invalid>();

/** The bytes of a message, when it keeps the rules of its schema, or what is wrong with it. */
export function encodeMessage(typeName: string, json: object): Uint8Array | Invalid {
  const list = LISTS[typeName];
  if (list === undefined) return encodeWhole(typeName, json);
  const { [list.field]: items, ...rest } = json as Readonly<Record<string, unknown>>;
  return encodeJoined(typeName, rest, list, Array.isArray(items) ? (items as readonly object[]) : []);
}

function encodeJoined(typeName: string, rest: object, list: ItemList, items: readonly object[]): Uint8Array | Invalid {
  const shell = encodeWhole(typeName, rest);
  const problems = 'problems' in shell ? [...shell.problems] : [];
  const fields: Uint8Array[] = 'problems' in shell ? [] : [shell];
  for (const [i, item] of items.entries()) {
    const bytes = encodeItem(list, item);
    if ('problems' in bytes) problems.push(...bytes.problems.map((one) => `${list.name}[${i}].${one}`));
    else fields.push(bytes);
  }
  return problems.length > 0 ? { problems } : Buffer.concat(fields);
}

function encodeItem({ number, itemType }: ItemList, item: object): Uint8Array | Invalid {
  let field = encodedItems.get(item);
  if (field === undefined) {
    const bytes = encodeWhole(itemType, item);
    field = 'problems' in bytes ? bytes : Buffer.concat([fieldHead(number, bytes.length), bytes]);
    encodedItems.set(item, field);
  }
  return field;
}

function fieldHead(number: number, length: number): Uint8Array {
  const head = [(number << 3) | WIRE_TYPE_BYTES];
  let rest = length;
  for (; rest >= MORE; rest >>>= 7) head.push((rest & (MORE - 1)) | MORE);
  return Uint8Array.from([...head, rest]);
}

function encodeWhole(typeName: string, json: object): Uint8Array | Invalid {
  const report = new Problems('', MAX_PROBLEMS);
  const message = fromJson<Message>(typeName, json, report);
  if (message !== undefined && report.isEmpty) validate(message, report);
  if (message !== undefined && report.isEmpty) return encode(message);
  return { problems: report.list.map(({ path, reason }) => `${path}: ${reason}`) };
}
