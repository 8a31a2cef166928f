/** Gateways by which workloads in other networks are reached. */
import { isIp } from '@weft/core';
import { type Finding, type MeshService, type MeshSnapshot, resolveHost } from '../../mesh/index.ts';
import { compareText } from '../../mesh/names/object-ref.ts';
import { findingAt } from '../finding-at.ts';
import type { Memo } from '../memo.ts';
import { SIDECAR_PORT } from '../names/ports.ts';
import { TOPOLOGY_LABEL } from './locality-setting.ts';

/** A gateway: it takes mutual TLS and passes it on by server name. */
export interface NetworkGateway {
  readonly network: string;
  readonly address: string;
  readonly port: number;
}

/** All gateways. */
export interface NetworkGateways {
  /** Network to its gateways, sorted; networks without any are reached directly. */
  readonly byNetwork: ReadonlyMap<string, readonly NetworkGateway[]>;
  /** Every number of gateways divides it: weights are multiplied by it, so that they can be shared out. */
  readonly scale: number;
  /** The same for the same gateways: services come and go, gateways stay. */
  readonly key: string;
  readonly findings: readonly Finding[];
}

/** Label of the Service of a gateway: which of its ports takes connections for other networks. */
const PORT_LABEL = 'networking.istio.io/gatewayPort';

/** The gateways of a mesh: those that its networks list, and those of Services that are labelled as such. */
export function networkGateways(
  { settings, registry }: Pick<MeshSnapshot, 'settings' | 'registry'>,
  memo: Memo,
): NetworkGateways {
  return memo.get('endpoints.gateways', [settings, registry], () => {
    const findings: Finding[] = [];
    const found = [...listed({ settings, registry }, findings), ...labelled(registry)];
    const byKey = new Map(found.map((one) => [`${one.network} ${one.address} ${one.port}`, one]));
    const byNetwork = new Map<string, NetworkGateway[]>();
    for (const key of [...byKey.keys()].toSorted(compareText)) {
      const gateway = byKey.get(key)!;
      const known = byNetwork.get(gateway.network);
      if (known === undefined) byNetwork.set(gateway.network, [gateway]);
      else known.push(gateway);
    }
    const scale = [...byNetwork.values()].reduce((total, { length }) => leastCommonMultiple(total, length), 1);
    return Object.freeze({ byNetwork, scale, key: JSON.stringify([...byNetwork]), findings });
  });
}

function listed(
  { settings, registry }: Pick<MeshSnapshot, 'settings' | 'registry'>,
  findings: Finding[],
): NetworkGateway[] {
  const { networks, options, source } = settings;
  return Object.entries(networks.networks ?? {}).flatMap(([network, { gateways = [] }]) =>
    gateways.flatMap(({ address = '', registryServiceName = '', port = 0 }, i) => {
      const place = `data.meshNetworks.networks.${network}.gateways[${i}]`;
      if (registryServiceName !== '') {
        const host = resolveHost(registryServiceName, options.systemNamespace, options.clusterDomain);
        const services = registry.byHostname.get(host) ?? [];
        return services.flatMap((service) => atAddresses(network, externalIps(service), port));
      }
      if (isIp(address)) return atAddresses(network, [address], port);
      if (source !== undefined) {
        const message = `the gateway ${JSON.stringify(address)} is left out: its name is not looked up, give an IP address or registryServiceName`;
        findings.push(findingAt('UnsupportedField', source, place, message));
      }
      return [];
    }),
  );
}

function labelled(registry: MeshSnapshot['registry']): NetworkGateway[] {
  const found: NetworkGateway[] = [];
  for (const service of registry.services.values()) {
    const network = service.labels[TOPOLOGY_LABEL.network] ?? '';
    if (network === '' || service.registry !== 'kubernetes') continue;
    const port = Number(service.labels[PORT_LABEL] ?? SIDECAR_PORT.autoPassthrough);
    if (service.ports.some(({ number }) => number === port)) {
      found.push(...atAddresses(network, externalIps(service), port));
    }
  }
  return found;
}

function externalIps({ externalAddresses }: MeshService): readonly string[] {
  return externalAddresses.filter(isIp);
}

function atAddresses(network: string, addresses: readonly string[], port: number): NetworkGateway[] {
  return addresses.map((address) => ({ network, address, port: port === 0 ? SIDECAR_PORT.autoPassthrough : port }));
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}
