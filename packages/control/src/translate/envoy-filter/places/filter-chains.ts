/** Filter chains of listeners, their filters, and the filters of the HTTP connection managers among those. */
import { VIRTUAL_INBOUND_NAME } from '../../names/listener-name.ts';
import type { ProxyResources } from '../../resources.ts';
import { type MessageJson, textIn } from '../merge-json.ts';
import type { Patch, PatchMatch } from '../patch.ts';
import { type ListPatch, patchList } from '../patch-list.ts';
import {
  listIn,
  mapSame,
  ORDERED,
  type PatchPlace,
  type PatchWork,
  rowPatch,
  UNORDERED,
  withField,
} from '../patch-place.ts';
import { isForListener } from './listeners.ts';
import { isSameFilter } from './names.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const CHAIN = 'envoy.config.listener.v3.FilterChain';
const NETWORK_FILTER = 'envoy.config.listener.v3.Filter';
const HTTP_FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter';

/** The name of the filter that speaks HTTP, and the type of its message at the end of its URL. */
export const HTTP_MANAGER = 'envoy.filters.network.http_connection_manager';
const HTTP_MANAGER_TYPE = '.HttpConnectionManager';

/** Behind which an added filter of a class stands, and before which. */
const CLASSES: Readonly<Record<string, { readonly after: RegExp } | { readonly before: RegExp }>> = {
  AUTHN: { after: /\.(?:jwt_authn|istio_authn)$/ },
  AUTHZ: { after: /\.(?:jwt_authn|istio_authn|rbac|ext_authz)$/ },
  STATS: { before: /\.router$/ },
};

/** FILTER_CHAIN */
export const filterChainPlace: PatchPlace = {
  applyTo: 'FILTER_CHAIN',
  typeName: CHAIN,
  operations: UNORDERED,
  apply: (resources, work) =>
    editListeners(resources, work, (listener) => {
      const isNamed = work.patch.match.listener?.filterChain !== undefined;
      const isTarget = (chain: MessageJson) => isForChain(work.patch.match, chain, listener);
      const row = rowPatch(work.patch, CHAIN, { isNamed, isTarget });
      const chains = listIn(listener, 'filterChains');
      const after = patchList(chains, row);
      const withChains = after === chains ? listener : withField(listener, 'filterChains', after);
      const fallback = listener['defaultFilterChain'];
      if (fallback === undefined || work.patch.operation === 'ADD') return withChains;
      const [changed] = patchList([fallback as MessageJson], row);
      return changed === fallback ? withChains : replaceDefault(withChains, changed);
    }),
};

/** NETWORK_FILTER */
export const networkFilterPlace: PatchPlace = {
  applyTo: 'NETWORK_FILTER',
  typeName: NETWORK_FILTER,
  operations: [...ORDERED, 'REPLACE'],
  apply: (resources, work) => {
    const wanted = work.patch.match.listener?.filterChain?.filter?.name ?? '';
    const row = rowPatch(work.patch, NETWORK_FILTER, {
      isNamed: wanted !== '',
      isTarget: ({ name }) => wanted === '' || isSameFilter(name, wanted),
      // The last one takes the connection over: behind it a filter would see nothing, and Envoy refuses that.
      addAt: (filters) => Math.max(filters.length - 1, 0),
    });
    return editChains(resources, work, (chain) => {
      const before = listIn(chain, 'filters');
      const after = patchList(before, row);
      return after === before ? chain : withField(chain, 'filters', after);
    });
  },
};

/** HTTP_FILTER */
export const httpFilterPlace: PatchPlace = {
  applyTo: 'HTTP_FILTER',
  typeName: HTTP_FILTER,
  operations: [...ORDERED, 'REPLACE'],
  apply: (resources, work) => {
    const row = httpRow(work);
    return editManagers(resources, work, (manager) => {
      const before = listIn(manager, 'httpFilters');
      const after = patchList(before, row);
      return after === before ? manager : withField(manager, 'httpFilters', after);
    });
  },
};

