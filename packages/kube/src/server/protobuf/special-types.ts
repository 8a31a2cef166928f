/** Types whose JSON is not the object that their protobuf message is. */
import { malformed, WireReader } from './wire.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Seconds of 9999-12-31T23:59:59Z and 0001-01-01T00:00:00Z; other years have no RFC 3339 text. */
const MAX_SECONDS = 253_402_300_799;
const MIN_SECONDS = -62_135_596_800;

/** Text; refused when it is not valid UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('a text is not valid UTF-8');
  }
}

/** A signed number; beyond 2^53 it is rounded, as JSON numbers are. */
export function decodeInteger(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

/** `metav1.Time` and `metav1.MicroTime`: RFC 3339 text, or null for the zero time. */
export function decodeTime(bytes: Uint8Array, digits: 0 | 6): string | null {
  if (bytes.length === 0) return null;
  const reader = new WireReader(bytes);
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.wireType !== 'varint' || reader.field > 2) reader.skip();
    else if (reader.field === 1) seconds = decodeInteger(reader.varint());
    else nanos = decodeInteger(reader.varint());
  }
  if (seconds === MIN_SECONDS) return null;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) throw malformed(`a time is ${seconds} seconds from 1970`);
  if (nanos < 0 || nanos > 999_999_999) throw malformed(`a time has ${nanos} nanoseconds`);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

/** `resource.Quantity`: its text. */
export function decodeQuantity(bytes: Uint8Array): string {
  const reader = new WireReader(bytes);
  let text = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === 'bytes') text = decodeText(reader.bytes());
    else reader.skip();
  }
  return text === '' ? '0' : text;
}

/** `intstr.IntOrString`: the number or the text. */
export function decodeIntOrString(bytes: Uint8Array): number | string {
  const reader = new WireReader(bytes);
  let isText = false;
  let number = 0;
  let text = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === 'varint') isText = reader.varint() !== 0n;
    else if (reader.field === 2 && reader.wireType === 'varint') number = decodeInteger(reader.varint());
    else if (reader.field === 3 && reader.wireType === 'bytes') text = decodeText(reader.bytes());
    else reader.skip();
  }
  return isText ? text : number;
}

/** `runtime.RawExtension` and `metav1.FieldsV1`: JSON inside the message; null when empty. */
export function decodeEmbeddedJson(bytes: Uint8Array): unknown {
  const reader = new WireReader(bytes);
  let json = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === 'bytes') json = decodeText(reader.bytes());
    else reader.skip();
  }
  if (json === '') return null;
  try {
    return JSON.parse(json);
  } catch {
    throw malformed('an embedded object is not valid JSON');
  }
}

/** `authentication.ExtraValue`: a list of texts that is a message of its own. */
export function decodeStringList(bytes: Uint8Array): string[] {
  const reader = new WireReader(bytes);
  const list: string[] = [];
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === 'bytes') list.push(decodeText(reader.bytes()));
    else reader.skip();
  }
  return list;
}
