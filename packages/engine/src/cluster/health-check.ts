import type {
  HealthCheck,
  HealthCheck_GrpcHealthCheck,
  HealthCheck_HttpHealthCheck,
  HealthCheck_Payload,
  HealthCheck_TcpHealthCheck,
  HealthCheck_TlsOptions,
} from '@weft/proto/envoy/config/core/v3/health_check';
import type { CodecClientType } from '@weft/proto/envoy/type/v3/http';
import { compileDurationMs, compileOptionalMs, type DurationMessage } from '../compile/matchers/duration.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { compileProxyProtocol, type ProxyProtocolVersion } from '../compile/proxy-protocol.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { later } from '../config/later.ts';
import { compileHeaderMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import type { StringMatcher } from '../match/string-matcher.ts';

const NO_EVENTS = later('log changes of health');

/** What is supported of health checks; clusters do not take them yet. */
export const HEALTH_CHECK_SUPPORT: readonly Support[] = [
  supports<HealthCheck>('envoy.config.core.v3.HealthCheck', {
    timeout: true,
    interval: true,
    initialJitter: true,
    intervalJitter: true,
    intervalJitterPercent: true,
    unhealthyThreshold: true,
    healthyThreshold: true,
    altPort: true,
    reuseConnection: true,
    healthChecker: {
      httpHealthCheck: true,
      tcpHealthCheck: true,
      grpcHealthCheck: true,
      customHealthCheck: 'check by HTTP, TCP or gRPC',
    },
    noTrafficInterval: true,
    noTrafficHealthyInterval: true,
    unhealthyInterval: true,
    unhealthyEdgeInterval: true,
    healthyEdgeInterval: true,
    eventLogPath: NO_EVENTS,
    eventLogger: NO_EVENTS,
    eventService: NO_EVENTS,
    alwaysLogHealthCheckFailures: NO_EVENTS,
    alwaysLogHealthCheckSuccess: NO_EVENTS,
    tlsOptions: true,
    transportSocketMatchCriteria: true,
    name: 'a health check is known by its cluster: leave it out',
  }),
  supports<HealthCheck_HttpHealthCheck>('envoy.config.core.v3.HealthCheck.HttpHealthCheck', {
    host: true,
    path: true,
    send: true,
    receive: true,
    responseBufferSize: true,
    requestHeadersToAdd: true,
    requestHeadersToRemove: true,
    expectedStatuses: true,
    retriableStatuses: true,
    codecClientType: true,
    serviceNameMatcher: true,
    method: true,
    useAlpnProtocol: 'use codec_client_type',
  }),
  supportsEnum<typeof CodecClientType>('envoy.type.v3.CodecClientType', {
    HTTP1: true,
    HTTP2: true,
    HTTP3: 'HTTP/3 is not spoken',
  }),
  supports<HealthCheck_TcpHealthCheck>('envoy.config.core.v3.HealthCheck.TcpHealthCheck', {
    send: true,
    receive: true,
    proxyProtocolConfig: true,
  }),
  supports<HealthCheck_GrpcHealthCheck>('envoy.config.core.v3.HealthCheck.GrpcHealthCheck', {
    serviceName: true,
    authority: true,
    initialMetadata: true,
  }),
  supports<HealthCheck_Payload>('envoy.config.core.v3.HealthCheck.Payload', { payload: { text: true, binary: true } }),
  supports<HealthCheck_TlsOptions>('envoy.config.core.v3.HealthCheck.TlsOptions', { alpnProtocols: true }),
];

/** Statuses from the first (included) to the last (excluded). */
export interface StatusRange {
  readonly start: number;
  readonly end: number;
}

/** What is sent to a host and what has to come back. */
export type HealthProbe =
  | {
      readonly kind: 'http';
      /** Empty for the name of the host or the cluster. */
      readonly host: string;
      readonly path: string;
      readonly method: string;
      readonly codec: 'http1' | 'http2';
      readonly send: Uint8Array | undefined;
      readonly receive: readonly Uint8Array[];
      readonly maxResponseBytes: number;
      readonly headers: HeaderMutations;
      readonly expected: readonly StatusRange[];
      readonly retriable: readonly StatusRange[];
      /** Asked of `x-envoy-upstream-healthchecked-cluster`. */
      readonly serviceName: StringMatcher | undefined;
    }
  | {
      readonly kind: 'tcp';
      readonly send: Uint8Array | undefined;
      /** All of them, in order; none means that connecting is enough. */
      readonly receive: readonly Uint8Array[];
      readonly proxyProtocol: ProxyProtocolVersion | undefined;
    }
  | {
      readonly kind: 'grpc';
      readonly serviceName: string;
      readonly authority: string;
      readonly metadata: HeaderMutations;
    };

/** A compiled health check. */
export interface HealthCheckRuntime {
  readonly probe: HealthProbe;
  readonly timeoutMs: number;
  /** The times between checks: of a host with traffic, of one without, of one that fails, and of one that is about to change. */
  readonly intervals: {
    readonly ms: number;
    readonly noTrafficMs: number;
    readonly noTrafficHealthyMs: number;
    readonly unhealthyMs: number;
    readonly unhealthyEdgeMs: number;
    readonly healthyEdgeMs: number;
  };
  readonly initialJitterMs: number;
  readonly intervalJitterMs: number;
  readonly intervalJitterPct: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** 0 for the port of the host. */
  readonly port: number;
  readonly reusesConnection: boolean;
  /** In place of the cluster's ALPN; empty for that. */
  readonly alpn: readonly string[];
  /** Which of `transport_socket_matches` to use; undefined for that of the host. */
  readonly transportCriteria: Readonly<Record<string, unknown>> | undefined;
}

const MINUTE_MS = 60_000;

/** Compiles a health check; undefined when there was a problem. */
export function compileHealthCheck(
  message: HealthCheck,
  path: string,
  context: ConfigContext,
): HealthCheckRuntime | undefined {
  const before = context.problems.count;
  const probe = compileProbe(message, path, context);
  const optional = (given: DurationMessage | undefined, name: string) =>
    compileOptionalMs(given, `${path}.${name}`, context);
  const ms = message.interval && compileDurationMs(message.interval, `${path}.interval`, context);
  const timeoutMs = message.timeout && compileDurationMs(message.timeout, `${path}.timeout`, context);
  if (message.interval === undefined) isMissing(path, 'interval', context);
  if (message.timeout === undefined) isMissing(path, 'timeout', context);
  const noTrafficMs = optional(message.noTrafficInterval, 'no_traffic_interval') ?? MINUTE_MS;
  const unhealthyMs = optional(message.unhealthyInterval, 'unhealthy_interval') ?? ms ?? 0;
  const jitter = {
    initialJitterMs: optional(message.initialJitter, 'initial_jitter') ?? 0,
    intervalJitterMs: optional(message.intervalJitter, 'interval_jitter') ?? 0,
    intervalJitterPct: message.intervalJitterPercent,
  };
  const intervals = {
    ms: ms ?? 0,
    noTrafficMs,
    noTrafficHealthyMs: optional(message.noTrafficHealthyInterval, 'no_traffic_healthy_interval') ?? noTrafficMs,
    unhealthyMs,
    unhealthyEdgeMs: optional(message.unhealthyEdgeInterval, 'unhealthy_edge_interval') ?? unhealthyMs,
    healthyEdgeMs: optional(message.healthyEdgeInterval, 'healthy_edge_interval') ?? ms ?? 0,
  };
  if (probe === undefined || timeoutMs === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    probe,
    timeoutMs,
    intervals,
    ...jitter,
    unhealthyThreshold: message.unhealthyThreshold ?? 1,
    healthyThreshold: message.healthyThreshold ?? 1,
    port: message.altPort ?? 0,
    reusesConnection: message.reuseConnection ?? true,
    alpn: message.tlsOptions?.alpnProtocols ?? [],
    transportCriteria: message.transportSocketMatchCriteria,
  });
}

