// Make before break (xDS, "Eventual consistency considerations"): what is used comes before what uses it and goes after it.
import { resourceTypes, typeUrls } from '../../protocol/resource-types.ts';

const { cluster, endpoints, listener, scopedRoute, route, virtualHost, extension, secret } = typeUrls;

/**
 * Types that may name resources of a type. Those are removed only when all of these are settled: routes that used a cluster have been
 * accepted without it, and so on. Endpoints and secrets of a cluster stay until it is gone itself. There is no circle in it, or what is on
 * the circle would never go.
 */
const users: ReadonlyMap<string, readonly string[]> = new Map([
  [cluster, [listener, scopedRoute, route, virtualHost, extension]],
  [endpoints, [cluster]],
  [secret, [cluster, listener]],
  [extension, [listener, route]],
  [virtualHost, [route]],
  [route, [listener, scopedRoute]],
  [scopedRoute, [listener]],
]);

/**
 * Types that wait while new resources of another type are not accepted yet. Envoy holds the answer to clusters back until they are warm,
 * so that a server can wait with the routes to them. Endpoints, secrets and extensions never wait: warming may depend on them.
 */
const providers: ReadonlyMap<string, readonly string[]> = new Map(
  [listener, scopedRoute, route, virtualHost].map((typeUrl) => [typeUrl, [cluster]]),
);

const NONE: readonly string[] = Object.freeze([]);

/** Types whose resources may name those of the given one. */
export function usersOf(typeUrl: string): readonly string[] {
  return users.get(typeUrl) ?? NONE;
}

/** Types whose new resources have to be accepted before the given type goes out. */
export function providersOf(typeUrl: string): readonly string[] {
  return providers.get(typeUrl) ?? NONE;
}

const sendOrder: ReadonlyMap<string, number> = new Map(resourceTypes.map(({ typeUrl }, index) => [typeUrl, index]));

/** Compares types by the order in which they are sent; those that the protocol has no rules for come last. */
export function compareSendOrder(a: string, b: string): number {
  return (sendOrder.get(a) ?? sendOrder.size) - (sendOrder.get(b) ?? sendOrder.size);
}
