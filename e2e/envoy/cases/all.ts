import type { EnvoyCase } from '../case.ts';
import { accessLog } from './access-log.ts';
import { compression } from './compression.ts';
import { connectionLogs } from './connection-log.ts';
import { cors } from './cors.ts';
import { csrf } from './csrf.ts';
import { fault } from './fault.ts';
import { filterChains } from './filter-chains.ts';
import { forwarded } from './forwarded.ts';
import { headerMutation } from './header-mutation.ts';
import { headerRules } from './header-rules.ts';
import { healthChecks } from './health-checks.ts';
import { httpFilters } from './http-filters.ts';
import { http1 } from './http1.ts';
import { http2 } from './http2.ts';
import { localRateLimit } from './local-rate-limit.ts';
import { localReplies } from './local-replies.ts';
import { mutualTls } from './mutual-tls.ts';
import { paths } from './paths.ts';
import { proxyProtocol } from './proxy-protocol.ts';
import { rbac } from './rbac.ts';
import { redirects } from './redirects.ts';
import { retries } from './retries.ts';
import { rewrites } from './rewrites.ts';
import { routeConditions } from './route-conditions.ts';
import { routeFormats } from './route-formats.ts';
import { routeHeaders } from './route-headers.ts';
import { routePath } from './route-path.ts';
import { sessions } from './sessions.ts';
import { smuggling } from './smuggling.ts';
import { smugglingHttp2 } from './smuggling-http2.ts';
import { tcp } from './tcp.ts';
import { tcpTunnels } from './tcp-tunnels.ts';
import { timeouts } from './timeouts.ts';
import { upgrades } from './upgrades.ts';
import { virtualHostsCase } from './virtual-hosts.ts';
import { weightedClusters } from './weighted-clusters.ts';

/** Every case; a new one is a file beside this and a line here. */
export const CASES: readonly EnvoyCase[] = [
  accessLog,
  compression,
  connectionLogs,
  cors,
  csrf,
  fault,
  filterChains,
  forwarded,
  headerMutation,
  headerRules,
  healthChecks,
  httpFilters,
  http1,
  http2,
  localRateLimit,
  localReplies,
  mutualTls,
  paths,
  proxyProtocol,
  rbac,
  redirects,
  retries,
  rewrites,
  routeConditions,
  routeFormats,
  routeHeaders,
  routePath,
  sessions,
  smuggling,
  smugglingHttp2,
  tcp,
  tcpTunnels,
  timeouts,
  upgrades,
  virtualHostsCase,
  weightedClusters,
];