function httpRow({ patch }: PatchWork): ListPatch {
  const wanted = patch.match.listener?.filterChain?.filter?.subFilter?.name ?? '';
  return rowPatch(patch, HTTP_FILTER, {
    isNamed: wanted !== '',
    isTarget: ({ name }) => wanted === '' || isSameFilter(name, wanted),
    addAt: (filters) => placeOf(patch.filterClass, filters),
  });
}

function placeOf(filterClass: Patch['filterClass'], filters: readonly MessageJson[]): number {
  const place = CLASSES[filterClass] ?? { before: /\.router$/ };
  const isThere = (name: RegExp) => (filter: MessageJson) => name.test(textIn(filter, 'name'));
  if ('after' in place) return filters.findLastIndex(isThere(place.after)) + 1;
  const at = filters.findIndex(isThere(place.before));
  return at === -1 ? filters.length : at;
}

/** The connection managers that a patch is for, changed. */
export function editManagers(
  resources: ProxyResources,
  work: PatchWork,
  change: (manager: MessageJson) => MessageJson,
): ProxyResources {
  const wanted = work.patch.match.listener?.filterChain?.filter?.name ?? '';
  if (wanted !== '' && !isSameFilter(wanted, HTTP_MANAGER)) return resources;
  return editChains(resources, work, (chain) => {
    const filters = listIn(chain, 'filters');
    const after = mapSame(filters, (filter) => {
      const config = filter['typedConfig'] as MessageJson | undefined;
      if (config === undefined || !textIn(config, '@type').endsWith(HTTP_MANAGER_TYPE)) return filter;
      return withField(filter, 'typedConfig', change(config));
    });
    return after === filters ? chain : withField(chain, 'filters', after);
  });
}

function editChains(
  resources: ProxyResources,
  work: PatchWork,
  change: (chain: MessageJson) => MessageJson,
): ProxyResources {
  const { match } = work.patch;
  return editListeners(resources, work, (listener) => {
    const changeIfMeant = (chain: MessageJson) => (isForChain(match, chain, listener) ? change(chain) : chain);
    const chains = listIn(listener, 'filterChains');
    const after = mapSame(chains, changeIfMeant);
    const withChains = after === chains ? listener : withField(listener, 'filterChains', after);
    const fallback = listener['defaultFilterChain'] as MessageJson | undefined;
    return fallback === undefined ? withChains : withField(withChains, 'defaultFilterChain', changeIfMeant(fallback));
  });
}

function editListeners(
  resources: ProxyResources,
  { patch, proxy, edit }: PatchWork,
  change: (listener: MessageJson) => MessageJson,
): ProxyResources {
  const listeners = mapSame(resources.listeners, (listener) =>
    isForListener(patch, listener, proxy, true) ? edit(LISTENER, listener, change) : listener,
  );
  return listeners === resources.listeners ? resources : { ...resources, listeners };
}

function replaceDefault(listener: MessageJson, chain: MessageJson | undefined): MessageJson {
  const { defaultFilterChain: _before, ...rest } = listener;
  return chain === undefined ? rest : { ...rest, defaultFilterChain: chain };
}

function isForChain({ listener: match = {} }: PatchMatch, chain: MessageJson, listener: MessageJson): boolean {
  const { filterChain: wanted = {}, portNumber = 0 } = match;
  const {
    destinationPort,
    serverNames = [],
    transportProtocol = '',
    applicationProtocols = [],
  } = (chain['filterChainMatch'] ?? {}) as {
    readonly destinationPort?: number;
    readonly serverNames?: readonly string[];
    readonly transportProtocol?: string;
    readonly applicationProtocols?: readonly string[];
  };
  if (portNumber !== 0 && listener['name'] === VIRTUAL_INBOUND_NAME && destinationPort !== portNumber) return false;
  const { name = '', sni = '', transportProtocol: transport = '', applicationProtocols: protocols = '' } = wanted;
  const port = wanted.destinationPort ?? 0;
  return (
    (name === '' || name === chain['name']) &&
    (sni === '' || serverNames.includes(sni)) &&
    (transport === '' || transport === transportProtocol) &&
    (protocols === '' || protocols.split(',').every((one) => applicationProtocols.includes(one.trim()))) &&
    (port === 0 || port === destinationPort)
  );
}
