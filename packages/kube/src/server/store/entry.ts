/** One stored object in memory, and the names it goes by in tables and on the medium. */
import { invariant, MeshError } from '@weft/core';
import type { Entry, ResourceId } from './types.ts';

/** An object's name within its collection; sorts by namespace, then by name, because NUL is below every allowed character. */
export type ObjectKey = string;

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const OPEN_BRACE = 0x7b;

/** The key of an object in its collection. */
export function objectKey(namespace: string, name: string): ObjectKey {
  return `${namespace}\0${name}`;
}

/** The key of an object on the medium: `group/plural/namespace/name`. Only the last part may hold a slash. */
export function rowKey(resource: ResourceId, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`;
}

/** Takes a medium's key apart; undefined when it is none. */
export function parseRowKey(
  key: string,
): { readonly resource: ResourceId; readonly namespace: string; readonly name: string } | undefined {
  const plural = key.indexOf('/') + 1;
  const namespace = plural === 0 ? 0 : key.indexOf('/', plural) + 1;
  const name = namespace === 0 ? 0 : key.indexOf('/', namespace) + 1;
  if (name === 0 || name === key.length) return undefined;
  return { resource: key.slice(0, namespace - 1), namespace: key.slice(namespace, name - 1), name: key.slice(name) };
}

/** What an entry is made of; labels are read out of the JSON when they are first asked for, unless given. */
export interface EntryParts {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly json: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An entry that costs a dozen words beside its text: tens of thousands of them are held. */
export class StoredEntry implements Entry {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly json: string;
  #labels: Readonly<Record<string, string>> | undefined;

  constructor(parts: EntryParts) {
    // Looking at a character also makes V8 flatten a text that was put together from pieces, which would otherwise
    // keep all its pieces (and the texts they were cut from) alive.
    invariant(parts.json.charCodeAt(0) === OPEN_BRACE, `the text of ${describe(parts)} is not a JSON object`);
    this.resource = parts.resource;
    this.namespace = parts.namespace;
    this.name = parts.name;
    this.revision = parts.revision;
    this.json = parts.json;
    this.#labels = parts.labels;
  }

  /** A store that was just loaded has parsed nothing: most labels are never asked for. */
  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= parseLabels(this);
    return this.#labels;
  }
}

function parseLabels(entry: EntryParts): Readonly<Record<string, string>> {
  let labels: unknown;
  try {
    const parsed = JSON.parse(entry.json) as { readonly metadata?: { readonly labels?: unknown } };
    labels = parsed.metadata?.labels;
  } catch (thrown) {
    throw new MeshError('MESH_STORE_CORRUPT', `the stored text of ${describe(entry)} is not JSON`, { cause: thrown });
  }
  return typeof labels === 'object' && labels !== null ? (labels as Record<string, string>) : NO_LABELS;
}

function describe(entry: EntryParts): string {
  return rowKey(entry.resource, entry.namespace, entry.name);
}
