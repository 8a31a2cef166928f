import type { Locality, MeshProxy } from '../../mesh/index.ts';

/** Where a client is: what the endpoints that it is given may depend on. */
export interface ClientView extends Pick<MeshProxy, 'locality' | 'network' | 'cluster' | 'nodeName' | 'labels'> {
  /** The only networks whose endpoints it wants; undefined for all. */
  readonly networks: readonly string[] | undefined;
}

/** The view of a proxy. */
export function clientViewOf({ locality, network, cluster, nodeName, labels, metadata }: MeshProxy): ClientView {
  const asked = metadata['REQUESTED_NETWORK_VIEW'];
  const networks = (typeof asked === 'string' ? asked.split(',') : []).map((name) => name.trim()).filter(Boolean);
  return { locality, network, cluster, nodeName, labels, networks: networks.length === 0 ? undefined : networks };
}

/** Whether two networks reach each other without gateways; one that is not known counts as the same. */
export function isSameNetwork(a: string, b: string): boolean {
  return a === '' || b === '' || a === b;
}

/** `region/zone/subzone` */
export function localityText({ region, zone, subzone }: Locality): string {
  return `${region}/${zone}/${subzone}`;
}

/** Whether a place is within what a rule names: `region`, `region/zone`, `region/*` and so on; empty parts match all. */
export function isWithin({ region, zone, subzone }: Locality, pattern: string): boolean {
  const [wantedRegion = '', wantedZone = '', wantedSubzone = ''] = pattern.split('/');
  const fits = (own: string, wanted: string): boolean => wanted === '*' || own === wanted;
  return (
    fits(region, wantedRegion) &&
    (wantedZone === '' || fits(zone, wantedZone)) &&
    (wantedSubzone === '' || fits(subzone, wantedSubzone))
  );
}
