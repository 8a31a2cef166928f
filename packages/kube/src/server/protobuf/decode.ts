/**
 * Reads bodies of type `application/vnd.kubernetes.protobuf`, which newer kubectl sends for objects it builds itself. The
 * result is what the same client would have sent as JSON. Answers are always JSON, so nothing is ever encoded.
 */
import { badRequest, requestEntityTooLarge } from '../../shared/api-errors.ts';
import { goQuote } from '../../shared/go-quote.ts';
import { ApiStatusError } from '../../shared/status.ts';
import { type FieldDescriptor, type MessageDescriptor, messageByName, messageOfKind } from './message-table.ts';
import {
  decodeEmbeddedJson,
  decodeInteger,
  decodeIntOrString,
  decodeQuantity,
  decodeStringList,
  decodeText,
  decodeTime,
} from './special-types.ts';
import { malformed, WireReader } from './wire.ts';

type JsonMembers = Record<string, unknown>;

/** `k8s\0`, before the envelope. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const MAX_BYTES = 3 * 1024 * 1024;
/** Empty messages cost two bytes each and an object in memory; a body cannot make more of them than this. */
const MAX_VALUES = 500_000;

/** Reads a body into the object it holds; refuses it with 400, 413 or, for a kind not read from protobuf, 415. */
export function decodeKubeProtobuf(body: Uint8Array): JsonMembers {
  if (body.length > MAX_BYTES) throw requestEntityTooLarge(`limit is ${MAX_BYTES}`);
  if (MAGIC.some((byte, i) => body[i] !== byte)) throw malformed('it does not start with "k8s\\x00"');
  const { apiVersion, kind, raw } = decodeEnvelope(body.subarray(MAGIC.length));
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) throw notRead(apiVersion, kind);
  const members = new MessageDecoder().decode(message, raw);
  return { kind, apiVersion, ...members };
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** `runtime.Unknown`: the type of the object beside its bytes. */
function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new WireReader(bytes);
  let type: Pick<Envelope, 'apiVersion' | 'kind'> = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array(0);
  while (reader.next()) {
    if (reader.wireType !== 'bytes') reader.skip();
    else if (reader.field === 1) type = decodeTypeMeta(reader.bytes());
    else if (reader.field === 2) raw = reader.bytes();
    else if (reader.field === 3) refuseEncoding('contentEncoding', decodeText(reader.bytes()));
    else if (reader.field === 4) refuseEncoding('contentType', decodeText(reader.bytes()));
    else reader.skip();
  }
  if (type.kind === '') throw badRequest("Object 'Kind' is missing in the protobuf body");
  if (type.apiVersion === '') throw badRequest("Object 'apiVersion' is missing in the protobuf body");
  return { ...type, raw };
}

function decodeTypeMeta(bytes: Uint8Array): Pick<Envelope, 'apiVersion' | 'kind'> {
  const reader = new WireReader(bytes);
  const type = { apiVersion: '', kind: '' };
  while (reader.next()) {
    if (reader.wireType === 'bytes' && reader.field === 1) type.apiVersion = decodeText(reader.bytes());
    else if (reader.wireType === 'bytes' && reader.field === 2) type.kind = decodeText(reader.bytes());
    else reader.skip();
  }
  return type;
}

function refuseEncoding(what: string, value: string): void {
  if (value === '' || value === 'application/vnd.kubernetes.protobuf') return;
  throw badRequest(`the ${what} ${goQuote(value)} of the protobuf body is not supported`);
}

function notRead(apiVersion: string, kind: string): ApiStatusError {
  const what = `${goQuote(kind)} in version ${goQuote(apiVersion)}`;
  return new ApiStatusError({
    statusCode: 415,
    reason: 'UnsupportedMediaType',
    message: `the server does not read kind ${what} from application/vnd.kubernetes.protobuf; send it as application/json`,
  });
}

/** Decodes the messages of one body and counts what they cost. No message contains itself, so recursion is bounded. */
class MessageDecoder {
  #values = 0;