function compileProbe(
  { healthChecker: given }: HealthCheck,
  path: string,
  context: ConfigContext,
): HealthProbe | undefined {
  switch (given.case) {
    case 'httpHealthCheck':
      return compileHttp(given.value, `${path}.http_health_check`, context);
    case 'tcpHealthCheck':
      return compileTcp(given.value, `${path}.tcp_health_check`, context);
    case 'grpcHealthCheck': {
      const { serviceName, authority, initialMetadata } = given.value;
      const at = `${path}.grpc_health_check.initial_metadata`;
      const metadata = compileHeaderMutations(initialMetadata, [], { add: at, remove: at }, context);
      return metadata && { kind: 'grpc', serviceName, authority, metadata };
    }
    case 'customHealthCheck':
    case undefined:
      return isMissing(path, 'http_health_check, tcp_health_check or grpc_health_check', context);
  }
}

/** By the number of RequestMethod; CONNECT is not one of them. */
const METHODS = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', '', 'OPTIONS', 'TRACE', 'PATCH'];
const WITH_BODY = ['POST', 'PUT', 'PATCH', 'OPTIONS'];
const DEFAULT_RESPONSE_BYTES = 1024n;

function compileHttp(
  message: HealthCheck_HttpHealthCheck,
  path: string,
  context: ConfigContext,
): HealthProbe | undefined {
  const before = context.problems.count;
  const paths = { add: `${path}.request_headers_to_add`, remove: `${path}.request_headers_to_remove` };
  const headers = compileHeaderMutations(message.requestHeadersToAdd, message.requestHeadersToRemove, paths, context);
  const names = message.serviceNameMatcher;
  const serviceName = names && compileStringMessage(names, `${path}.service_name_matcher`, context);
  const receive = compilePayloads(message.receive, `${path}.receive`, context);
  const send = message.send && compilePayload(message.send, `${path}.send`, context);
  const method = METHODS[message.method] ?? 'GET';
  if (send !== undefined && !WITH_BODY.includes(method)) {
    context.problems.add(`${path}.send`, `a ${method} request has no body: use one of ${WITH_BODY.join(', ')}`);
  }
  if (headers === undefined || receive === undefined || context.problems.count !== before) return undefined;
  const expected = message.expectedStatuses.map(statusRange);
  return {
    kind: 'http',
    host: message.host,
    path: message.path,
    method,
    codec: message.codecClientType === 1 ? 'http2' : 'http1',
    send,
    receive,
    maxResponseBytes: Number(message.responseBufferSize ?? DEFAULT_RESPONSE_BYTES),
    headers,
    expected: expected.length === 0 ? [{ start: 200, end: 201 }] : expected,
    retriable: message.retriableStatuses.map(statusRange),
    serviceName,
  };
}

