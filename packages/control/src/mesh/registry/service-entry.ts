/** From a ServiceEntry to services of the mesh: one for each of its hosts. */
import { isIp } from '@weft/core';
import type { MeshObject, MeshService, MeshServicePort, MeshSettings, Resolution } from '../model/index.ts';
import { isWildcard } from '../names/hosts.ts';
import { createdAtMs, refOf } from '../names/object-ref.ts';
import { visibilityOf } from '../names/visibility.ts';
import { protocolOfField } from './protocol.ts';
import { trafficDistributionOf } from './traffic-distribution.ts';

type ServiceEntry = MeshObject<'ServiceEntry'>;
type Spec = ServiceEntry['spec'];

const NOTHING: readonly string[] = Object.freeze([]);

const RESOLUTIONS: Readonly<Record<NonNullable<Spec['resolution']>, Resolution>> = {
  NONE: 'passthrough',
  STATIC: 'client-side',
  DNS: 'dns',
  DNS_ROUND_ROBIN: 'dns-round-robin',
  DYNAMIC_DNS: 'dynamic-dns',
};

/** Label with which an entry refuses to be given addresses. */
const AUTO_ADDRESS_LABEL = 'networking.istio.io/enable-autoallocate-ip';

/** The services that an entry defines, without the addresses that are given out. */
export function servicesFromEntry(object: ServiceEntry, { options, config }: MeshSettings): readonly MeshService[] {
  const { namespace = '', labels = {}, annotations } = object.metadata;
  const { spec } = object;
  const ports = Object.freeze((spec.ports ?? []).map(portFrom));
  const addresses = Object.freeze((spec.addresses ?? []).filter((address) => address !== ''));
  const selector = spec.workloadSelector === undefined ? undefined : (spec.workloadSelector.labels ?? {});
  const sources = Object.freeze([refOf('ServiceEntry', object)]);
  const common = {
    namespace,
    registry: 'external',
    sources,
    createdAtMs: createdAtMs(object),
    ports,
    resolution: RESOLUTIONS[spec.resolution ?? 'NONE'],
    isMeshExternal: spec.location !== 'MESH_INTERNAL',
    isHeadless: false,
    addresses,
    clusterAddresses: addresses.length === 0 ? {} : { [options.cluster]: addresses },
    autoAddresses: NOTHING,
    externalAddresses: NOTHING,
    labels,
    ...(selector === undefined ? {} : { selector }),
    visibility: visibilityOf(spec.exportTo, namespace, config.defaultServiceExportTo ?? NOTHING),
    trafficDistribution: trafficDistributionOf(annotations),
    isNodeLocal: false,
    publishesNotReady: false,
    subjectAltNames: Object.freeze(spec.subjectAltNames ?? NOTHING),
  } as const;
  const hostnames = new Set(spec.hosts.map((host) => host.toLowerCase()));
  return Object.freeze(
    Array.from(hostnames, (hostname): MeshService => {
      return Object.freeze({ key: `${namespace}/${hostname}`, hostname, name: hostname, ...common });
    }),
  );
}

function portFrom(port: NonNullable<Spec['ports']>[number], index: number): MeshServicePort {
  const { name, number, protocol, targetPort = 0 } = port;
  return Object.freeze({
    name,
    number,
    protocol: protocolOfField(protocol, { number, name }),
    targetPort: targetPort === 0 ? number : targetPort,
    path: `spec.ports[${index}]`,
  });
}

/** Whether the hosts of an entry are given addresses, so that proxies can tell them apart by address. */
export function wantsAddresses({ metadata, spec }: ServiceEntry): boolean {
  if (metadata.labels?.[AUTO_ADDRESS_LABEL]?.toLowerCase() === 'false') return false;
  return (spec.resolution ?? 'NONE') !== 'NONE' && (spec.addresses ?? []).length === 0;
}

/** Hosts of an entry that are given addresses: names, which can be looked up. */
export function hostsForAddresses({ spec }: ServiceEntry): readonly string[] {
  const names = spec.hosts.map((host) => host.toLowerCase()).filter((host) => !isWildcard(host) && !isIp(host));
  return [...new Set(names)];
}
