import type { VirtualCluster } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileHeaderMessages } from '../compile/matchers/header-matcher.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { HeaderMatcher } from '../match/header-matcher.ts';
import type { Trace } from '../trace/trace.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';

/** What is supported of virtual clusters. */
export const VIRTUAL_CLUSTER_SUPPORT = [
  supports<VirtualCluster>('envoy.config.route.v3.VirtualCluster', { headers: true, name: true }),
];

/** A kind of request that has statistics of its own. */
export interface VirtualClusterRuntime {
  readonly name: string;
  readonly headers: readonly HeaderMatcher[];
}

/** Compiles a virtual cluster; undefined when there was a problem. */
export function compileVirtualCluster(
  message: VirtualCluster,
  path: string,
  context: RouteCompileContext,
): VirtualClusterRuntime | undefined {
  if (message.name === '') return isMissing(path, 'name', context);
  if (message.headers.length === 0) return isMissing(path, 'at least one of headers', context);
  const headers = compileHeaderMessages(message.headers, `${path}.headers`, context);
  return headers && Object.freeze({ name: message.name, headers });
}

/** What counts the requests that belong to none of the virtual clusters, where there are some. */
const CATCH_ALL = 'other';

/** The virtual cluster of a request; undefined where the virtual host has none. */
export function findVirtualCluster(
  clusters: readonly VirtualClusterRuntime[],
  request: RequestView,
  trace?: Trace,
): string | undefined {
  if (clusters.length === 0) return undefined;
  const found = clusters.find(({ headers }) => headers.every((matcher) => matcher.matches(request)));
  const name = found?.name ?? CATCH_ALL;
  if (trace !== undefined) {
    const why = found?.headers.map((matcher) => matcher.describe()).join('; ') ?? 'none of the virtual clusters';
    trace.step({ kind: 'virtual_cluster', name, outcome: 'chosen', why });
  }
  return name;
}
