/** The services that a namespace sees. */
import type { MeshService, ServiceRegistry } from '../model/index.ts';
import { byAge } from '../names/object-ref.ts';
import { memoByPart } from './memo.ts';
import { indexByVisibility, visibleIn } from './visible.ts';

const indexOf = memoByPart((registry: ServiceRegistry) => {
  const oldestFirst = [...registry.services.values()].toSorted((a, b) =>
    byAge({ createdAtMs: a.createdAtMs, ref: a.sources[0]! }, { createdAtMs: b.createdAtMs, ref: b.sources[0]! }),
  );
  return indexByVisibility(oldestFirst, (service) => service);
});

/** All services that a namespace sees; several may have one hostname. */
export function visibleServices(registry: ServiceRegistry, namespace: string): readonly MeshService[] {
  return visibleIn(indexOf(registry, ''), namespace);
}

/**
 * One service of each hostname: the first, except that a Service of Kubernetes takes the place of others, so that nobody
 * can take over its name in advance.
 */
export function onePerHostname(services: readonly MeshService[]): Map<string, MeshService> {
  const byHostname = new Map<string, MeshService>();
  for (const service of services) {
    const before = byHostname.get(service.hostname);
    const takesOver = before?.registry !== 'kubernetes' && service.registry === 'kubernetes';
    if (before === undefined || takesOver) byHostname.set(service.hostname, service);
  }
  return byHostname;
}
