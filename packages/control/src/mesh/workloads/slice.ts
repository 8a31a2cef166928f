/** From an EndpointSlice to endpoints. */

import type { DeepReadonly } from '@weft/core';
import { ipFamily } from '@weft/core';
import { emptyRecord } from '../collections/record.ts';
import type {
  Endpoint,
  EndpointHealth,
  Locality,
  MeshObject,
  MeshSettings,
  ObjectRef,
  SliceEndpoints,
  Workload,
} from '../model/index.ts';
import { keepEqualItems } from '../names/keep-equal.ts';
import { statelessRef } from '../names/object-ref.ts';
import { type EndpointFacts, endpointAt } from './endpoint.ts';
import { UNKNOWN_LOCALITY } from './locality.ts';
import { networkOf } from './network.ts';

type Slice = MeshObject<'EndpointSlice'>;
type SliceEndpoint = DeepReadonly<NonNullable<Slice['endpoints']>[number]>;

const SERVICE_LABEL = 'kubernetes.io/service-name';
const NO_ZONES: readonly string[] = Object.freeze([]);
const NO_LABELS = Object.freeze({});

/** What a slice is read with. */
export interface SliceContext {
  readonly settings: MeshSettings;
  readonly pods: { get(key: string): Workload | undefined };
  podAt(address: string): Workload | undefined;
  readonly nodes: { get(name: string): Locality | undefined };
  /** Whether the service takes endpoints that are not ready. */
  readonly publishesNotReady: boolean;
}

/** The Service that a slice belongs to, as `namespace/name`; none for slices of something else. */
export function serviceOfSlice({ metadata }: Slice): string | undefined {
  const name = metadata.labels?.[SERVICE_LABEL] ?? '';
  return name === '' ? undefined : `${metadata.namespace ?? ''}/${name}`;
}

/** The endpoints of a slice; none for slices of names, which Kubernetes does not resolve either. */
export function readSlice(
  slice: Slice,
  previous: SliceEndpoints | undefined,
  context: SliceContext,
): SliceEndpoints | undefined {
  const service = serviceOfSlice(slice);
  if (service === undefined || slice.addressType === 'FQDN') return undefined;
  const source = statelessRef('EndpointSlice', slice);
  const ports = portsOf(slice);
  const namespace = slice.metadata.namespace ?? '';
  const uses = new Set<string>();
  const endpoints: Endpoint[] = [];
  for (const one of slice.endpoints ?? []) {
    const address = one.addresses[0];
    if (address === undefined || ipFamily(address) === undefined) continue;
    const podKey = podKeyOf(one, namespace);
    uses.add(podKey ?? `@${address}`);
    const workload = podKey === undefined ? context.podAt(address) : context.pods.get(podKey);
    const facts = { address, ports, source, cluster: context.settings.options.cluster, ...factsOf(one, context) };
    endpoints.push(
      workload === undefined ? unknownEndpoint(one, namespace, facts, context) : endpointAt(workload, facts),
    );
  }
  return Object.freeze({
    service,
    family: slice.addressType === 'IPv6' ? 6 : 4,
    endpoints: keepEqualItems(previous?.endpoints, endpoints, ({ address }) => address),
    uses: Object.freeze([...uses].toSorted()),
  });
}

function portsOf({ ports = [] }: Slice): Readonly<Record<string, number>> {
  const byName = emptyRecord<number>();
  for (const { name = '', port, protocol } of ports) {
    if (port !== undefined && (protocol ?? 'TCP') === 'TCP') byName[name] = port;
  }
  return Object.freeze(byName);
}

function podKeyOf({ targetRef }: SliceEndpoint, namespace: string): string | undefined {
  if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) return undefined;
  return `${targetRef.namespace ?? namespace}/${targetRef.name}`;
}

function factsOf(
  one: SliceEndpoint,
  { publishesNotReady }: SliceContext,
): { health: EndpointHealth; hostname: string; hintedZones: readonly string[] } {
  const zones = (one.hints?.forZones ?? []).map(({ name }) => name);
  return {
    health: publishesNotReady ? 'ready' : healthOf(one),
    hostname: one.hostname ?? '',
    hintedZones: zones.length === 0 ? NO_ZONES : Object.freeze(zones),
  };
}

/** Unknown counts as ready, and as serving; only one that is ending can drain. */
function healthOf({ conditions = {} }: SliceEndpoint): EndpointHealth {
  const { ready = true, serving = true, terminating = false } = conditions;
  if (ready) return 'ready';
  return serving && terminating ? 'draining' : 'unhealthy';
}

/** An endpoint that is no pod of ours: written by hand, or by a controller of another kind. */
function unknownEndpoint(
  one: SliceEndpoint,
  namespace: string,
  facts: EndpointFacts & { readonly address: string; readonly source: ObjectRef },
  { nodes, settings }: SliceContext,
): Endpoint {
  const nodeName = one.nodeName ?? '';
  const place = nodes.get(nodeName);
  const locality = place ?? (one.zone === undefined ? UNKNOWN_LOCALITY : { region: '', zone: one.zone, subzone: '' });
  const nobody: Workload = {
    source: facts.source,
    namespace,
    name: '',
    workloadName: '',
    workloadKind: '',
    addresses: [facts.address],
    labels: NO_LABELS,
    serviceAccount: '',
    identity: '',
    tlsMode: 'disabled',
    health: 'ready',
    locality: Object.freeze(locality),
    network: networkOf(undefined, facts.address, settings),
    nodeName,
    weight: 1,
    ports: {},
  };
  return endpointAt(nobody, facts);
}
