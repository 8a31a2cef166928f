/**
 * What becomes of a connection or a request by the resources of a proxy: the listener that gets it, the filter chain, the policies, the route
 * and the cluster, all decided by the engine that our proxy runs.
 */
import {
  type CertificateView,
  type ConnectionView,
  decideRbac,
  type FilterChainRuntime,
  type ListenerRuntime,
  type MatchView,
  type RbacRules,
  type TcpProxyRuntime,
} from '@weft/engine';
import { ANY_CERTIFICATE, addressView } from '@weft/engine/test-support';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { HttpConnectionManagerJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { ProxyResources } from '../resources.ts';
import { compiled } from './compile.ts';
import { type CallRequest, callsThrough } from './route-calls.ts';

/** A connection, and a request on it if it is HTTP. */
export interface Call {
  /** `inbound` comes to the workload, `outbound` from it; the only direction of gateways is `inbound`. */
  readonly direction: 'inbound' | 'outbound';
  /** `address:port`; for what is captured, where the client wanted to go. */
  readonly to: string;
  readonly from?: string;
  readonly tls?: { readonly sni?: string; readonly alpn?: readonly string[] };
  /** What the client has a certificate for: `cluster.local/ns/a/sa/b`. */
  readonly identity?: string;
  /** Without it the bytes are no HTTP. */
  readonly http?: CallRequest & { readonly version?: 1 | 2 };
  /** Decides where shares do; 0 when absent. */
  readonly random?: number;
}

/** What becomes of it. What ends it is in `failure`: the rest says how far it came. */
export interface Outcome {
  readonly listener?: string;
  readonly chain?: string;
  readonly to?: string;
  readonly route?: string;
  readonly host?: string;
  readonly path?: string;
  readonly mirrors?: string;
  readonly failure?: string;
}

/** Sends calls through the resources of a proxy. */
export function simulator(resources: ProxyResources): (call: Call) => Outcome {
  const listeners = resources.listeners.map((json) => ({
    json,
    runtime: compiled('envoy.config.listener.v3.Listener', json),
  }));
  const clusters = new Set(resources.clusters.map(({ name }) => name));
  return (call) => {
    const outcome = send(listeners, resources, call);
    const { to = '' } = outcome;
    const isCluster = outcome.failure === undefined && !/^\d{3}\b|^no /.test(to);
    return isCluster && !clusters.has(to) ? { ...outcome, failure: `there is no cluster ${to}` } : outcome;
  };
}

interface Compiled {
  readonly json: ListenerJson;
  readonly runtime: ListenerRuntime;
}

function send(listeners: readonly Compiled[], resources: ProxyResources, call: Call): Outcome {
  const listener = listenerFor(listeners, call);
  if (listener === undefined) return { failure: 'nobody listens' };
  const { json, runtime } = listener;
  const connection = connectionOf(call, runtime);
  const chain = runtime.chainTable.find(connection, undefined) ?? runtime.defaultFilterChain;
  const found = { listener: runtime.name };
  if (chain === undefined) return { ...found, failure: 'no filter chain' };
  const place = chain.name === '' ? found : { ...found, chain: chain.name };
  const refusal = handshake(chain, call);
  if (refusal !== undefined) return { ...place, failure: refusal };
  const index = runtime.filterChains.indexOf(chain);
  const filters = (index < 0 ? json.defaultFilterChain : json.filterChains![index])!.filters ?? [];
  for (const [i, { typeName, config }] of chain.filters.entries()) {
    if (typeName.endsWith('.RBAC')) {
      const denial = deniedBy(config as RbacRules, { connection, call: undefined });
      if (denial !== undefined) return { ...place, failure: denial };
    } else if (typeName.endsWith('.TcpProxy')) {
      return { ...place, to: pickTcp(config as TcpProxyRuntime, call) };
    } else if (typeName.endsWith('.HttpConnectionManager')) {
      const manager = filters[i]!.typedConfig as HttpConnectionManagerJson;
      return { ...place, ...request(config as Manager, routesOf(manager, resources), { connection, call }) };
    }
  }
  return { ...place, failure: 'no filter sends it on' };
}

/** Connections that are captured go to the listener of their address, then to that of all addresses, then stay where they came in. */
function listenerFor(listeners: readonly Compiled[], { direction, to }: Call): Compiled | undefined {
  const colon = to.lastIndexOf(':');
  const [address, port] = [to.slice(0, colon), Number(to.slice(colon + 1))];
  const at = (host: string) =>
    listeners.find(({ runtime: { addresses, trafficDirection, name } }) => {
      const isOther = direction === 'inbound' && trafficDirection === 'outbound' && name.startsWith('virtual');
      return !isOther && addresses.some((one) => one.kind === 'socket' && one.host === host && one.port === port);
    });
  const named = (name: string) => listeners.find(({ runtime }) => runtime.name === name);
  if (direction === 'outbound') return at(address) ?? at('0.0.0.0') ?? named('virtualOutbound');
  return named('virtualInbound') ?? at(address) ?? at('0.0.0.0');
}

function connectionOf({ to, from = '10.9.9.9', tls, http, identity }: Call, listener: ListenerRuntime): ConnectionView {
  const colon = to.lastIndexOf(':');
  const local = addressView(to.slice(0, colon), Number(to.slice(colon + 1)));
  const remote = addressView(from, 4000);
  const base: ConnectionView = {
    id: 1,
    directRemote: remote,
    remote,
    local,
    directLocal: local,
    requestedServerName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    tls:
      identity === undefined
        ? undefined
        : {
            version: 'TLSv1.3',
            cipher: '',
            sessionId: '',
            peer: certificateOf(identity),
            isPeerValidated: true,
            local: undefined,
          },
  };
  const inspects = (name: string): boolean =>
    listener.listenerFilters.some((filter) => filter.typeName.endsWith(name) && !filter.isDisabledFor(base));
  if (tls !== undefined && inspects('.TlsInspector')) {
    const { sni = '', alpn = [] } = tls;
    return { ...base, transportProtocol: 'tls', requestedServerName: sni, applicationProtocols: alpn };
  }
  if (tls === undefined && http !== undefined && inspects('.HttpInspector')) {
    return { ...base, applicationProtocols: [http.version === 2 ? 'h2c' : 'http/1.1'] };
  }
  return base;
}

/** Why the two sides do not come to an understanding; undefined when they do. */
function handshake({ transport }: FilterChainRuntime, { tls, identity }: Call): string | undefined {
  if (transport.kind !== 'tls') return undefined;
  if (tls === undefined) return 'TLS is expected';
  return transport.requiresClientCertificate && identity === undefined ? 'a certificate is required' : undefined;
}

interface Manager {
  readonly filters: readonly { readonly typeName: string; readonly config: unknown }[];
}

function routesOf({ rds, routeConfig }: HttpConnectionManagerJson, { routes }: ProxyResources): RouteConfigurationJson {
  if (rds === undefined) return routeConfig!;
  return routes.find(({ name }) => name === rds.routeConfigName) ?? { name: rds.routeConfigName! };
}

function request(
  manager: Manager,
  routes: RouteConfigurationJson,
  { connection, call }: { readonly connection: ConnectionView; readonly call: Call },
): Outcome {
  if (call.http === undefined || (call.tls !== undefined && connection.tls === undefined && !isEnded(call))) {
    return { failure: 'not HTTP' };
  }
  for (const { typeName, config } of manager.filters) {
    if (!typeName.endsWith('.RBAC')) continue;
    const denial = deniedBy(config as RbacRules, { connection, call });
    if (denial !== undefined) return { failure: denial };
  }
  return callsThrough(routes)({ random: call.random ?? 0, ...call.http });
}

/** Whether TLS of the call ends at a server: those that only pass it on never get to requests. */
function isEnded({ direction }: Call): boolean {
  return direction === 'inbound';
}

function deniedBy(
  rules: RbacRules,
  { connection, call }: { readonly connection: ConnectionView; readonly call: Call | undefined },
): string | undefined {
  const { method = 'GET', host = 'example.com', path = '/', headers = {} } = call?.http ?? {};
  const fields: Readonly<Record<string, string>> = { ':method': method, ':path': path, ':authority': host, ...headers };
  const view: MatchView = {
    connection,
    remote: connection.remote,
    request:
      call === undefined
        ? undefined
        : { method, path, authority: host, scheme: 'http', get: (name) => fields[name], repeated: () => undefined },
    response: undefined,
    dynamicMetadata: {},
    filterState: () => undefined,
  };
  const { isAllowed, verdict } = decideRbac(rules, view);
  return isAllowed ? undefined : `denied by ${verdict?.policyName || 'no policy that allows it'}`;
}

function pickTcp({ clusters, totalWeight }: TcpProxyRuntime, { random = 0 }: Call): string {
  let rest = random % totalWeight;
  for (const { name, weight } of clusters) {
    if (rest < weight) return name;
    rest -= weight;
  }
  return clusters[0]!.name;
}

function certificateOf(identity: string): CertificateView {
  return { ...ANY_CERTIFICATE, uriSans: [`spiffe://${identity}`] };
}
