/** What our proxy does with requests by routes that were generated, as short texts for tables. */
import assert from 'node:assert/strict';
import {
  EMPTY_RUNTIME,
  findRoute,
  parseIp,
  pickCluster,
  pickMirrors,
  planRedirect,
  planRewrite,
  planTlsRedirect,
  type RequestView,
  type RouteConfigRuntime,
  type StreamView,
} from '@weft/engine';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import { compiled } from './compile.ts';

/** A request of a table; the rest is that of `GET http://example.com/`. */
export interface CallRequest {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly scheme?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Decides where shares do; 0 when absent. */
  readonly random?: number;
  /** Claims of the token of the caller. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What becomes of a request. */
export interface CallOutcome {
  /** A cluster, `301 https://…`, a status with the body behind it, `no host`, or `no route`. */
  readonly to: string;
  /** Virtual host and route that took it. */
  readonly host?: string;
  readonly route?: string;
  /** What is sent instead of the path and host of the request. */
  readonly path?: string;
  readonly authority?: string;
  /** Clusters that get copies. */
  readonly mirrors?: string;
}

/** Sends requests through generated routes. */
export function callsThrough(config: RouteConfigurationJson): (request: CallRequest) => CallOutcome {
  const runtime = compiled('envoy.config.route.v3.RouteConfiguration', config);
  return (request) => outcomeOf(runtime, request);
}

function outcomeOf(config: RouteConfigRuntime, spec: CallRequest): CallOutcome {
  const request = viewOf(spec);
  const input = inputOf(spec);
  const { kind, virtualHost, route } = findRoute(config, request, input.connection, input);
  const host = virtualHost?.name ?? '';
  if (kind === 'tlsRedirect') return { to: told(planTlsRedirect(request)), host };
  if (route === undefined) return { to: virtualHost === undefined ? 'no host' : 'no route', host };
  const { action, match, name } = route;
  const found = { host, route: name };
  const stream = { request } as Partial<StreamView> as StreamView;
  if (action.kind === 'redirect')
    return { to: told(planRedirect(action, match.matchedLength, request, stream)), ...found };
  if (action.kind === 'directResponse') {
    const body = new TextDecoder().decode(action.body);
    return { to: body === '' ? String(action.status) : `${action.status} ${body}`, ...found };
  }
  const pick = pickCluster(action.cluster, request, input);
  assert.ok(pick !== undefined);
  const { path, authority } = planRewrite(action, match.matchedLength, pick, request, stream);
  const mirrors = pickMirrors(action.mirrors, request, input).map(({ clusterName }) => clusterName);
  return {
    to: pick.clusterName,
    ...found,
    ...(path === undefined ? {} : { path }),
    ...(authority === undefined ? {} : { authority }),
    ...(mirrors.length === 0 ? {} : { mirrors: mirrors.join(',') }),
  };
}

function told({ status, location }: { readonly status: number; readonly location: string }): string {
  return `${status} ${location}`;
}

function viewOf({
  method = 'GET',
  host = 'example.com',
  path = '/',
  scheme = 'http',
  headers = {},
}: CallRequest): RequestView {
  const fields = new Map(Object.entries({ 'x-forwarded-proto': scheme, ...headers }));
  const pseudo = { ':method': method, ':path': path, ':authority': host, ':scheme': scheme };
  for (const [name, value] of Object.entries(pseudo)) fields.set(name, value);
  const get = (name: string): string | undefined => fields.get(name);
  return { method, path, authority: host, scheme, get, repeated: () => undefined };
}

type DecisionInput = Parameters<typeof pickCluster>[2];

function inputOf({ random = 0, claims }: CallRequest): DecisionInput {
  const address = (host: string, port: number) => ({ text: `${host}:${port}`, host, port, ip: parseIp(host) });
  const client = address('10.9.0.1', 1234);
  const server = address('10.9.0.2', 80);
  return {
    randomValue: random,
    runtime: EMPTY_RUNTIME,
    dynamicMetadata: claims === undefined ? {} : { 'envoy.filters.http.jwt_authn': { payload: claims } },
    filterState: () => undefined,
    remote: client,
    connection: {
      id: 1,
      directRemote: client,
      remote: client,
      local: server,
      directLocal: server,
      requestedServerName: '',
      transportProtocol: 'raw_buffer',
      applicationProtocols: [],
      tls: undefined,
    },
  };
}
