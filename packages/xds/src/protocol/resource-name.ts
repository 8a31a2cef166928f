import { decodeUtf8 } from '@weft/core';
import { type Cursor, readVarint, skipField } from './scan.ts';

/**
 * The name within an encoded resource. Every named type has it as text in field 1 (`Cluster.name`, `ClusterLoadAssignment.cluster_name`,
 * …), so it can be had without decoding the rest. Undefined when the bytes are no message or have no such field.
 */
export function readResourceName(bytes: Uint8Array): string | undefined {
  const cursor: Cursor = { bytes, at: 0 };
  let name: string | undefined;
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    if (tag === undefined) return undefined;
    if (tag === NAME_TAG) {
      const text = readText(cursor);
      if (text === undefined) return undefined;
      // The last one counts, as for every field that is not repeated.
      name = text;
    } else if (!skipField(cursor, tag)) {
      return undefined;
    }
  }
  return name === '' ? undefined : name;
}

/** Field 1, length-delimited. */
const NAME_TAG = (1 << 3) | 2;

function readText(cursor: Cursor): string | undefined {
  const length = readVarint(cursor);
  if (length === undefined || length > cursor.bytes.length - cursor.at) return undefined;
  const text = decodeUtf8(cursor.bytes.subarray(cursor.at, cursor.at + length));
  cursor.at += length;
  return text.kind === 'ok' ? text.value : undefined;
}
