/** The filter chains of one port of a workload. */
import type { TransportSocketJson } from '@weft/proto/envoy/config/core/v3/base';
import type {
  FilterChainJson,
  FilterChainMatchJson,
  FilterJson,
} from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { Protocol } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { provenance, type Source } from '../../provenance.ts';
import type { AuthorizationFilters } from '../authorization.ts';
import { httpManager } from '../http-manager.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import type { ChainMatch } from './chain-matches.ts';

/** What is the same for all inbound chains of a proxy. */
export interface InboundContext {
  readonly input: TranslationInput;
  readonly traits: ProxyTraits;
  readonly authorization: AuthorizationFilters;
}

/** What the chains of a port have in common. */
export interface InboundChain {
  readonly name: string;
  /** Name of the chains that read HTTP, where it differs. */
  readonly httpName?: string;
  readonly statPrefix: string;
  readonly cluster: string;
  readonly protocol: Protocol;
  /** 0 for all ports. */
  readonly targetPort: number;
  readonly prefixRanges?: FilterChainMatchJson['prefixRanges'];
  readonly routes: RouteConfigurationJson;
  readonly transportSocket: TransportSocketJson;
  readonly sources: readonly Source[];
}

/** One chain for each match. */
export function inboundChains(
  context: InboundContext,
  chain: InboundChain,
  matches: readonly ChainMatch[],
): FilterChainJson[] {
  return matches.map((match) => {
    const { name, httpName = name, targetPort, prefixRanges, transportSocket, sources } = chain;
    return defined<FilterChainJson>({
      filterChainMatch: defined<FilterChainMatchJson>({
        destinationPort: targetPort === 0 ? undefined : targetPort,
        prefixRanges,
        transportProtocol: match.transport,
        applicationProtocols: filled([...match.applicationProtocols]),
      }),
      filters: match.isHttp ? [httpFilter(context, chain)] : tcpFilters(context, chain),
      transportSocket: match.endsTls ? transportSocket : undefined,
      name: match.isHttp ? httpName : name,
      metadata: provenance(sources),
    });
  });
}

function httpFilter({ input, traits, authorization }: InboundContext, chain: InboundChain): FilterJson {
  const { statPrefix, routes, protocol } = chain;
  return httpManager(input, traits, {
    side: 'inbound',
    statPrefix: `${statPrefix};`,
    routes,
    protocol,
    authorization: authorization.http,
  });
}

function tcpFilters({ input, traits, authorization }: InboundContext, { cluster }: InboundChain): FilterJson[] {
  const proxy = tcpProxy(input, traits, { statPrefix: cluster, clusters: [{ name: cluster, weight: 1 }] });
  return [...authorization.tcp, proxy];
}
