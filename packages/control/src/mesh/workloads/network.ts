/** In which network an address is. */
import { type Cidr, cidrContains, parseCidr, parseIp } from '@weft/core';
import type { MeshSettings } from '../model/index.ts';
import { NETWORK_LABEL } from '../settings/build-settings.ts';

interface NetworkRanges {
  readonly ranges: readonly { readonly cidr: Cidr; readonly network: string }[];
  readonly ofCluster: string;
}

/** Settings to their ranges, parsed when first asked for. */
const rangesOf = new WeakMap<MeshSettings, NetworkRanges>();

/** The network of a workload: what its label says, else that of the cluster, else what the ranges of the mesh say. */
export function networkOf(
  labels: Readonly<Record<string, string>> | undefined,
  address: string,
  settings: MeshSettings,
): string {
  const own = labels?.[NETWORK_LABEL] ?? '';
  if (own !== '') return own;
  if (settings.defaultNetwork !== '') return settings.defaultNetwork;
  const { ranges, ofCluster } = parsedRanges(settings);
  if (ranges.length > 0) {
    const ip = parseIp(address);
    const found = ip === undefined ? undefined : ranges.find(({ cidr }) => cidrContains(cidr, ip));
    if (found !== undefined) return found.network;
  }
  return ofCluster;
}

function parsedRanges(settings: MeshSettings): NetworkRanges {
  let found = rangesOf.get(settings);
  if (found === undefined) {
    found = parseRanges(settings);
    rangesOf.set(settings, found);
  }
  return found;
}

function parseRanges({ networks, options }: MeshSettings): NetworkRanges {
  const ranges: { cidr: Cidr; network: string }[] = [];
  let ofCluster = '';
  for (const [network, { endpoints = [] }] of Object.entries(networks.networks ?? {})) {
    for (const { fromCidr, fromRegistry } of endpoints) {
      const cidr = fromCidr === undefined ? undefined : parseCidr(fromCidr);
      if (cidr !== undefined) ranges.push({ cidr, network });
      if (fromRegistry === options.cluster) ofCluster = network;
    }
  }
  // The narrowest range decides.
  return { ranges: ranges.toSorted((a, b) => b.cidr.prefixLength - a.cidr.prefixLength), ofCluster };
}