  decode(message: MessageDescriptor, bytes: Uint8Array): JsonMembers {
    const object: JsonMembers = {};
    const reader = new WireReader(bytes);
    while (reader.next()) {
      this.#count();
      const field = message.fields.get(reader.field);
      if (field === undefined) reader.skip();
      else this.#field(object, field, reader);
    }
    return object;
  }

  #field(object: JsonMembers, field: FieldDescriptor, reader: WireReader): void {
    if (field.shape === 'map') {
      this.#mapEntry(object, field, reader);
      return;
    }
    if (field.shape === 'list') {
      const list = (object[field.name] ?? []) as unknown[];
      object[field.name] = list;
      if (field.type === 'int' && reader.wireType === 'bytes') this.#packedIntegers(list, reader.bytes());
      else list.push(this.#value(field, reader));
      return;
    }
    const value = this.#value(field, reader);
    if (field.name === '+') Object.assign(object, value);
    else if (value === null || (field.dropsZero && isZero(value))) delete object[field.name];
    else object[field.name] = value;
  }

  /** A map is a list of messages with the key in field 1 and the value in field 2. */
  #mapEntry(object: JsonMembers, field: FieldDescriptor, reader: WireReader): void {
    const entry = new WireReader(expectBytes(reader));
    let key = '';
    let value: unknown;
    while (entry.next()) {
      this.#count();
      if (entry.field === 1) key = decodeText(expectBytes(entry));
      else if (entry.field === 2) value = this.#value(field, entry);
      else entry.skip();
    }
    const map = (object[field.name] ?? {}) as JsonMembers;
    object[field.name] = map;
    // A key such as `__proto__` is data: it must become a member and not the map's prototype.
    Object.defineProperty(map, key, {
      value: value ?? emptyValue(field.type),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  #packedIntegers(list: unknown[], bytes: Uint8Array): void {
    const reader = new WireReader(bytes);
    while (!reader.isAtEnd) {
      this.#count();
      list.push(decodeInteger(reader.varint()));
    }
  }

  #value(field: FieldDescriptor, reader: WireReader): unknown {
    if (field.message !== undefined) {
      return this.decode(messageByName(field.message), expectBytes(reader));
    }
    switch (field.type) {
      case 'string':
        return decodeText(expectBytes(reader));
      case 'bool':
        return expectVarint(reader) !== 0n;
      case 'int':
        return decodeInteger(expectVarint(reader));
      case 'double':
        if (reader.wireType !== 'fixed64') throw wrongWireType(reader);
        return reader.double();
      case 'bytes':
        return Buffer.from(expectBytes(reader)).toString('base64');
      case 'Time':
        return decodeTime(expectBytes(reader), 0);
      case 'MicroTime':
        return decodeTime(expectBytes(reader), 6);
      case 'Quantity':
        return decodeQuantity(expectBytes(reader));
      case 'IntOrString':
        return decodeIntOrString(expectBytes(reader));
      case 'StringList':
        return decodeStringList(expectBytes(reader));
      default:
        return decodeEmbeddedJson(expectBytes(reader));
    }
  }

  #count(): void {
    this.#values++;
    if (this.#values > MAX_VALUES) throw requestEntityTooLarge(`the body has more than ${MAX_VALUES} fields`);
  }
}

function expectBytes(reader: WireReader): Uint8Array {
  if (reader.wireType !== 'bytes') throw wrongWireType(reader);
  return reader.bytes();
}

function expectVarint(reader: WireReader): bigint {
  if (reader.wireType !== 'varint') throw wrongWireType(reader);
  return reader.varint();
}

function wrongWireType(reader: WireReader): ApiStatusError {
  return malformed(`field ${reader.field} is written as ${reader.wireType}`);
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** What a map entry without value holds. */
function emptyValue(type: string): unknown {
  if (type === 'string' || type === 'bytes') return '';
  if (type === 'Quantity') return '0';
  if (type === 'Time') return null;
  return type === 'StringList' ? [] : {};
}
