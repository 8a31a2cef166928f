/** What is kept of objects: a control plane holds all of a cluster, and most of a Pod is no business of the mesh. */
import type { ApiObject, kubernetes } from '@weft/api';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what writers keep in it for themselves. */
export function withoutBookkeeping(object: ApiObject): ApiObject {
  const { managedFields, annotations, ...metadata } = object.metadata;
  if (managedFields === undefined && annotations?.[LAST_APPLIED] === undefined) return object;
  const { [LAST_APPLIED]: _applied, ...kept } = annotations ?? {};
  return { ...object, metadata: annotations === undefined ? metadata : { ...metadata, annotations: kept } };
}

/** What places and names a Pod, and says how it is. */
export function keepPod(object: ApiObject): ApiObject {
  const { spec, status, ...rest } = withoutBookkeeping(object) as unknown as kubernetes.core.Pod;
  const { phase, podIP, podIPs, hostIP, conditions } = status ?? {};
  return {
    ...rest,
    spec: spec && {
      ...pick(spec, ['serviceAccountName', 'nodeName', 'hostNetwork', 'hostname', 'subdomain', 'readinessGates']),
      containers: spec.containers?.map(keepContainer),
      initContainers: spec.initContainers?.map(keepContainer),
    },
    status: { phase, podIP, podIPs, hostIP, conditions },
  } as unknown as ApiObject;
}

/** A node is a place. */
export function keepNode(object: ApiObject): ApiObject {
  const { metadata, status, ...rest } = withoutBookkeeping(object) as unknown as kubernetes.core.Node;
  const { addresses, nodeInfo } = status ?? {};
  return { ...rest, metadata, spec: undefined, status: { addresses, nodeInfo } } as unknown as ApiObject;
}

type Container = NonNullable<NonNullable<kubernetes.core.Pod['spec']>['containers']>[number];

function keepContainer({ name, image, ports }: Container): object {
  return { name, image, ports };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<T> {
  const kept: Partial<T> = {};
  for (const key of keys) if (from[key] !== undefined) kept[key] = from[key];
  return kept;
}
