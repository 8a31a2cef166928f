import type { Cluster, Cluster_RefreshRate } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { Address } from '@weft/proto/envoy/config/core/v3/address';
import type { DnsResolutionConfig, DnsResolverOptions } from '@weft/proto/envoy/config/core/v3/resolver';
import type { CaresDnsResolverConfig } from '@weft/proto/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver';
import type { GetAddrInfoDnsResolverConfig } from '@weft/proto/envoy/extensions/network/dns_resolver/getaddrinfo/v3/getaddrinfo_dns_resolver';
import { compileDurationMs, compileOptionalMs } from '../compile/matchers/duration.ts';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { compileAddress, type SocketAddressRuntime } from '../config/address.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import type { ResolverRuntime } from './resolver-runtime.ts';

const NO_TCP = 'Node.js asks by UDP, and by TCP when an answer is cut off: leave it out';

/** What is supported of DNS. */
export const DNS_SUPPORT = [
  supports<Cluster_RefreshRate>('envoy.config.cluster.v3.Cluster.RefreshRate', {
    baseInterval: true,
    maxInterval: true,
  }),
  supports<DnsResolutionConfig>('envoy.config.core.v3.DnsResolutionConfig', {
    resolvers: true,
    dnsResolverOptions: true,
  }),
  supports<DnsResolverOptions>('envoy.config.core.v3.DnsResolverOptions', {
    useTcpForDnsLookups: NO_TCP,
    noDefaultSearchDomain: true,
  }),
  supports<CaresDnsResolverConfig>('envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', {
    resolvers: true,
    dnsResolverOptions: true,
    useResolversAsFallback: 'resolvers are used instead of those of the system',
    filterUnroutableFamilies: 'use dns_lookup_family',
    udpMaxQueries: withoutEffect('Node.js decides when it opens a new UDP socket'),
    edns0MaxPayloadSize: 'the resolver has no such option: leave it out',
    maxUdpChannelDuration: 'the resolver has no such option: leave it out',
    qcacheMaxTtl: 'the resolver has no such option: leave it out',
    queryTimeoutSeconds: 'the resolver has no such option: leave it out',
    queryTries: 'the resolver has no such option: leave it out',
    reinitChannelOnTimeout: 'the resolver has no such option: leave it out',
    rotateNameservers: 'the resolver has no such option: leave it out',
  }),
  supports<GetAddrInfoDnsResolverConfig>(
    'envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig',
    {
      numResolverThreads: 'the resolver has no such option: leave it out',
      numRetries: 'the resolver has no such option: leave it out',
    },
  ),
];

/** Which families of addresses are asked for. */
export type LookupFamily = 'auto' | 'v4Only' | 'v6Only' | 'v4Preferred' | 'all';

/** How a cluster resolves its names. */
export interface DnsRuntime {
  readonly family: LookupFamily;
  readonly refreshMs: number;
  /** After a failure, growing from base to maximum; undefined to keep to `refreshMs`. */
  readonly failureRefresh: { readonly baseMs: number; readonly maxMs: number } | undefined;
  /** Whether the time to live of an answer counts instead of `refreshMs`. */
  readonly respectsTtl: boolean;
  readonly resolver: ResolverRuntime;
}

/** All resolvers. */
export const DNS_RESOLVERS: ExtensionCategory<ResolverRuntime> = {
  name: 'envoy.network.dns_resolver',
  what: 'DNS resolver',
  supported: [
    {
      name: 'envoy.network.dns_resolver.cares',
      typeName: 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      compile: (message, path, context) => {
        const { resolvers, dnsResolverOptions } = message as CaresDnsResolverConfig;
        return compileServers(resolvers, dnsResolverOptions, `${path}.resolvers`, context);
      },
    },
    {
      name: 'envoy.network.dns_resolver.getaddrinfo',
      typeName: 'envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig',
      compile: () => Object.freeze({ kind: 'system' }),
    },
  ],
  refused: {},
};