function statusRange({ start, end }: { readonly start: bigint; readonly end: bigint }): StatusRange {
  return { start: Number(start), end: Number(end) };
}

function compileTcp(
  message: HealthCheck_TcpHealthCheck,
  path: string,
  context: ConfigContext,
): HealthProbe | undefined {
  const before = context.problems.count;
  const send = message.send && compilePayload(message.send, `${path}.send`, context);
  const receive = compilePayloads(message.receive, `${path}.receive`, context);
  const config = message.proxyProtocolConfig;
  const proxyProtocol = config && compileProxyProtocol(config, `${path}.proxy_protocol_config`, context);
  if (receive === undefined || context.problems.count !== before) return undefined;
  return { kind: 'tcp', send, receive, proxyProtocol };
}

function compilePayloads(
  messages: readonly HealthCheck_Payload[],
  path: string,
  context: ConfigContext,
): readonly Uint8Array[] | undefined {
  return compileList(messages, path, (message, at) => compilePayload(message, at, context));
}

/** Text is hexadecimal. */
function compilePayload(
  { payload }: HealthCheck_Payload,
  path: string,
  context: ConfigContext,
): Uint8Array | undefined {
  if (payload.case === undefined) return isMissing(path, 'text or binary', context);
  if (payload.case === 'binary') return payload.value;
  const pairs = payload.value.match(/../g) ?? [];
  if (payload.value.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(payload.value)) {
    return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  }
  context.problems.add(`${path}.text`, `invalid hex string ${JSON.stringify(payload.value)}`);
  return undefined;
}
