// Requests by hand: in state of the world every answer for endpoints carries all names, and a push makes every client answer at once.
import { hash } from 'node:crypto';
import { decodeUtf8, err, ok, type Result } from '@weft/core';
import type { Status } from '@weft/proto/google/rpc/status';
import { decode, Problems } from '@weft/proto/lite';
import type { DeltaRequest, SotwRequest, StatusDetail, XdsRequest, XdsVariant } from '../../protocol/messages.ts';
import { type Cursor, readVarint, skipField } from '../../protocol/scan.ts';
import type { NameTable } from './name-table.ts';

/** A request as the state of a stream takes it. */
export interface IncomingRequest {
  readonly request: XdsRequest;
  /** Tells lists of names apart; undefined when the list is short, or not in one piece. */
  readonly namesDigest: string | undefined;
  /** Whether the names are those of the request before. They are not decoded then, and the request has none. */
  readonly repeatsNames: boolean;
}

/** A request, with the node as bytes: it is decoded once a stream. */
export interface DecodedRequest extends IncomingRequest {
  readonly nodeBytes: Uint8Array | undefined;
}

/** What helps to decode a request. */
export interface DecodeContext {
  readonly names: NameTable;
  /** The digest of the names that the stream asked for last in state of the world. */
  readonly lastNames: (typeUrl: string) => string | undefined;
}

/** Shorter lists are decoded as quickly as compared. */
const MIN_DIGEST_BYTES = 1024;

/** Decodes a request of either variant; the reason when the bytes are none. */
export function decodeRequest(
  variant: XdsVariant,
  bytes: Uint8Array,
  { names, lastNames }: DecodeContext,
): Result<DecodedRequest, string> {
  const fields = new RequestFields(bytes, names);
  const table = variant === 'sotw' ? sotwFields : deltaFields;
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const fieldAt = cursor.at;
    const tag = readVarint(cursor);
    if (tag === undefined) return err('the request ends in the middle of a field');
    const field = (tag & 7) === 2 ? table[Math.floor(tag / 8)] : undefined;
    if (field === undefined) {
      if (!skipField(cursor, tag)) return err('the request is no message of protobuf');
      continue;
    }
    const length = readVarint(cursor);
    if (length === undefined || length > bytes.length - cursor.at)
      return err('the request ends in the middle of a field');
    const problem =
      field === 'names' ? fields.noteName(fieldAt, cursor.at, length) : fields.take(field, cursor.at, length);
    cursor.at += length;
    if (problem !== undefined) return err(problem);
  }
  const namesDigest = variant === 'sotw' ? fields.namesDigest() : undefined;
  const repeatsNames = namesDigest !== undefined && namesDigest === lastNames(fields.typeUrl);
  const problem = repeatsNames ? undefined : fields.readNames();
  if (problem !== undefined) return err(problem);
  const request = variant === 'sotw' ? fields.sotw() : fields.delta();
  return ok({ request, nodeBytes: fields.nodeBytes, namesDigest, repeatsNames });
}

type TextField = 'versionInfo' | 'typeUrl' | 'responseNonce' | 'unsubscribe';

type FieldName = TextField | 'names' | 'node' | 'errorDetail' | 'initialVersion' | 'locator';

const sotwFields: Readonly<Record<number, FieldName>> = {
  1: 'versionInfo',
  2: 'node',
  3: 'names',
  4: 'typeUrl',
  5: 'responseNonce',
  6: 'errorDetail',
  7: 'locator',
};

const deltaFields: Readonly<Record<number, FieldName>> = {
  1: 'node',
  2: 'typeUrl',
  3: 'names',
  4: 'unsubscribe',
  5: 'initialVersion',
  6: 'responseNonce',
  7: 'errorDetail',
  8: 'locator',
  9: 'locator',
};

/** Collects the fields of one request. */
class RequestFields {
  nodeBytes: Uint8Array | undefined;
  readonly #bytes: Uint8Array;
  readonly #table: NameTable;
  readonly #texts = { versionInfo: '', typeUrl: '', responseNonce: '' };
  readonly #names: string[] = [];
  /** Offset and length of each name, one after the other. */
  readonly #nameSpans: number[] = [];
  /** Where the names are, as long as they are in one piece. */
  readonly #namesPiece = { start: -1, end: -1, isWhole: true };
  readonly #unsubscribe: string[] = [];
  readonly #initialVersions = new Map<string, string>();
  #errorDetail: StatusDetail | undefined;

