export type { AuthorizationFilters } from './authorization.ts';
export { gatewayListeners } from './gateway/gateway-listeners.ts';
export { type ProxyTraits, traitsOf } from './proxy-traits.ts';
export { inboundListeners, outboundListeners } from './sidecar-listeners.ts';
