/** What the engine decides by the filters of a workload: policies in YAML, requests and connections as tests say them. */
import { type ConnectionView, decideRbac, type MatchView, type RbacRules } from '@weft/engine';
import { ANY_CERTIFICATE, addressView } from '@weft/engine/test-support';
import type { Finding } from '../../../mesh/index.ts';
import { typed } from '../../json/typed-config.ts';
import { compiled } from '../../test-support/compile.ts';
import { type InputOptions, inputOf } from '../../test-support/mesh-input.ts';
import { httpAuthorization, tcpAuthorization } from '../index.ts';

/** A request, or a connection without one. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** SPIFFE id of the peer, without `spiffe://`; without one it has shown no certificate. */
  readonly principal?: string;
  readonly from?: string;
  /** The client behind proxies. */
  readonly client?: string;
  readonly port?: number;
  readonly sni?: string;
  /** Claims of a token that was checked. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** `allowed`, or the policy that denies: empty where it takes one to allow and none does. */
export type Outcome = 'allowed' | { readonly deniedBy: string };

/** What policies do with calls. */
export interface Deciding {
  readonly http: (call: Call) => Outcome;
  readonly tcp: (call: Call) => Outcome;
  readonly findings: readonly Finding[];
  /** What the rules that are only tried out say, of all filters. */
  readonly tried: (call: Call) => readonly Outcome[];
}

/** Compiles the policies of a mesh for one proxy. */
export function deciding(yaml: string, options: InputOptions = {}): Deciding {
  const input = inputOf(yaml, options);
  const findings: Finding[] = [];
  const router = typed('envoy.extensions.filters.http.router.v3.Router', {});
  const httpFilters = [
    ...httpAuthorization(input, findings),
    { name: 'envoy.filters.http.router', typedConfig: router },
  ];
  const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    statPrefix: 'x',
    routeConfig: {},
    httpFilters,
  });
  const address = { socketAddress: { address: '127.0.0.1', portValue: 1 } };
  const listener = compiled('envoy.config.listener.v3.Listener', {
    name: 'x',
    address,
    filterChains: [
      { name: 'http', filterChainMatch: { destinationPort: 1 }, filters: [{ name: 'http', typedConfig: manager }] },
      {
        name: 'tcp',
        filters: [
          ...tcpAuthorization(input, findings),
          {
            name: 'envoy.filters.network.tcp_proxy',
            typedConfig: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
              statPrefix: 'x',
              cluster: 'x',
            }),
          },
        ],
      },
    ],
  });
  const [http, tcp] = listener.filterChains;
  const requestRules = (http!.filters[0] as unknown as { config: { filters: readonly { config: unknown }[] } }).config
    .filters;
  const rulesOf = (filters: readonly { readonly config: unknown }[]) =>
    filters.map(({ config }) => config as RbacRules).filter((config) => 'rules' in config && 'shadowRules' in config);
  const httpRules = rulesOf(requestRules);
  const tcpRules = rulesOf(tcp!.filters as unknown as readonly { config: unknown }[]);
  return {
    http: (call) => decide(httpRules, viewOf(call, true)),
    tcp: (call) => decide(tcpRules, viewOf(call, false)),
    tried: (call) =>
      httpRules.flatMap((rules) => {
        const { shadow } = decideRbac(rules, viewOf(call, true));
        return shadow === undefined ? [] : [shadow.isAllowed ? 'allowed' : { deniedBy: shadow.policyName }];
      }),
    findings,
  };
}

function decide(filters: readonly RbacRules[], view: MatchView): Outcome {
  for (const rules of filters) {
    const { isAllowed, verdict } = decideRbac(rules, view);
    if (!isAllowed) return { deniedBy: verdict?.policyName ?? '' };
  }
  return 'allowed';
}

function viewOf(call: Call, isHttp: boolean): MatchView {
  const { method = 'GET', path = '/', host = 'example.com', headers = {}, claims, metadata } = call;
  const connection = connectionOf(call);
  const fields: Readonly<Record<string, string>> = { ':method': method, ':path': path, ':authority': host, ...headers };
  return {
    connection,
    remote: call.client === undefined ? connection.remote : addressView(call.client, 1),
    request: isHttp
      ? { method, path, authority: host, scheme: 'http', get: (name) => fields[name], repeated: () => undefined }
      : undefined,
    response: undefined,
    dynamicMetadata: {
      ...metadata,
      ...(claims === undefined ? {} : { 'envoy.filters.http.jwt_authn': { payload: claims } }),
    },
    filterState: () => undefined,
  };
}

function connectionOf({ principal, from = '10.0.0.1', port = 80, sni = '' }: Call): ConnectionView {
  const [client, server] = [addressView(from, 4000), addressView('10.0.0.2', port)];
  const peer = principal === undefined ? undefined : { ...ANY_CERTIFICATE, uriSans: [`spiffe://${principal}`] };
  return {
    id: 1,
    directRemote: client,
    remote: client,
    local: server,
    directLocal: server,
    requestedServerName: sni,
    transportProtocol: peer === undefined ? 'raw_buffer' : 'tls',
    applicationProtocols: [],
    tls: peer && { version: 'TLSv1.3', cipher: '', sessionId: '', peer, isPeerValidated: true, local: undefined },
  };
}
