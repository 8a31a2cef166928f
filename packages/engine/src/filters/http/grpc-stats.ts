import type { GrpcMethodList, GrpcMethodList_Service } from '@weft/proto/envoy/config/core/v3/grpc_method_list';
import type { FilterConfig } from '@weft/proto/envoy/extensions/filters/http/grpc_stats/v3/config';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';

const TYPE = 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig';

/** What is supported of the filter. */
export const GRPC_STATS_SUPPORT = [
  supports<FilterConfig>(TYPE, {
    emitFilterState: true,
    perMethodStatSpecifier: { individualMethodStatsAllowlist: true, statsForAllMethods: true },
    enableUpstreamStats: true,
    replaceDotsInGrpcServiceName: true,
  }),
  supports<GrpcMethodList>('envoy.config.core.v3.GrpcMethodList', { services: true }),
  supports<GrpcMethodList_Service>('envoy.config.core.v3.GrpcMethodList.Service', { name: true, methodNames: true }),
];

/** Counted for the upstream cluster under `grpc.`, or `grpc.<service>.<method>.` for methods that are counted one by one. */
export const GRPC_STATS = {
  counters: ['success', 'failure', 'total', 'request_message_count', 'response_message_count'],
} as const;

/** As GRPC_STATS, where the upstream's time is measured too. */
export const GRPC_UPSTREAM_STATS = { histograms: { upstream_rq_time: 'ms' } } as const;

/** A compiled filter. */
export interface GrpcStatsRuntime {
  /** `/service/method` of what is counted one by one; undefined for everything. Other calls are counted together. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly leavesFilterState: boolean;
  readonly measuresUpstream: boolean;
  /** Whether dots in service names become `_`, so that they do not part the names of statistics. */
  readonly replacesDots: boolean;
}

/** Counts gRPC calls and their messages. */
export const GRPC_STATS_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.grpc_stats',
  typeName: TYPE,
  compile: (message): GrpcStatsRuntime => {
    const { perMethodStatSpecifier: given, ...config } = message as FilterConfig;
    return Object.freeze({
      methods: methodsOf(given),
      leavesFilterState: config.emitFilterState,
      measuresUpstream: config.enableUpstreamStats,
      replacesDots: config.replaceDotsInGrpcServiceName,
    });
  },
};

function methodsOf(given: FilterConfig['perMethodStatSpecifier']): ReadonlySet<string> | undefined {
  if (given.case === 'statsForAllMethods') return given.value ? undefined : new Set();
  const services = given.value?.services ?? [];
  return new Set(services.flatMap(({ name, methodNames }) => methodNames.map((method) => `/${name}/${method}`)));
}

/** The part of a call's statistics that comes after `grpc.`; empty for calls that are counted together. */
export function grpcStatPrefix({ methods, replacesDots }: GrpcStatsRuntime, path: string): string {
  const query = path.indexOf('?');
  const plain = query === -1 ? path : path.slice(0, query);
  const found = /^\/([^/]+)\/([^/]+)$/.exec(plain);
  if (found === null || (methods !== undefined && !methods.has(plain))) return '';
  const service = replacesDots ? found[1]!.replaceAll('.', '_') : found[1]!;
  return `${service}.${found[2]!}.`;
}
