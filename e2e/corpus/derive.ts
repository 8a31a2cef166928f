/** Makes the expectation of a recorded answer: what the client relies on, without what differs from run to run. */
import { INCLUDES, type Pattern } from './pattern.ts';

type Json = Pattern;
type JsonObject = { readonly [field: string]: Json };

const PATTERNS_BY_FIELD: Readonly<Record<string, Pattern>> = {
  uid: '<uid>',
  resourceVersion: '<revision>',
  token: '<token>',
  continue: '<text>',
  'kubectl.kubernetes.io/last-applied-configuration': '<text>',
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const AGE = /^(\d+[smh]){1,2}$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/;
const SERVICE_IP = /^10\.96\.\d+\.\d+$/;

/** Groups whose discovery is checked kind by kind; others may come and go with the server's versions. */
const CHECKED_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'example.com', 'networking.istio.io']);

/** The pattern of an answer's body. */
export function derive(body: unknown): Pattern {
  if (!isObject(body)) return generalize(body as Json);
  const kind = textOf(body['kind']);
  if (body['openapi'] !== undefined) return deriveOpenApi(body);
  if (kind === 'APIGroupDiscoveryList') return deriveAggregated(body);
  if (kind === 'APIGroupList') return { kind, groups: { [INCLUDES]: names(body['groups']) } };
  if (kind === 'APIResourceList')
    return { kind, groupVersion: body['groupVersion']!, resources: { [INCLUDES]: names(body['resources']) } };
  if (kind === 'Table') return deriveTable(body);
  if (isObject(body['paths'])) return { paths: deriveKeys(body['paths']) };
  if (Array.isArray(body['items'])) return { ...pick(body, 'kind', 'apiVersion'), items: body['items'].map(briefly) };
  if (body['gitVersion'] !== undefined) return pick(body, 'major', 'minor');
  return generalize(body);
}

/** The pattern of one event of a watch. */
export function deriveEvent(event: unknown): Pattern {
  const { type, object } = event as { readonly type: string; readonly object: JsonObject };
  if (type === 'BOOKMARK') return { type, object: generalize(object) };
  return { type, object: object['kind'] === 'Table' ? deriveTable(object) : briefly(object) };
}

function deriveOpenApi(body: JsonObject): Pattern {
  const paths = body['paths'] as JsonObject;
  const named = Object.keys(paths).filter((path) => /\{name\}$/.test(path));
  return {
    openapi: body['openapi']!,
    paths: Object.fromEntries(named.map((path) => [path, deriveKeys(paths[path] as JsonObject)])),
  };
}

function deriveAggregated(body: JsonObject): Pattern {
  const items = (body['items'] as readonly JsonObject[]).map((group) => {
    const metadata = group['metadata'] as JsonObject;
    const name = textOf(metadata['name']);
    const versions = (group['versions'] as readonly JsonObject[]).map((version) => {
      const resources = (version['resources'] as readonly JsonObject[]).map((resource) =>
        pick(resource, 'resource', 'responseKind', 'scope', 'verbs'),
      );
      return {
        version: version['version']!,
        ...(CHECKED_GROUPS.has(name) ? { resources: { [INCLUDES]: resources } } : {}),
      };
    });
    return { metadata: pick(metadata, 'name'), versions };
  });
  return { ...pick(body, 'kind', 'apiVersion'), items: { [INCLUDES]: items } };
}

function deriveTable(body: JsonObject): Pattern {
  const columns = (body['columnDefinitions'] ?? []) as readonly JsonObject[];
  const rows = (body['rows'] ?? []) as readonly JsonObject[];
  const columnDefinitions = columns.map((column) => pick(column, 'name', 'type', 'priority'));
  return {
    ...pick(body, 'kind', 'apiVersion'),
    ...(columns.length === 0 ? {} : { columnDefinitions }),
    rows: rows.map((row) => ({ cells: (row['cells'] as readonly Json[]).map(cell), object: briefly(row['object']!) })),
  };
}

function cell(value: Json): Pattern {
  return typeof value === 'string' && AGE.test(value) ? '<age>' : generalize(value);
}

/** Enough of an object to know which one it is. */
function briefly(value: Json): Pattern {
  const object = value as JsonObject;
  return {
    ...pick(object, 'kind', 'apiVersion'),
    metadata: pick(object['metadata'] as JsonObject, 'name', 'namespace'),
  };
}

/** Everything, with forms in place of what differs from run to run. */
function generalize(value: Json, field = ''): Pattern {
  if (Array.isArray(value))
    return field === 'managedFields' ? { [INCLUDES]: value.map(manager) } : value.map((item: Json) => generalize(item));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, generalize(item, name)]));
  }
  if (typeof value !== 'string' || value === '') return value;
  if (PATTERNS_BY_FIELD[field] !== undefined) return PATTERNS_BY_FIELD[field];
  if (TIME.test(value)) return '<time>';
  if (SERVICE_IP.test(value)) return '<service-ip>';
  if (TOKEN_VOLUME.test(value)) return 'kube-api-access-<suffix>';
  return value.replaceAll(UID, '<uid>');
}

function manager(entry: Json): Pattern {
  return pick(entry as JsonObject, 'manager', 'operation', 'subresource');
}

function deriveKeys(object: JsonObject): Pattern {
  return Object.fromEntries(Object.keys(object).map((key) => [key, '<anything>']));
}

function names(items: Json | undefined): Pattern {
  return ((items ?? []) as readonly JsonObject[]).map((item) => pick(item, 'name', 'kind', 'namespaced'));
}

function pick(object: JsonObject, ...fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.filter((field) => object[field] !== undefined).map((field) => [field, object[field]!]),
  );
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
