/** The services that a namespace sees. */
import type { MeshService, ServiceRegistry } from '../model/index.ts';
import { bySourceAge } from '../names/object-ref.ts';
import { memoByPart } from './memo.ts';
import { indexByVisibility, visibleIn } from './visible.ts';

const indexOf = memoByPart((registry: ServiceRegistry) => {
  const oldestFirst = [...registry.services.values()].toSorted(bySourceAge);
  return indexByVisibility(oldestFirst, (service) => service);
});

/** All services that a namespace sees; several may have one hostname. */
export function visibleServices(registry: ServiceRegistry, namespace: string): readonly MeshService[] {
  return visibleIn(indexOf(registry, ''), namespace);
}

/** Services of which each has another hostname. */
export interface ServicesByHost {
  readonly services: readonly MeshService[];
  readonly byHost: ReadonlyMap<string, MeshService>;
}

/** Prefix of namespaces in the memo, so that none is taken for what all share. */
const OF_NAMESPACE = 'ns/';

/**
 * The services that a namespace sees, one of each hostname. Namespaces that see only what all see share one answer, which is
 * most of them, and most of the work.
 */
export function servicesByHost(registry: ServiceRegistry, namespace: string): ServicesByHost {
  const { own, exported } = indexOf(registry, '');
  return answers(registry, own.has(namespace) || exported.has(namespace) ? `${OF_NAMESPACE}${namespace}` : '');
}

const answers = memoByPart((registry: ServiceRegistry, key): ServicesByHost => {
  const byHost = onePerHostname(visibleServices(registry, key.slice(OF_NAMESPACE.length)));
  return Object.freeze({ services: Object.freeze([...byHost.values()]), byHost });
});

/**
 * One service of each hostname: the first, except that a Service of Kubernetes takes the place of others, so that nobody
 * can take over its name in advance.
 */
function onePerHostname(services: readonly MeshService[]): ReadonlyMap<string, MeshService> {
  const byHostname = new Map<string, MeshService>();
  for (const service of services) {
    const before = byHostname.get(service.hostname);
    const takesOver = before?.registry !== 'kubernetes' && service.registry === 'kubernetes';
    if (before === undefined || takesOver) byHostname.set(service.hostname, service);
  }
  return byHostname;
}
