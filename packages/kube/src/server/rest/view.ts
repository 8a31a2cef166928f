/** How objects are shown to a client: as they are, as rows of a table, or by their metadata alone. */
import { type ApiObject, apiVersionOf, rowOf, tableColumns } from '@weft/api';
import { badRequest } from '../../shared/api-errors.ts';
import { goQuote } from '../../shared/go-quote.ts';
import type { ResourceInfo } from '../catalog.ts';
import { decodeEntry, entryText } from '../encode.ts';
import type { Accepted } from '../http/negotiate.ts';
import type { Entry } from '../store/types.ts';

/** Metadata of a list answer. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Makes answer texts for one resource in one shape. */
export interface View {
  /** Two watchers with the same key receive the same bytes, so an event is encoded once for both. */
  readonly cacheKey: string;
  entry(entry: Entry): string;
  object(object: ApiObject): string;
  /** Large lists come in pieces, which are made while they are sent. */
  list(entries: readonly Entry[], meta: ListMeta): string | Iterable<string>;
  /** The object of a watch event; the first one of a stream may say what the others need not repeat. */
  event(entry: Entry, isFirst: boolean): string;
  /** The object of a bookmark. */
  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string;
}

/** Every answer says no more than this of itself, whatever its shape, as in Kubernetes. */
export const VIEW_TYPE = 'application/json';

/** The view that a client asked for. */
export function createView(
  info: ResourceInfo,
  { shape, version }: Pick<Accepted, 'shape' | 'version'>,
  query: URLSearchParams,
  now: () => number,
): View {
  const apiVersion = `meta.k8s.io/${version}`;
  if (shape === 'table') return tableView(info, { include: query.get('includeObject'), now, apiVersion });
  if (shape === 'partialMetadata' || shape === 'partialMetadataList') return partialView(info, apiVersion);
  return jsonView(info);
}

function jsonView(info: ResourceInfo): View {
  const apiVersion = apiVersionOf(info.kind.group, info.version);
  return {
    cacheKey: `json/${apiVersion}`,
    entry: (entry) => entryText(info, entry),
    object: (object) => JSON.stringify(object),
    list: (entries, meta) => {
      // Lists of custom resources always say where they go on.
      const metadata = info.kind.isBuiltin === true ? meta : { continue: '', ...meta };
      const head = JSON.stringify({ kind: info.kind.listKind, apiVersion, metadata });
      return listText(head, 'items', entries, itemReader(info));
    },
    event: (entry) => entryText(info, entry),
    bookmark: (revision, annotations) =>
      JSON.stringify(bookmarkObject(info.kind.kind, apiVersion, revision, annotations)),
  };
}

/** Items of Kubernetes' own kinds do not repeat what the list says: their Go types leave it out. */
function itemReader(info: ResourceInfo): (entry: Entry) => string {
  if (info.kind.isBuiltin !== true) return (entry) => entryText(info, entry);
  const { kind, version } = info;
  const head = JSON.stringify({ apiVersion: apiVersionOf(kind.group, version), kind: kind.kind }).slice(1, -1);
  // An object's text begins with its type, see `encodeObject`.
  return (entry) => `{${entryText(info, entry).slice(head.length + 2)}`;
}

function partialView(info: ResourceInfo, apiVersion: string): View {
  const text = (metadata: unknown): string => JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion, metadata });
  return {
    cacheKey: `partial/${apiVersion}`,
    entry: (entry) => text(decodeEntry(info, entry).metadata),
    object: (object) => text(object.metadata),
    list: (entries, meta) => {
      const head = JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion, metadata: meta });
      return listText(head, 'items', entries, (entry) => text(decodeEntry(info, entry).metadata));
    },
    event: (entry) => text(decodeEntry(info, entry).metadata),
    bookmark: (revision, annotations) =>
      JSON.stringify(bookmarkObject('PartialObjectMetadata', apiVersion, revision, annotations)),
  };
}

/** From this many entries on a list is sent while it is made. */
const PIECES_FROM = 500;

/** A JSON object with one more member: a list of texts. */
function listText(
  head: string,
  member: string,
  entries: readonly Entry[],
  textOf: (entry: Entry) => string,
): string | Iterable<string> {
  const start = `${head.slice(0, -1)},"${member}":[`;
  if (entries.length >= PIECES_FROM) return pieces(start, entries, textOf);
  return `${start}${entries.map(textOf).join(',')}]}`;
}

function* pieces(start: string, entries: readonly Entry[], textOf: (entry: Entry) => string): Iterable<string> {
  yield start;
  for (const [i, entry] of entries.entries()) yield i === 0 ? textOf(entry) : `,${textOf(entry)}`;
  yield ']}';
}

function bookmarkObject(
  kind: string,
  apiVersion: string,
  revision: number,
  annotations: Readonly<Record<string, string>> | undefined,
): unknown {
  const metadata = { resourceVersion: String(revision) };
  return { kind, apiVersion, metadata: annotations === undefined ? metadata : { ...metadata, annotations } };
}

type IncludeObject = 'None' | 'Metadata' | 'Object';

interface TableOptions {
  /** How much of the object each row has. */
  readonly include: string | null;
  readonly now: () => number;
  /** Of the table itself. */
  readonly apiVersion: string;
}

function tableView(info: ResourceInfo, { include, now, apiVersion }: TableOptions): View {
  const included = parseInclude(include);
  const row = (object: ApiObject): unknown => ({
    cells: rowOf(info.kind, info.version, object, now()),
    object: rowObject(object, included, apiVersion),
  });
  const columns = tableColumns(info.kind, info.version);
  const head = (meta: unknown, columnDefinitions: typeof columns | null = columns): string =>
    JSON.stringify({ kind: 'Table', apiVersion, metadata: meta, columnDefinitions });
  const table = (rows: readonly unknown[], meta: unknown, hasColumns = true): string =>
    `${head(meta, hasColumns ? columns : null).slice(0, -1)},"rows":${JSON.stringify(rows)}}`;
  const single = (object: ApiObject, hasColumns = true): string =>
    table([row(object)], { resourceVersion: object.metadata.resourceVersion ?? '' }, hasColumns);
  return {
    cacheKey: `table/${apiVersionOf(info.kind.group, info.version)}/${included}/${apiVersion}`,
    entry: (entry) => single(decodeEntry(info, entry)),
    object: (object) => single(object),
    list: (entries, meta) =>
      listText(head(meta), 'rows', entries, (entry) => JSON.stringify(row(decodeEntry(info, entry)))),
    event: (entry, isFirst) => single(decodeEntry(info, entry), isFirst),
    bookmark: (revision, annotations) => {
      const meta = bookmarkObject('PartialObjectMetadata', apiVersion, revision, annotations);
      return table([{ cells: [], object: meta }], { resourceVersion: String(revision) });
    },
  };
}

function rowObject(object: ApiObject, included: IncludeObject, apiVersion: string): unknown {
  if (included === 'None') return null;
  if (included === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}

function parseInclude(value: string | null): IncludeObject {
  if (value === null || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  const problem = `Invalid value: ${goQuote(value)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${problem}`);
}
