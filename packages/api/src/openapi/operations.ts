/** The paths and operations that an OpenAPI document lists for one kind. */
import type { AnyKind } from '../kind/index.ts';
import type { Json, JsonObject } from '../schema/index.ts';
import { componentName, META_PACKAGE } from './component-names.ts';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** One verb of the API and how HTTP says it. */
interface Verb {
  readonly verb: string;
  readonly method: Method;
  readonly action: string;
  /** Addresses one object rather than all. */
  readonly isOne: boolean;
  readonly query: readonly string[];
  readonly body: 'none' | 'object' | 'patch' | 'delete';
  readonly answer: 'object' | 'list' | 'status';
}

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'];

const VERBS: readonly Verb[] = [
  { verb: 'list', method: 'get', action: 'list', isOne: false, query: LIST, body: 'none', answer: 'list' },
  { verb: 'create', method: 'post', action: 'post', isOne: false, query: WRITE, body: 'object', answer: 'object' },
  {
    verb: 'deletecollection',
    method: 'delete',
    action: 'deletecollection',
    isOne: false,
    query: [...DELETE, 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion'],
    body: 'delete',
    answer: 'status',
  },
  { verb: 'get', method: 'get', action: 'get', isOne: true, query: [], body: 'none', answer: 'object' },
  { verb: 'update', method: 'put', action: 'put', isOne: true, query: WRITE, body: 'object', answer: 'object' },
  {
    verb: 'patch',
    method: 'patch',
    action: 'patch',
    isOne: true,
    query: [...WRITE, 'force'],
    body: 'patch',
    answer: 'object',
  },
  { verb: 'delete', method: 'delete', action: 'delete', isOne: true, query: DELETE, body: 'delete', answer: 'status' },
];

const QUERY_TYPES: Readonly<Record<string, 'boolean' | 'integer'>> = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  limit: 'integer',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** All paths of a kind in a version. */
export function operationPaths(kind: AnyKind, version: string): JsonObject {
  const root = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`;
  const isNamespaced = kind.scope === 'Namespaced';
  const all = `${root}${isNamespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
  const paths: JsonObject = {};
  const verbs = VERBS.filter((v) => kind.verbs === undefined || kind.verbs.includes(v.verb));
  addPath(
    paths,
    all,
    kind,
    version,
    verbs.filter((v) => !v.isOne),
  );
  addPath(
    paths,
    `${all}/{name}`,
    kind,
    version,
    verbs.filter((v) => v.isOne),
  );
  if (isNamespaced)
    addPath(
      paths,
      `${root}/${kind.plural}`,
      kind,
      version,
      verbs.filter((v) => v.verb === 'list'),
    );
  if (kind.hasStatus === true) {
    const partly = verbs.filter((v) => v.isOne && v.verb !== 'delete');
    addPath(paths, `${all}/{name}/status`, kind, version, partly);
  }
  return paths;
}

function addPath(paths: JsonObject, path: string, kind: AnyKind, version: string, verbs: readonly Verb[]): void {
  if (verbs.length === 0) return;
  const item: JsonObject = {};
  for (const verb of verbs) item[verb.method] = operation(kind, version, verb, path);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  if (names.length > 0) {
    item['parameters'] = names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    }));
  }
  paths[path] = item;
}

function operation(kind: AnyKind, version: string, verb: Verb, path: string): JsonObject {
  // Kubernetes has no PATCH by strategic merge for kinds that are defined by users.
  const patchTypes = kind.isBuiltin === true ? PATCH_TYPES : PATCH_TYPES.filter((t) => !t.includes('strategic'));
  const self = componentName(kind, version);
  const answer = verb.answer === 'status' ? `${META_PACKAGE}Status` : verb.answer === 'list' ? `${self}List` : self;
  const out: JsonObject = {
    operationId: operationId(kind, version, verb, path),
    tags: [`${kind.group === '' ? 'core' : kind.group}_${version}`],
    'x-kubernetes-action': verb.action,
    'x-kubernetes-group-version-kind': { group: kind.group, version, kind: kind.kind },
    parameters: verb.query.map(queryParameter),
    responses: { '200': { description: 'OK', content: content(['application/json'], answer) } },
  };
  if (verb.body === 'object') out['requestBody'] = { required: true, content: content(['application/json'], self) };
  if (verb.body === 'patch')
    out['requestBody'] = { required: true, content: content(patchTypes, `${META_PACKAGE}Patch`) };
  if (verb.body === 'delete')
    out['requestBody'] = { content: content(['application/json'], `${META_PACKAGE}DeleteOptions`) };
  return out;
}

function operationId(kind: AnyKind, version: string, verb: Verb, path: string): string {
  const part = path.endsWith('/status') ? 'Status' : '';
  const scope = path.includes('{namespace}') ? 'Namespaced' : kind.scope === 'Namespaced' ? 'AllNamespaces' : '';
  const group = kind.group.replaceAll(/[^A-Za-z0-9]/g, '');
  return `${verb.verb}${group}${version}${scope}${kind.kind}${part}`;
}

function content(types: readonly string[], component: string): JsonObject {
  const schema: Json = { $ref: `#/components/schemas/${component}` };
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function queryParameter(name: string): JsonObject {
  return { name, in: 'query', schema: { type: QUERY_TYPES[name] ?? 'string', uniqueItems: true } };
}
