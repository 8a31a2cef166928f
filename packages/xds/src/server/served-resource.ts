import { decodeUtf8, invariant } from '@weft/core';
import type { AnyBytes } from '../protocol/messages.ts';
import { typeUrls } from '../protocol/resource-types.ts';
import { type Cursor, readVarint } from '../protocol/scan.ts';
import { fieldSize, type ProtoWriter, textFieldSize, writeHead, writeRaw, writeText } from './wire/proto-writer.ts';

/** Where a resource is found: its type and its name. */
export interface ResourceRef {
  readonly typeUrl: string;
  readonly name: string;
}

/** A resource as the server sends it: encoded once, shared by every stream that gets it. Made by `serveResource`. */
export interface ServedResource {
  readonly name: string;
  readonly version: string;
  /** The field of a delta response: tag, length, and the resource in its wrapper. */
  readonly deltaField: Uint8Array;
  /** The field of a state-of-the-world response: tag, length and `Any`. The end of the bytes above, not a copy. */
  readonly sotwField: Uint8Array;
  /** What a client asks for anew when this resource changes, though it says nothing new. */
  readonly warms: readonly ResourceRef[];
}

/** What a resource is made of. */
export interface ServedResourceInit {
  readonly name: string;
  /**
   * Changes whenever the content does. Clients show the versions that they have after a reconnect, perhaps to another replica: equal
   * versions must mean equal content everywhere, so take a digest or a version of the store, not a counter of the process.
   */
  readonly version: string;
  readonly typeUrl: string;
  /** The encoded message. */
  readonly value: Uint8Array;
  /** See `ServedResource`; for a cluster the endpoints of its name unless given. */
  readonly warms?: readonly ResourceRef[];
}

/** A resource that a client was told of. */
export interface ToldResource {
  readonly name: string;
  readonly version: string;
  /** Undefined when the client had it from a stream before, and nothing but its version is known. */
  readonly resource: ServedResource | undefined;
}

const NO_REFS: readonly ResourceRef[] = Object.freeze([]);

/** Fields of `Resource` and `Any`, and the one that holds resources in both kinds of responses, which has the number of `Resource.resource`. */
const VERSION = 1;
const NAME = 3;
const RESOURCES = 2;
const TYPE_URL = 1;
const VALUE = 2;

/**
 * Encodes a resource for both variants at once: `resources` of either response and `resource` of the wrapper are field 2, so the wrapper
 * that is written with that field last ends in what the other variant sends.
 */
export function serveResource({ name, version, typeUrl, value, warms }: ServedResourceInit): ServedResource {
  const anySize = textFieldSize(typeUrl) + (value.length === 0 ? 0 : fieldSize(value.length));
  const sotwSize = fieldSize(anySize);
  const wrapperSize = textFieldSize(version) + textFieldSize(name) + sotwSize;
  // Not from the pool of small buffers: a resource that lives for hours would keep the whole pool alive.
  const writer: ProtoWriter = { bytes: Buffer.allocUnsafeSlow(fieldSize(wrapperSize)), at: 0 };
  writeHead(writer, RESOURCES, wrapperSize);
  writeText(writer, VERSION, version);
  writeText(writer, NAME, name);
  const sotwAt = writer.at;
  writeHead(writer, RESOURCES, anySize);
  writeText(writer, TYPE_URL, typeUrl);
  if (value.length > 0) {
    writeHead(writer, VALUE, value.length);
    writeRaw(writer, value);
  }
  return Object.freeze({
    name,
    version,
    deltaField: writer.bytes,
    sotwField: writer.bytes.subarray(sotwAt),
    warms: warms ?? (typeUrl === typeUrls.cluster ? [{ typeUrl: typeUrls.endpoints, name }] : NO_REFS),
  });
}

/** The resource as a message whose type is told by its URL, for those who show it. */
export function anyOf({ sotwField }: ServedResource): AnyBytes {
  const cursor: Cursor = { bytes: sotwField, at: 1 };
  readVarint(cursor);
  const any = { typeUrl: '', value: sotwField.subarray(0, 0) };
  while (cursor.at < sotwField.length) {
    const field = sotwField[cursor.at]! >> 3;
    cursor.at += 1;
    const length = readVarint(cursor) ?? 0;
    const bytes = sotwField.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
    if (field === VALUE) {
      any.value = bytes;
    } else {
      const text = decodeUtf8(bytes);
      invariant(text.kind === 'ok', 'what was written as text is text');
      any.typeUrl = text.value;
    }
  }
  return any;
}