/** By the number of DnsLookupFamily. */
const FAMILIES: readonly LookupFamily[] = ['auto', 'v4Only', 'v6Only', 'v4Preferred', 'all'];
const DEFAULT_REFRESH_MS = 5000;

/** Compiles how a cluster resolves names; undefined when there was a problem. */
export function compileDns(cluster: Cluster, base: string, context: ConfigContext): DnsRuntime | undefined {
  const before = context.problems.count;
  const refreshMs = compileOptionalMs(cluster.dnsRefreshRate, `${base}dns_refresh_rate`, context) ?? DEFAULT_REFRESH_MS;
  const failureRefresh = compileRefreshRate(
    cluster.dnsFailureRefreshRate,
    refreshMs,
    `${base}dns_failure_refresh_rate`,
    context,
  );
  const resolver = compileResolver(cluster, base, context);
  if (resolver === undefined || context.problems.count !== before) return undefined;
  const family = FAMILIES[cluster.dnsLookupFamily] ?? 'auto';
  return Object.freeze({ family, refreshMs, failureRefresh, respectsTtl: cluster.respectDnsTtl, resolver });
}

function compileRefreshRate(
  message: Cluster_RefreshRate | undefined,
  refreshMs: number,
  path: string,
  context: ConfigContext,
): DnsRuntime['failureRefresh'] {
  if (message?.baseInterval === undefined) return undefined;
  const baseMs = compileDurationMs(message.baseInterval, `${path}.base_interval`, context) ?? refreshMs;
  const maxMs = compileOptionalMs(message.maxInterval, `${path}.max_interval`, context) ?? baseMs * 10;
  if (maxMs < baseMs) context.problems.add(path, 'max_interval must be greater than or equal to base_interval');
  return Object.freeze({ baseMs, maxMs });
}

function compileResolver(cluster: Cluster, base: string, context: ConfigContext): ResolverRuntime | undefined {
  const own = compileDnsResolver(cluster, base, context);
  if (own !== 'none') return own;
  const { dnsResolvers } = cluster;
  if (dnsResolvers.length > 0) return compileServers(dnsResolvers, undefined, `${base}dns_resolvers`, context);
  return context.defaultResolver ?? HOST_SERVERS;
}

/** The servers of the host. */
const HOST_SERVERS: ResolverRuntime = Object.freeze({ kind: 'servers', servers: [], usesSearchDomains: true });

/** The fields by which a cluster, or the bootstrap for all of them, says who resolves names. */
type ResolverFields = Pick<Cluster, 'typedDnsResolverConfig' | 'dnsResolutionConfig'>;

/** Compiles who resolves names; `none` where nothing is said, undefined when there was a problem. */
export function compileDnsResolver(
  { typedDnsResolverConfig: typed, dnsResolutionConfig: config }: ResolverFields,
  base: string,
  context: ConfigContext,
): ResolverRuntime | 'none' | undefined {
  if (typed !== undefined) {
    const holder = { name: typed.name, typedConfig: typed.typedConfig };
    return compileExtension(DNS_RESOLVERS, holder, `${base}typed_dns_resolver_config`, context)?.config;
  }
  if (config === undefined) return 'none';
  return compileServers(config.resolvers, config.dnsResolverOptions, `${base}dns_resolution_config.resolvers`, context);
}

const DNS_PORT = 53;

/** Compiles a list of DNS servers; undefined when there was a problem. */
function compileServers(
  messages: readonly Address[],
  options: DnsResolverOptions | undefined,
  path: string,
  context: ConfigContext,
): ResolverRuntime | undefined {
  const servers = compileList(messages, path, (message, at): SocketAddressRuntime | undefined => {
    const address = compileAddress(message, at, context);
    if (address === undefined) return undefined;
    if (address.kind === 'socket' && address.ip !== undefined) {
      return address.port === 0 ? { ...address, port: DNS_PORT } : address;
    }
    context.problems.add(at, 'a DNS server is given by its IP address');
    return undefined;
  });
  return (
    servers && Object.freeze({ kind: 'servers', servers, usesSearchDomains: options?.noDefaultSearchDomain !== true })
  );
}
