/**
 * The OpenAPI v3 document of one group and version: what kubectl reads for `explain`, `apply`, `diff` and `edit`. It
 * looks for an operation by its group, version and kind, for the query parameters of writes (fieldValidation, dryRun),
 * and for the kind among the components.
 */
import { type AnyKind, apiVersionOf, type KindRegistry, schemaOf } from '../kind/index.ts';
import { type Json, type JsonObject, object, string } from '../schema/index.ts';
import { componentName } from './component-names.ts';
import { deleteOptions, listMeta, patch, status, watchEvent } from './meta-schemas.ts';
import { operationPaths } from './operations.ts';
import { OpenApiWriter } from './to-openapi.ts';

/** Built once per registry and version: a registry never changes. */
const documents = new WeakMap<KindRegistry, Map<string, string>>();

/** The document of a group and version as JSON text; undefined when no kind has that version. */
export function openApiDocument(registry: KindRegistry, group: string, version: string): string | undefined {
  let byVersion = documents.get(registry);
  if (byVersion === undefined) {
    byVersion = new Map();
    documents.set(registry, byVersion);
  }
  const key = apiVersionOf(group, version);
  let text = byVersion.get(key);
  if (text === undefined) {
    const kinds = registry.kinds.filter((kind) => kind.group === group && isServed(kind, version));
    if (kinds.length === 0) return undefined;
    text = JSON.stringify(buildDocument(kinds, version));
    byVersion.set(key, text);
  }
  return text;
}

/** The index at `/openapi/v3`: where the document of each version is; the hash changes with the document. */
export function openApiIndex(registry: KindRegistry): JsonObject {
  const paths: JsonObject = {};
  for (const kind of registry.kinds) {
    for (const { name } of kind.versions) {
      const key = kind.group === '' ? `api/${name}` : `apis/${kind.group}/${name}`;
      if (paths[key] !== undefined || !isServed(kind, name)) continue;
      const text = openApiDocument(registry, kind.group, name)!;
      paths[key] = { serverRelativeURL: `/openapi/v3/${key}?hash=${hashOf(text)}` };
    }
  }
  return { paths };
}

function isServed(kind: AnyKind, version: string): boolean {
  return kind.versions.some((v) => v.name === version && v.isServed !== false);
}

function buildDocument(kinds: readonly AnyKind[], version: string): JsonObject {
  const writer = new OpenApiWriter('document');
  const paths: JsonObject = {};
  for (const shared of [listMeta, status, deleteOptions, patch, watchEvent]) writer.write(shared);
  for (const kind of kinds) {
    writeKind(writer, kind, version);
    Object.assign(paths, operationPaths(kind, version));
  }
  const schemas: Json = Object.fromEntries([...writer.components].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { openapi: '3.0.0', info: { title: 'Weft', version: 'unversioned' }, paths, components: { schemas } };
}

function writeKind(writer: OpenApiWriter, kind: AnyKind, version: string): void {
  const name = componentName(kind, version);
  const gvk = { group: kind.group, version, kind: kind.kind };
  writer.component(name, () => ({
    ...writer.write(schemaOf(kind, version)),
    'x-kubernetes-group-version-kind': [gvk],
  }));
  if (kind.verbs !== undefined && !kind.verbs.includes('list')) return;
  const listSchema = object(`A list of ${kind.kind} objects.`, {
    apiVersion: string('Version of the API that the list is written in.'),
    kind: string(`${kind.listKind}.`),
    metadata: listMeta,
  });
  writer.component(`${name}List`, () => {
    const written = writer.write(listSchema);
    const items = { description: 'The objects.', type: 'array', items: { $ref: `#/components/schemas/${name}` } };
    return {
      ...written,
      properties: { ...(written['properties'] as JsonObject), items },
      required: ['items'],
      'x-kubernetes-group-version-kind': [{ ...gvk, kind: kind.listKind }],
    };
  });
}

/** FNV-1a over the text, twice with different seeds: a fingerprint for caches, not a signature. */
function hashOf(text: string): string {
  return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x01000193);
}

function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).toUpperCase().padStart(8, '0');
}
