/**
 * Between stored text and answers. Objects are stored as text in their storage version; when another version has the same
 * fields, only the apiVersion at the start of the text differs, so nothing is parsed.
 */
import {
  type AnyKind,
  type ApiObject,
  apiVersionOf,
  convertObject,
  hasDefaults,
  schemaOf,
  withDefaults,
} from '@weft/api';
import type { ResourceInfo } from './catalog.ts';
import type { Entry } from './store/types.ts';
import { storedAs } from './stored-as.ts';

/** The text of an object as it is stored: apiVersion and kind first. */
export function encodeObject(object: ApiObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/** The text of a stored object in the version of `info`. */
export function entryText(info: ResourceInfo, entry: Entry): string {
  const { kind, version } = info;
  if (storedAs(kind) !== undefined || mayLackDefaults(info, entry)) return encodeObject(decodeEntry(info, entry));
  const wanted = head(kind, version);
  if (entry.json.startsWith(wanted)) return entry.json;
  // Usually the storage version; what was stored before that changed is in another one.
  const stored = kind.versions.find(({ name }) => entry.json.startsWith(head(kind, name)));
  if (stored !== undefined && !needsConversion(kind, version) && !needsConversion(kind, stored.name)) {
    return wanted + entry.json.slice(head(kind, stored.name).length);
  }
  return encodeObject(decodeEntry(info, entry));
}

/** The stored object in the version of `info`; a fresh copy that the caller may change. */
export function decodeEntry(info: ResourceInfo, entry: Entry): ApiObject {
  const object = JSON.parse(entry.json) as ApiObject;
  const alias = storedAs(info.kind);
  if (alias !== undefined) return alias.fromStored(object);
  const converted = convertObject(info.kind, object, info.version);
  if (!mayLackDefaults(info, entry)) return converted;
  return withDefaults(schemaOf(info.kind, info.version), converted) as ApiObject;
}

/** Definitions change; what was stored under an earlier one is shown with the defaults of the current one. */
function mayLackDefaults({ definedAt, kind, version }: ResourceInfo, entry: Entry): boolean {
  return definedAt !== undefined && entry.revision <= definedAt && hasDefaults(schemaOf(kind, version));
}

/** The object in its storage version. */
export function toStorageVersion(kind: AnyKind, object: ApiObject): ApiObject {
  return storedAs(kind)?.toStored(object) ?? convertObject(kind, object, kind.storageVersion);
}

function needsConversion(kind: AnyKind, version: string): boolean {
  const definition = kind.versions.find((v) => v.name === version);
  return definition?.fromStorage !== undefined || definition?.toStorage !== undefined;
}

const heads = new WeakMap<AnyKind, Map<string, string>>();

function head(kind: AnyKind, version: string): string {
  let byVersion = heads.get(kind);
  if (byVersion === undefined) {
    byVersion = new Map();
    heads.set(kind, byVersion);
  }
  let text = byVersion.get(version);
  if (text === undefined) {
    text = `{"apiVersion":${JSON.stringify(apiVersionOf(kind.group, version))},"kind":${JSON.stringify(kind.kind)},`;
    byVersion.set(version, text);
  }
  return text;
}
