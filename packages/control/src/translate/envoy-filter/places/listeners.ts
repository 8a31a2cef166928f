/** Listeners, and the filters that look at connections before a chain is chosen. */
import type { MeshProxy } from '../../../mesh/index.ts';
import { VIRTUAL_INBOUND_NAME } from '../../names/listener-name.ts';
import type { MessageJson } from '../merge-json.ts';
import { isOnSide, type Patch, type Side } from '../patch.ts';
import { patchList } from '../patch-list.ts';
import {
  listIn,
  mapSame,
  ORDERED,
  type PatchPlace,
  patchResources,
  rowPatch,
  UNORDERED,
  withField,
} from '../patch-place.ts';
import { isSameFilter } from './names.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const LISTENER_FILTER = 'envoy.config.listener.v3.ListenerFilter';

/** The side of a proxy that a listener is on. */
export function sideOf(listener: object, { type }: MeshProxy): Side {
  if (type === 'router') return 'GATEWAY';
  const { trafficDirection } = listener as MessageJson;
  return trafficDirection === 'INBOUND' ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND';
}

/** Whether the patch is for a listener; chains of the one for all that comes in have ports of their own. */
export function isForListener(patch: Patch, listener: object, proxy: MeshProxy, hasChainPorts: boolean): boolean {
  const { name, address } = listener as MessageJson;
  const { portNumber, name: wanted = '' } = patch.match.listener ?? {};
  if (!isOnSide(patch, sideOf(listener, proxy)) || (wanted !== '' && wanted !== name)) return false;
  if (portNumber === undefined || portNumber === 0 || (hasChainPorts && name === VIRTUAL_INBOUND_NAME)) return true;
  const { socketAddress } = (address ?? {}) as { readonly socketAddress?: { readonly portValue?: number } };
  return socketAddress?.portValue === portNumber;
}

/** LISTENER */
export const listenerPlace: PatchPlace = {
  applyTo: 'LISTENER',
  typeName: LISTENER,
  operations: UNORDERED,
  apply: (resources, work) => {
    const isTarget = (listener: object) => isForListener(work.patch, listener, work.proxy, false);
    const listeners = patchResources(resources.listeners, LISTENER, work, isTarget);
    return listeners === resources.listeners ? resources : { ...resources, listeners };
  },
};

/** LISTENER_FILTER */
export const listenerFilterPlace: PatchPlace = {
  applyTo: 'LISTENER_FILTER',
  typeName: LISTENER_FILTER,
  operations: [...ORDERED, 'REPLACE'],
  apply: (resources, { patch, proxy, edit }) => {
    const { listenerFilter = '' } = patch.match.listener ?? {};
    const row = rowPatch(patch, LISTENER_FILTER, {
      isNamed: listenerFilter !== '',
      isTarget: ({ name }) => listenerFilter === '' || isSameFilter(name, listenerFilter),
    });
    const listeners = mapSame(resources.listeners, (listener) =>
      isForListener(patch, listener, proxy, false)
        ? edit(LISTENER, listener, (json) => {
            const before = listIn(json, 'listenerFilters');
            const after = patchList(before, row);
            return after === before ? json : withField(json, 'listenerFilters', after);
          })
        : listener,
    );
    return listeners === resources.listeners ? resources : { ...resources, listeners };
  },
};
