/** From a Service of Kubernetes to a service of the mesh. */
import type { DeepReadonly } from '@weft/core';
import type { MeshObject, MeshService, MeshServicePort, MeshSettings } from '../model/index.ts';
import { serviceHostname } from '../names/hosts.ts';
import { selectorOrAll } from '../names/labels.ts';
import { createdAtMs, refOf } from '../names/object-ref.ts';
import { visibilityOf } from '../names/visibility.ts';
import { protocolOfPort } from './protocol.ts';
import { trafficDistributionOf } from './traffic-distribution.ts';

/** The annotation that takes the place of `exportTo`, separated by commas. */
export const EXPORT_TO_ANNOTATION = 'networking.istio.io/exportTo';

type Service = MeshObject<'Service'>;
type Spec = NonNullable<Service['spec']>;

const NO_ADDRESS = 'None';
const NOTHING: readonly string[] = Object.freeze([]);

/** The service that a Service defines. */
export function serviceFromKubernetes(object: Service, { options, config }: MeshSettings): MeshService {
  const { namespace = '', name = '', labels = {}, annotations } = object.metadata;
  const spec: Spec = object.spec ?? {};
  const hostname = serviceHostname(name, namespace, options.clusterDomain);
  const isAlias = spec.type === 'ExternalName' && (spec.externalName ?? '') !== '';
  const addresses = isAlias ? NOTHING : clusterIps(spec);
  const selector = selectorOrAll(spec.selector);
  const service: MeshService = {
    key: `${namespace}/${hostname}`,
    hostname,
    namespace,
    name,
    registry: 'kubernetes',
    sources: Object.freeze([refOf('Service', object)]),
    createdAtMs: createdAtMs(object),
    ports: Object.freeze((spec.ports ?? []).map(portFrom)),
    resolution: isAlias ? 'alias' : 'client-side',
    isMeshExternal: isAlias,
    isHeadless: !isAlias && addresses.length === 0,
    addresses,
    clusterAddresses: addresses.length === 0 ? {} : { [options.cluster]: addresses },
    autoAddresses: NOTHING,
    externalAddresses: externalAddresses(object),
    ...(spec.type === undefined ? {} : { type: spec.type }),
    ...(isAlias ? { aliasOf: spec.externalName!.toLowerCase().replace(/\.$/, '') } : {}),
    labels,
    ...(selector === undefined || isAlias ? {} : { selector }),
    visibility: visibilityOf(exportTo(annotations), namespace, config.defaultServiceExportTo ?? NOTHING),
    trafficDistribution: trafficDistributionOf(annotations, spec.trafficDistribution),
    isNodeLocal: spec.internalTrafficPolicy === 'Local',
    publishesNotReady: spec.publishNotReadyAddresses === true,
    subjectAltNames: NOTHING,
  };
  return Object.freeze(service);
}

function clusterIps({ clusterIP = '', clusterIPs }: Spec): readonly string[] {
  const all = clusterIPs ?? [clusterIP];
  return Object.freeze(all.filter((ip) => ip !== '' && ip !== NO_ADDRESS));
}

function exportTo(annotations: Readonly<Record<string, string>> | undefined): readonly string[] | undefined {
  const text = annotations?.[EXPORT_TO_ANNOTATION];
  if (text === undefined) return undefined;
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function portFrom(port: DeepReadonly<NonNullable<Spec['ports']>[number]>, index: number): MeshServicePort {
  const { name = '', port: number, protocol: transport, appProtocol, targetPort } = port;
  const isUnset = targetPort === undefined || targetPort === 0 || targetPort === '';
  return Object.freeze({
    name,
    number,
    protocol: protocolOfPort({ number, name, transport, appProtocol }),
    targetPort: isUnset ? number : targetPort,
    path: `spec.ports[${index}]`,
  });
}

function externalAddresses({ spec, status }: Service): readonly string[] {
  const found = new Set(spec?.externalIPs ?? []);
  for (const { ip = '', hostname = '' } of status?.loadBalancer?.ingress ?? []) {
    if (ip !== '') found.add(ip);
    else if (hostname !== '') found.add(hostname);
  }
  return Object.freeze([...found]);
}
