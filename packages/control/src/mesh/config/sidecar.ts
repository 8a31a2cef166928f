/** Reads Sidecars (SEMANTICS 37). */
import { getOrAdd } from '../collections/get-or-add.ts';
import type { EgressIr, EgressListenerSpec, ImportedHosts, MeshObject, SidecarIr } from '../model/index.ts';
import { selectorOrAll } from '../names/labels.ts';
import { byAge, createdAtMs, refOf, ruleRef } from '../names/object-ref.ts';

const EXCLUDES = '~';

/** What an object says. */
export function parseSidecar(object: MeshObject<'Sidecar'>): SidecarIr {
  const { spec = {} } = object;
  const ref = refOf('Sidecar', object);
  const selector = selectorOrAll(spec.workloadSelector?.labels);
  const egress = (spec.egress ?? []).map((listener: EgressListenerSpec, i): EgressIr => {
    const hosts = parseImportedHosts(listener.hosts);
    return Object.freeze({ spec: listener, hosts, source: ruleRef(ref, `spec.egress[${i}]`) });
  });
  return Object.freeze({
    ref,
    createdAtMs: createdAtMs(object),
    ...(selector === undefined ? {} : { workloadSelector: selector }),
    ingress: spec.ingress ?? [],
    egress: Object.freeze(egress),
    ...(spec.outboundTrafficPolicy === undefined ? {} : { outboundTrafficPolicy: spec.outboundTrafficPolicy }),
    ...(spec.inboundConnectionPool === undefined ? {} : { inboundConnectionPool: spec.inboundConnectionPool }),
  });
}

/** Sidecars of a namespace in the order in which they are tried: those for some workloads first, then oldest first. */
export function bySelectorAndAge(a: SidecarIr, b: SidecarIr): number {
  return Number(a.workloadSelector === undefined) - Number(b.workloadSelector === undefined) || byAge(a, b);
}

/** Sorts `namespace/host` entries by namespace; `~` alone imports nothing, and before a namespace it takes out. */
export function parseImportedHosts(entries: readonly string[]): ImportedHosts {
  const included = new Map<string, string[]>();
  const excluded = new Map<string, string[]>();
  for (const entry of entries) {
    const slash = entry.indexOf('/');
    const written = entry.slice(0, Math.max(slash, 0));
    if (written === EXCLUDES) continue;
    const isExcluded = written.startsWith(EXCLUDES);
    const name = isExcluded ? written.slice(EXCLUDES.length) : written;
    const target = isExcluded ? excluded : included;
    getOrAdd(target, name, () => []).push(entry.slice(slash + 1).toLowerCase());
  }
  return Object.freeze({ included: toRecord(included), excluded: toRecord(excluded) });
}

function toRecord(map: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, readonly string[]>> {
  return Object.freeze(Object.fromEntries(map));
}
