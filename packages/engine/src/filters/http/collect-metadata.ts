/** What headers write into the metadata of a stream. */
import { decode, Problems, toJson } from '@weft/proto/lite';
import { cookieValue } from '../../match/cookie-matcher.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';
import type { HeaderToMetadataRule, MetadataPair } from './header-to-metadata.ts';

/** One value to write. */
export interface MetadataEntry {
  readonly namespace: string;
  readonly key: string;
  /** A JSON value. */
  readonly value: unknown;
}

/** The values that rules write; headers that they take away are to be removed afterwards. */
export function collectMetadata(
  rules: readonly HeaderToMetadataRule[],
  headers: HeaderSource,
): readonly MetadataEntry[] {
  const entries: MetadataEntry[] = [];
  for (const { kind, name, onPresent, onMissing } of rules) {
    const found = kind === 'header' ? headers.get(name) : cookieValue(headers.get('cookie'), name);
    const pair = found === undefined ? onMissing : onPresent;
    const value = pair && valueIn(pair, found ?? '');
    if (value !== undefined) entries.push({ namespace: pair!.namespace, key: pair!.key, value });
  }
  return entries;
}

/** Envoy takes nothing longer. */
const MAX_LENGTH = 8 * 1024;

/** Undefined where there is nothing, or nothing of the type. */
function valueIn(pair: MetadataPair, found: string): unknown {
  const text = pair.value === '' ? (pair.rewrite?.apply(found) ?? found) : pair.value;
  if (text === '' || text.length >= MAX_LENGTH) return undefined;
  const raw = pair.isBase64 ? fromBase64(text) : text;
  return raw === undefined || raw === '' ? undefined : typed(pair, raw);
}

/** A text with one character for each byte. */
function fromBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function typed({ type }: MetadataPair, raw: string): unknown {
  if (type === 'string') return new TextDecoder().decode(bytesOf(raw));
  if (type === 'protobuf') return protobufValue(bytesOf(raw));
  const text = raw.trim();
  return NUMBER.test(text) ? Number(text) : undefined;
}

function bytesOf(raw: string): Uint8Array {
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function protobufValue(bytes: Uint8Array): unknown {
  const report = new Problems();
  const message = decode('google.protobuf.Value', bytes, report);
  return message !== undefined && report.isEmpty ? toJson(message) : undefined;
}
