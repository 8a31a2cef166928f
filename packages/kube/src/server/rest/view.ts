/** How objects are shown to a client: as they are, as rows of a table, or by their metadata alone. */
import { type ApiObject, apiVersionOf, rowOf, tableColumns } from '@weft/api';
import { badRequest } from '../../shared/api-errors.ts';
import type { ResourceInfo } from '../catalog.ts';
import { decodeEntry, entryText } from '../encode.ts';
import type { MediaShape } from '../http/negotiate.ts';
import type { Entry } from '../store/types.ts';

/** Metadata of a list answer. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Makes answer texts for one resource in one shape. */
export interface View {
  /** Content-Type of whole answers. */
  readonly contentType: string;
  /** Content-Type of watch streams. */
  readonly streamType: string;
  /** Two watchers with the same key receive the same bytes, so an event is encoded once for both. */
  readonly cacheKey: string;
  entry(entry: Entry): string;
  object(object: ApiObject): string;
  /** Large lists come in pieces, which are made while they are sent. */
  list(entries: readonly Entry[], meta: ListMeta): string | Iterable<string>;
  /** The object of a watch event. */
  event(entry: Entry): string;
  /** The object of a bookmark. */
  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string;
}

/** The view that a client asked for. */
export function createView(info: ResourceInfo, shape: MediaShape, query: URLSearchParams, now: () => number): View {
  if (shape === 'table') return tableView(info, query.get('includeObject'), now);
  if (shape === 'partialMetadata') return partialView(info);
  return jsonView(info);
}

function jsonView(info: ResourceInfo): View {
  const apiVersion = apiVersionOf(info.kind.group, info.version);
  return {
    contentType: 'application/json',
    streamType: 'application/json;stream=watch',
    cacheKey: `json/${apiVersion}`,
    entry: (entry) => entryText(info, entry),
    object: (object) => JSON.stringify(object),
    list: (entries, meta) => {
      const head = JSON.stringify({ kind: info.kind.listKind, apiVersion, metadata: meta });
      return listText(head, 'items', entries, (entry) => entryText(info, entry));
    },
    event: (entry) => entryText(info, entry),
    bookmark: (revision, annotations) =>
      JSON.stringify(bookmarkObject(info.kind.kind, apiVersion, revision, annotations)),
  };
}

function partialView(info: ResourceInfo): View {
  const apiVersion = 'meta.k8s.io/v1';
  const text = (metadata: unknown): string => JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion, metadata });
  const type = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
  return {
    contentType: type,
    streamType: `${type};stream=watch`,
    cacheKey: 'partial',
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
  const metadata = { resourceVersion: String(revision), creationTimestamp: null };
  return { kind, apiVersion, metadata: annotations === undefined ? metadata : { ...metadata, annotations } };
}

type IncludeObject = 'None' | 'Metadata' | 'Object';

function tableView(info: ResourceInfo, include: string | null, now: () => number): View {
  const included = parseInclude(include);
  const row = (object: ApiObject): unknown => ({
    cells: rowOf(info.kind, info.version, object, now()),
    ...(included === 'None' ? {} : { object: rowObject(object, included) }),
  });
  const head = (meta: unknown): string =>
    JSON.stringify({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: meta,
      columnDefinitions: tableColumns(info.kind, info.version),
    });
  const table = (rows: readonly unknown[], meta: unknown): string =>
    `${head(meta).slice(0, -1)},"rows":${JSON.stringify(rows)}}`;
  const type = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const single = (object: ApiObject): string =>
    table([row(object)], { resourceVersion: object.metadata.resourceVersion ?? '' });
  return {
    contentType: type,
    streamType: `${type};stream=watch`,
    cacheKey: `table/${apiVersionOf(info.kind.group, info.version)}/${included}`,
    entry: (entry) => single(decodeEntry(info, entry)),
    object: single,
    list: (entries, meta) =>
      listText(head(meta), 'rows', entries, (entry) => JSON.stringify(row(decodeEntry(info, entry)))),
    event: (entry) => single(decodeEntry(info, entry)),
    bookmark: (revision, annotations) => {
      const meta = bookmarkObject('PartialObjectMetadata', 'meta.k8s.io/v1', revision, annotations);
      return table([{ cells: [], object: meta }], { resourceVersion: String(revision) });
    },
  };
}

function rowObject(object: ApiObject, included: IncludeObject): unknown {
  if (included === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function parseInclude(value: string | null): IncludeObject {
  if (value === null || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`includeObject: Unsupported value: "${value}": supported values: "Metadata", "None", "Object"`);
}
