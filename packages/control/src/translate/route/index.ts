export { clustersOf, routeDestinations } from './destinations.ts';
export { gatewayRouteNames, gatewayRoutes } from './gateway/gateway-routes.ts';
export { type InboundRouteTarget, inboundRoutes } from './inbound-routes.ts';
export { outboundRoutes } from './outbound/outbound-routes.ts';
