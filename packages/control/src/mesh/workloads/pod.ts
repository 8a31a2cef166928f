/** From a Pod to a workload. */
import { emptyRecord } from '../collections/record.ts';
import type { EndpointHealth, Locality, MeshObject, MeshSettings, Workload } from '../model/index.ts';
import { statelessRef } from '../names/object-ref.ts';
import { identityOf, tlsModeOf } from './identity.ts';
import { localityOfLabels, UNKNOWN_LOCALITY } from './locality.ts';
import { networkOf } from './network.ts';

type Pod = MeshObject<'Pod'>;

const TEMPLATE_HASH_LABEL = 'pod-template-hash';
const SCHEDULED_TIME = /-\d{8,10}$/;

/** The workload of a pod; none while it has no address, and when it has ended. */
export function workloadFromPod(
  pod: Pod,
  nodeLocality: Locality | undefined,
  settings: MeshSettings,
): Workload | undefined {
  const { namespace = '', name = '', labels = {} } = pod.metadata;
  const addresses = addressesOf(pod);
  const phase = pod.status?.phase;
  if (addresses.length === 0 || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const serviceAccount = pod.spec?.serviceAccountName ?? '';
  return Object.freeze({
    source: statelessRef('Pod', pod),
    namespace,
    name,
    ...ownerOf(pod),
    addresses,
    labels,
    serviceAccount,
    identity: identityOf(settings.trustDomain, namespace, serviceAccount),
    tlsMode: tlsModeOf(labels, 'disabled'),
    health: healthOf(pod),
    locality: localityOfLabels(labels) ?? nodeLocality ?? UNKNOWN_LOCALITY,
    network: networkOf(labels, addresses[0]!, settings),
    nodeName: pod.spec?.nodeName ?? '',
    weight: 1,
    ports: containerPorts(pod),
  });
}

function addressesOf({ status }: Pod): readonly string[] {
  const all = new Set((status?.podIPs ?? []).map(({ ip }) => ip));
  const first = status?.podIP ?? '';
  if (first !== '') all.add(first);
  return Object.freeze([...all].filter((ip) => ip !== ''));
}

function healthOf({ metadata, status }: Pod): EndpointHealth {
  const isReady = (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (!isReady) return 'unhealthy';
  return metadata.deletionTimestamp === undefined ? 'ready' : 'draining';
}

/** Name and kind of what people know the pod by: the Deployment, not its ReplicaSet; the CronJob, not its Job. */
function ownerOf({ metadata }: Pod): Pick<Workload, 'workloadName' | 'workloadKind'> {
  const owner = (metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner === undefined) return { workloadName: metadata.name ?? '', workloadKind: 'Pod' };
  const hash = metadata.labels?.[TEMPLATE_HASH_LABEL];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { workloadName: owner.name.slice(0, -hash.length - 1), workloadKind: 'Deployment' };
  }
  if (owner.kind === 'Job' && SCHEDULED_TIME.test(owner.name)) {
    return { workloadName: owner.name.replace(SCHEDULED_TIME, ''), workloadKind: 'CronJob' };
  }
  return { workloadName: owner.name, workloadKind: owner.kind };
}

/** Numbers of named ports; sidecars that are init containers have some too. */
function containerPorts({ spec }: Pod): Readonly<Record<string, number>> {
  const ports = emptyRecord<number>();
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...(spec?.containers ?? []), ...sidecars]) {
    for (const { name = '', containerPort, protocol } of container.ports ?? []) {
      if (name !== '' && (protocol ?? 'TCP') === 'TCP') ports[name] ??= containerPort;
    }
  }
  return Object.freeze(ports);
}
