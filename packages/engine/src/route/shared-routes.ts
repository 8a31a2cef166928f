import type { VirtualHost } from '@weft/proto/envoy/config/route/v3/route_components';
import type { RouteList } from './route-list.ts';

/**
 * Route lists of one configuration by what they were compiled from. Thousands of virtual hosts often say the same, and what is compiled once for
 * all of them stays in the processor's caches, whichever host is asked for.
 */
export type SharedRoutes = Map<string, RouteList>;

/** Configuration of filters may come with state, such as a bucket of tokens, which each place in the configuration has for itself. */
const STATEFUL = 'typedPerFilterConfig';

/**
 * The same text for virtual hosts whose routes do the same: of the routes, and of all that they inherit. Undefined where routes are not shared.
 */
export function sharingKey(host: VirtualHost): string | undefined {
  if (host.matcher !== undefined || !isEmpty(host.typedPerFilterConfig)) return undefined;
  let isShared = true;
  const key = JSON.stringify(
    [
      host.routes,
      host.requestHeadersToAdd,
      host.requestHeadersToRemove,
      host.responseHeadersToAdd,
      host.responseHeadersToRemove,
      host.requestMirrorPolicies,
      host.retryPolicy,
      host.hedgePolicy,
      host.perRequestBufferLimitBytes,
      host.requestBodyBufferLimit,
    ],
    (name, value: unknown) => {
      if (name === STATEFUL && !isEmpty(value)) isShared = false;
      return tell(value);
    },
  );
  return isShared ? key : undefined;
}

/** What JSON has no form for; a field has one type, so that no text of another value is the same. */
function tell(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? value.join() : value;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(value as object).length === 0;
}
