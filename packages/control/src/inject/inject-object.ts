/** Injection of everything that holds pods: pods themselves, and the kinds that make pods from a template. */
import { type ApiObject, isPlainObject, parseApiVersion } from '@weft/api';
import type { SkipReason } from './decide.ts';
import { type InjectionRequest, injectPod } from './inject-pod.ts';
import type { InjectionConfig } from './injection-config.ts';
import type { PodLike } from './pod-types.ts';
import { type Workload, workloadOf } from './workload-of.ts';

/** Where a kind keeps the template of its pods. */
const TEMPLATE_PATHS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Pod: [],
    PodTemplate: ['template'],
    ReplicationController: ['spec', 'template'],
    'apps/Deployment': ['spec', 'template'],
    'apps/ReplicaSet': ['spec', 'template'],
    'apps/StatefulSet': ['spec', 'template'],
    'apps/DaemonSet': ['spec', 'template'],
    'apps.openshift.io/DeploymentConfig': ['spec', 'template'],
    'batch/Job': ['spec', 'template'],
    'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  }),
);

/** What came of one object. */
export interface ObjectOutcome {
  readonly kind: string;
  /** `namespace/name`, or the name alone. */
  readonly name: string;
  readonly outcome:
    | { readonly kind: 'injected'; readonly warnings: readonly string[] }
    | { readonly kind: 'skipped'; readonly reason: SkipReason }
    | { readonly kind: 'refused'; readonly errors: readonly string[]; readonly warnings: readonly string[] }
    /** It makes no pods. */
    | { readonly kind: 'not-concerned' };
}

/** An object after injection: the object itself when nothing was injected. */
export interface InjectedObject {
  readonly object: ApiObject;
  /** One for each object; a `List` has those of its items. */
  readonly outcomes: readonly ObjectOutcome[];
}

/** What is the same for all objects of a run. */
export interface ObjectInjection {
  readonly config: InjectionConfig;
  /** Of objects that name none. */
  readonly defaultNamespace?: string;
  readonly request?: Pick<InjectionRequest, 'proxyConfigs' | 'nodes'>;
}

/** Injects whatever pods an object holds. Never changes `object`. */
export function injectObject(object: ApiObject, injection: ObjectInjection): InjectedObject {
  const items = object['items'];
  if (object.kind.endsWith('List') && Array.isArray(items)) return injectList(object, items, injection);
  const { group } = parseApiVersion(object.apiVersion);
  const path = TEMPLATE_PATHS.get(group === '' ? object.kind : `${group}/${object.kind}`);
  const template = path === undefined ? undefined : memberAt(object, path);
  const about = { kind: object.kind, name: nameOf(object) };
  if (path === undefined || template === undefined) {
    return { object, outcomes: [{ ...about, outcome: { kind: 'not-concerned' } }] };
  }
  const { config, defaultNamespace = 'default', request = {} } = injection;
  const namespace = textOf(object.metadata.namespace) ?? defaultNamespace;
  const pod = path.length === 0 ? (object as PodLike) : (template as PodLike);
  const workload = path.length === 0 ? workloadOf(pod, namespace) : ownWorkload(object, namespace);
  const result = injectPod({ ...request, pod, namespace: { name: namespace }, workload }, config);
  if (result.kind !== 'injected') return { object, outcomes: [{ ...about, outcome: result }] };
  const { pod: injected, warnings } = result;
  return {
    object: withMemberAt(object, path, injected) as ApiObject,
    outcomes: [{ ...about, outcome: { kind: 'injected', warnings } }],
  };
}

function injectList(object: ApiObject, items: readonly unknown[], injection: ObjectInjection): InjectedObject {
  const outcomes: ObjectOutcome[] = [];
  const injected = items.map((item) => {
    if (!isApiObject(item)) return item;
    const result = injectObject(item, injection);
    outcomes.push(...result.outcomes);
    return result.object;
  });
  const isSame = injected.every((item, i) => item === items[i]);
  return { object: isSame ? object : { ...object, items: injected }, outcomes };
}

function isApiObject(item: unknown): item is ApiObject {
  return (
    isPlainObject(item) &&
    typeof item['apiVersion'] === 'string' &&
    typeof item['kind'] === 'string' &&
    isPlainObject(item['metadata'])
  );
}

function ownWorkload({ apiVersion, kind, metadata }: ApiObject, namespace: string): Workload {
  return { apiVersion, kind, name: textOf(metadata.name) ?? '', namespace };
}

function nameOf({ metadata }: ApiObject): string {
  const name = textOf(metadata.name) ?? textOf(metadata.generateName) ?? '<no name>';
  const namespace = textOf(metadata.namespace);
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Files hold anything. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function memberAt(object: unknown, path: readonly string[]): Record<string, unknown> | undefined {
  let value = object;
  for (const name of path) value = isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return isPlainObject(value) ? value : undefined;
}

function withMemberAt(object: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const members = object as Readonly<Record<string, unknown>>;
  return { ...members, [name]: withMemberAt(members[name], rest, value) };
}
