/** From a WorkloadEntry, or an endpoint in a ServiceEntry, to a workload. */
import type { DeepReadonly } from '@weft/core';
import { emptyRecord } from '../collections/record.ts';
import type { EndpointHealth, MeshObject, MeshSettings, ObjectRef, Workload } from '../model/index.ts';
import { statelessRef } from '../names/object-ref.ts';
import { identityOf, tlsModeOf } from './identity.ts';
import { localityOfLabels, parseLocality, UNKNOWN_LOCALITY } from './locality.ts';
import { networkOf } from './network.ts';

/** Annotation of entries whose proxies report their health. */
const HEALTH_CHECK_ANNOTATION = 'proxy.istio.io/health-checks-enabled';

/** An endpoint outside of Kubernetes as users write it. */
export type EntrySpec = DeepReadonly<MeshObject<'WorkloadEntry'>['spec']>;

/** The workload of a WorkloadEntry. */
export function workloadFromEntry(entry: MeshObject<'WorkloadEntry'>, settings: MeshSettings): Workload {
  const { namespace = '', name = '' } = entry.metadata;
  const labels = { ...entry.metadata.labels, ...entry.spec.labels };
  const source = statelessRef('WorkloadEntry', entry);
  return workloadFromSpec({ ...entry.spec, labels }, { namespace, name, source, health: healthOf(entry), settings });
}

/** What a workload of a spec has beside the spec. */
interface EntryContext {
  readonly namespace: string;
  readonly name: string;
  readonly source: ObjectRef;
  readonly health: EndpointHealth;
  readonly settings: MeshSettings;
}

/** The workload of a spec. */
export function workloadFromSpec(spec: EntrySpec, context: EntryContext): Workload {
  const { namespace, name, source, health, settings } = context;
  const { address = '', labels = {}, serviceAccount = '', weight = 0, network = '', locality = '' } = spec;
  const ownPlace = locality === '' ? localityOfLabels(labels) : parseLocality(locality);
  return Object.freeze({
    source,
    namespace,
    name,
    workloadName: name,
    workloadKind: source.kind,
    addresses: Object.freeze([address]),
    labels,
    serviceAccount,
    identity: identityOf(settings.trustDomain, namespace, serviceAccount),
    // A workload with an account is taken for one with a proxy.
    tlsMode: tlsModeOf(labels, serviceAccount === '' ? 'disabled' : 'istio'),
    health,
    locality: ownPlace ?? UNKNOWN_LOCALITY,
    network: network === '' ? networkOf(labels, address, settings) : network,
    nodeName: '',
    weight: weight === 0 ? 1 : weight,
    ports: Object.freeze(Object.assign(emptyRecord<number>(), spec.ports)),
  });
}

function healthOf({ metadata, status }: MeshObject<'WorkloadEntry'>): EndpointHealth {
  if ((metadata.annotations?.[HEALTH_CHECK_ANNOTATION] ?? '') === '') return 'ready';
  const isHealthy = (status?.conditions ?? []).some(
    ({ type, status: value }) => type === 'Healthy' && value === 'True',
  );
  return isHealthy ? 'ready' : 'unhealthy';
}
