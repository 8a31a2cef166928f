/** Who a client of the control plane is: what it says of itself, what the cluster knows of its pod, and what its identity proves. */
import { err, ok, type Result } from '@weft/core';
import { parseSpiffeId, workloadOf as workloadOfIdentity } from '@weft/identity';
import { type MeshProxy, type MeshSnapshot, workloadOf } from '../mesh/index.ts';

/** What is read of the node of a request. */
export interface ProxyNode {
  readonly id: string;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly locality?: { readonly region: string; readonly zone: string; readonly subZone: string } | undefined;
}

/** The types of proxies, as they stand in front of a node id. */
const TYPES: ReadonlyMap<string, MeshProxy['type']> = new Map(Object.entries({ sidecar: 'sidecar', router: 'router' }));

/**
 * Makes a proxy of `sidecar~10.1.2.3~reviews-v1-abc.default~default.svc.cluster.local` and the metadata beside it. `principal` is the SPIFFE id
 * that the client has proved, if it had to: nobody gets the configuration of a workload that it is not.
 */
export function proxyOfNode(
  node: ProxyNode,
  principal: string | undefined,
  snapshot: MeshSnapshot,
): Result<MeshProxy, string> {
  const [typeName = '', address = '', id = '', ...rest] = node.id.split('~');
  const type = TYPES.get(typeName);
  if (rest.length !== 1 || id === '') {
    return err(`node id ${JSON.stringify(node.id)} is not of the form TYPE~ADDRESS~NAME.NAMESPACE~DOMAIN`);
  }
  if (type === undefined) {
    return err(`proxies of type ${JSON.stringify(typeName)} are not served: types are ${[...TYPES.keys()].join(', ')}`);
  }
  const metadata = node.metadata ?? {};
  const namespace = textOf(metadata['NAMESPACE']) || id.slice(id.lastIndexOf('.') + 1);
  const said: MeshProxy = {
    id,
    type,
    namespace,
    labels: textsOf(metadata['LABELS']),
    addresses: addressesOf(metadata['INSTANCE_IPS'], address),
    serviceAccount: textOf(metadata['SERVICE_ACCOUNT']),
    locality: {
      region: node.locality?.region ?? '',
      zone: node.locality?.zone ?? '',
      subzone: node.locality?.subZone ?? '',
    },
    network: textOf(metadata['NETWORK']),
    cluster: textOf(metadata['CLUSTER_ID']) || snapshot.settings.options.cluster,
    nodeName: textOf(metadata['NODE_NAME']),
    metadata,
  };
  const proxy = completed(said, snapshot);
  const lie = principal === undefined ? undefined : contradiction(proxy, principal);
  return lie === undefined ? ok(Object.freeze(proxy)) : err(lie);
}

/** Where the proxy is not what its identity proves: in what it says, or as the pod that it says it is. */
function contradiction({ id, namespace, serviceAccount }: MeshProxy, principal: string): string | undefined {
  const parsed = parseSpiffeId(principal);
  const proved = parsed.kind === 'ok' ? workloadOfIdentity(parsed.value) : undefined;
  if (proved === undefined) return `${principal} is not the identity of a workload`;
  if (proved.namespace !== namespace) {
    return `node ${id} is in namespace ${JSON.stringify(namespace)}, its identity is ${principal}`;
  }
  if (serviceAccount !== '' && proved.serviceAccount !== serviceAccount) {
    return `node ${id} has the service account ${JSON.stringify(serviceAccount)}, its identity is ${principal}`;
  }
  return undefined;
}

/** The cluster knows better where a pod runs and what its labels are; they may change while it runs. */
function completed(said: MeshProxy, snapshot: MeshSnapshot): MeshProxy {
  const workload = workloadOf(snapshot, said);
  if (workload === undefined) return said;
  const { locality, labels, addresses, network, serviceAccount, nodeName } = workload;
  return {
    ...said,
    labels,
    addresses: addresses.length > 0 ? addresses : said.addresses,
    locality: locality.region === '' ? said.locality : locality,
    network: said.network === '' ? network : said.network,
    serviceAccount: serviceAccount === '' ? said.serviceAccount : serviceAccount,
    nodeName: nodeName === '' ? said.nodeName : nodeName,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** `10.1.2.3,fd00::3`; the address of the node id is one of them. */
function addressesOf(value: unknown, first: string): readonly string[] {
  const listed = textOf(value)
    .split(',')
    .filter((text) => text !== '');
  return first === '' || listed.includes(first) ? listed : [first, ...listed];
}