  constructor(bytes: Uint8Array, table: NameTable) {
    this.#bytes = bytes;
    this.#table = table;
  }

  get typeUrl(): string {
    return this.#texts.typeUrl;
  }

  /** Remembers where a name is. */
  noteName(fieldAt: number, at: number, length: number): undefined {
    const piece = this.#namesPiece;
    if (piece.start === -1) piece.start = fieldAt;
    else if (piece.end !== fieldAt) piece.isWhole = false;
    piece.end = at + length;
    this.#nameSpans.push(at, length);
  }

  namesDigest(): string | undefined {
    const { start, end, isWhole } = this.#namesPiece;
    if (!isWhole || end - start < MIN_DIGEST_BYTES) return undefined;
    return hash('sha256', this.#bytes.subarray(start, end), 'base64');
  }

  /** Decodes the names; the reason when one is no text. */
  readNames(): string | undefined {
    for (let index = 0; index < this.#nameSpans.length; index += 2) {
      const name = this.#table.read(this.#bytes, this.#nameSpans[index]!, this.#nameSpans[index + 1]!);
      if (name === undefined) return `resource_names[${index / 2}]: invalid UTF-8`;
      this.#names.push(name);
    }
    return undefined;
  }

  /** Takes a field; the reason when it cannot be taken. */
  take(field: Exclude<FieldName, 'names'>, at: number, length: number): string | undefined {
    const value = this.#bytes.subarray(at, at + length);
    switch (field) {
      case 'node':
        this.nodeBytes = value;
        return undefined;
      case 'errorDetail':
        return this.#takeStatus(value);
      case 'initialVersion':
        return this.#takeInitialVersion(value);
      case 'locator':
        return 'resource_locators: not supported; ask for resources by name';
      case 'unsubscribe':
      case 'versionInfo':
      case 'typeUrl':
      case 'responseNonce':
        return this.#takeText(field, value);
    }
  }

  sotw(): SotwRequest {
    return { kind: 'sotw', ...this.#texts, resourceNames: this.#names, errorDetail: this.#errorDetail };
  }

  delta(): DeltaRequest {
    const { typeUrl, responseNonce } = this.#texts;
    return {
      kind: 'delta',
      typeUrl,
      responseNonce,
      subscribe: this.#names,
      unsubscribe: this.#unsubscribe,
      initialResourceVersions: this.#initialVersions,
      errorDetail: this.#errorDetail,
    };
  }

  #takeText(field: TextField, value: Uint8Array): string | undefined {
    const text = decodeUtf8(value);
    if (text.kind === 'err') return `${field}: ${text.error.message}`;
    if (field === 'unsubscribe') this.#unsubscribe.push(text.value);
    else this.#texts[field] = text.value;
    return undefined;
  }

  #takeStatus(value: Uint8Array): string | undefined {
    const problems = new Problems();
    const status = decode<Status>('google.rpc.Status', value, problems, { unknownFields: 'ignore' });
    if (status === undefined || !problems.isEmpty) return `error_detail: ${problems.toString()}`;
    this.#errorDetail = { code: status.code, message: status.message };
    return undefined;
  }

  /** An entry of a map: key in field 1, value in field 2, both texts. */
  #takeInitialVersion(bytes: Uint8Array): string | undefined {
    const cursor: Cursor = { bytes, at: 0 };
    const entry = ['', ''];
    while (cursor.at < bytes.length) {
      const tag = readVarint(cursor);
      if (tag === undefined) return 'initial_resource_versions: the entry is cut';
      if (tag !== KEY_TAG && tag !== VALUE_TAG) {
        if (!skipField(cursor, tag)) return 'initial_resource_versions: the entry is no message of protobuf';
        continue;
      }
      const length = readVarint(cursor);
      if (length === undefined || length > bytes.length - cursor.at)
        return 'initial_resource_versions: the entry is cut';
      const text = this.#table.read(bytes, cursor.at, length);
      if (text === undefined) return 'initial_resource_versions: the entry is no text';
      entry[tag === KEY_TAG ? 0 : 1] = text;
      cursor.at += length;
    }
    this.#initialVersions.set(entry[0]!, entry[1]!);
    return undefined;
  }
}

/** Fields 1 and 2, length-delimited. */
const KEY_TAG = (1 << 3) | 2;
const VALUE_TAG = (2 << 3) | 2;
