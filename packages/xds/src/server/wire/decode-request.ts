// Requests by hand: in state of the world every answer for endpoints carries all names, and a push makes every client answer at once.
import { decodeUtf8, err, ok, type Result } from '@weft/core';
import type { Status } from '@weft/proto/google/rpc/status';
import { decode, Problems } from '@weft/proto/lite';
import type { DeltaRequest, SotwRequest, StatusDetail, XdsRequest, XdsVariant } from '../../protocol/messages.ts';
import { type Cursor, readVarint, skipField } from '../../protocol/scan.ts';

/** A request, with the node as bytes: it is decoded once a stream. */
export interface DecodedRequest {
  readonly request: XdsRequest;
  readonly nodeBytes: Uint8Array | undefined;
}

/** Decodes a request of either variant; the reason when the bytes are none. */
export function decodeRequest(variant: XdsVariant, bytes: Uint8Array): Result<DecodedRequest, string> {
  const fields = new RequestFields();
  const names = variant === 'sotw' ? sotwFields : deltaFields;
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    if (tag === undefined) return err('the request ends in the middle of a field');
    const field = (tag & 7) === 2 ? names[Math.floor(tag / 8)] : undefined;
    if (field === undefined) {
      if (!skipField(cursor, tag)) return err('the request is no message of protobuf');
      continue;
    }
    const value = readBytes(cursor);
    if (value === undefined) return err('the request ends in the middle of a field');
    const problem = fields.take(field, value);
    if (problem !== undefined) return err(problem);
  }
  const request = variant === 'sotw' ? fields.sotw() : fields.delta();
  return ok({ request, nodeBytes: fields.nodeBytes });
}

type TextField = 'versionInfo' | 'names' | 'typeUrl' | 'responseNonce' | 'unsubscribe';

type FieldName = TextField | 'node' | 'errorDetail' | 'initialVersion' | 'locator';

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
  readonly #texts = { versionInfo: '', typeUrl: '', responseNonce: '' };
  readonly #names: string[] = [];
  readonly #unsubscribe: string[] = [];
  readonly #initialVersions = new Map<string, string>();
  #errorDetail: StatusDetail | undefined;

  /** Takes a field; the reason when it cannot be taken. */
  take(field: FieldName, value: Uint8Array): string | undefined {
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
      case 'names':
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
    if (field === 'names') this.#names.push(text.value);
    else if (field === 'unsubscribe') this.#unsubscribe.push(text.value);
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
      const value = readBytes(cursor);
      const text = value === undefined ? undefined : decodeUtf8(value);
      if (text?.kind !== 'ok') return 'initial_resource_versions: the entry is no text';
      entry[tag === KEY_TAG ? 0 : 1] = text.value;
    }
    this.#initialVersions.set(entry[0]!, entry[1]!);
    return undefined;
  }
}

/** Fields 1 and 2, length-delimited. */
const KEY_TAG = (1 << 3) | 2;
const VALUE_TAG = (2 << 3) | 2;

function readBytes(cursor: Cursor): Uint8Array | undefined {
  const length = readVarint(cursor);
  if (length === undefined || length > cursor.bytes.length - cursor.at) return undefined;
  const value = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return value;
}
