/** The VirtualServices that a namespace sees, by gateway. */
import { getOrAdd } from '../collections/get-or-add.ts';
import { MESH_GATEWAY } from '../config/gateway-name.ts';
import type { ConfigIndex, MeshSnapshot, VirtualServiceIr } from '../model/index.ts';
import { byAge } from '../names/object-ref.ts';
import { memoByPart } from './memo.ts';
import { indexByVisibility, type VisibleIndex, visibleIn } from './visible.ts';

type All = ConfigIndex['virtualServices'];

const indexesOf = memoByPart((all: All): ReadonlyMap<string, VisibleIndex<VirtualServiceIr>> => {
  const byGateway = new Map<string, VirtualServiceIr[]>();
  for (const service of [...all.values()].toSorted(byAge)) {
    for (const gateway of service.gateways) getOrAdd(byGateway, gateway, () => []).push(service);
  }
  const read = ({ ref, visibility }: VirtualServiceIr) => ({ namespace: ref.namespace, visibility });
  return new Map(Array.from(byGateway, ([gateway, services]) => [gateway, indexByVisibility(services, read)]));
});

/**
 * VirtualServices for a gateway (`namespace/name`, or `mesh`) that a namespace sees, in order of precedence: its own private
 * ones, those exported to it, public ones; each oldest first.
 */
export function virtualServicesFor(
  { config }: Pick<MeshSnapshot, 'config'>,
  namespace: string,
  gateway: string = MESH_GATEWAY,
): readonly VirtualServiceIr[] {
  const index = indexesOf(config.virtualServices, '').get(gateway);
  return index === undefined ? [] : visibleIn(index, namespace);
}
