import type {
  HttpConnectionManager,
  HttpConnectionManager_InternalAddressConfig,
  HttpConnectionManager_UpgradeConfig,
  RequestIDExtension,
} from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { UuidRequestIdConfig } from '@weft/proto/envoy/extensions/request_id/uuid/v3/uuid';
import { compileAccessLogs } from '../access-log/access-log.ts';
import { compileAccessLogOptions } from '../access-log/access-log-options.ts';
import { compileCidrRanges } from '../compile/matchers/cidr-range.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { addNeed } from '../config/config-source.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import { asciiLower } from '../match/ascii.ts';
import { compileCidrSet } from '../match/cidr-set.ts';
import { compileRouteConfig } from '../route/route-config.ts';
import { compileHttpFilters } from './http-filter.ts';
import { HTTP_FILTERS } from './http-filters.ts';
import { compileIpDetections } from './ip-detection.ts';
import { compileLocalReply } from './local-reply.ts';
import type { EscapedSlashes, ForwardClientCert, HttpManagerRuntime, RouteSource } from './manager-runtime.ts';
import { compileHttp1Options, compileHttp2Options, compileHttpOptions } from './protocol-options.ts';

/** How request ids are made. */
export const REQUEST_ID_EXTENSIONS: ExtensionCategory<{ readonly packsTraceReason: boolean }> = {
  name: 'envoy.request_id',
  what: 'request id extension',
  supported: [
    {
      name: 'envoy.request_id.uuid',
      typeName: 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig',
      compile: (message) => ({ packsTraceReason: (message as UuidRequestIdConfig).packTraceReason ?? true }),
    },
  ],
  refused: {},
};

/** By the numbers of the enums. */
const CODECS: readonly HttpManagerRuntime['codec'][] = ['auto', 'http1', 'http2'];
const SERVER_HEADERS: readonly HttpManagerRuntime['serverHeader'][] = ['overwrite', 'appendIfAbsent', 'passThrough'];
const CLIENT_CERTS: readonly ForwardClientCert[] = [
  'sanitize',
  'forwardOnly',
  'appendForward',
  'sanitizeSet',
  'alwaysForwardOnly',
];
const ESCAPED_SLASHES: readonly EscapedSlashes[] = [
  'keep',
  'keep',
  'reject',
  'unescapeAndRedirect',
  'unescapeAndForward',
];

const DEFAULT_MAX_HEAD_KB = 60;
const DEFAULT_STREAM_IDLE_MS = 300_000;
const DEFAULT_DRAIN_MS = 5000;
const DEFAULT_DELAYED_CLOSE_MS = 1000;

/** Compiles a connection manager; undefined when there was a problem. */
export function compileConnectionManager(
  message: HttpConnectionManager,
  path: string,
  context: ConfigContext,
): HttpManagerRuntime | undefined {
  const before = context.problems.count;
  const routes = compileRoutes(message, path, context);
  const filters = compileHttpFilters(message.httpFilters, HTTP_FILTERS, `${path}.http_filters`, context);
  const accessLogs = compileAccessLogs(message.accessLog, `${path}.access_log`, context);
  const { localReplyConfig } = message;
  const localReply = localReplyConfig && compileLocalReply(localReplyConfig, `${path}.local_reply_config`, context);
  if (message.addProxyProtocolConnectionState === false) {
    const at = `${path}.add_proxy_protocol_connection_state`;
    context.problems.add(
      at,
      'cannot be switched off: what the PROXY protocol said of a client goes upstream: leave it out',
    );
  }
  const runtime = {
    statPrefix: message.statPrefix,
    codec: CODECS[message.codecType] ?? 'auto',
    ...protocolsOf(message, path, context),
    ...timeoutsOf(message, path, context),
    ...addressesOf(message, path, context),
    ...pathsOf(message, path, context),
    serverName: message.serverName === '' ? 'envoy' : message.serverName,
    serverHeader: SERVER_HEADERS[message.serverHeaderTransformation] ?? 'overwrite',
    scheme: schemeOf(message),
    maxHeadBytes: (message.maxRequestHeadersKb ?? DEFAULT_MAX_HEAD_KB) * 1024,
    accessLogOptions: compileAccessLogOptions(message, path, context),
    via: message.via,
    requestId: requestIdOf(message, path, context),
    forwardClientCert: CLIENT_CERTS[message.forwardClientCertDetails] ?? 'sanitize',
    clientCertDetails: clientCertDetailsOf(message),
    proxies100Continue: message.proxy100Continue,
    addsUserAgent: message.addUserAgent ?? false,
    upgrades: compileUpgradeConfigs(message.upgradeConfigs, `${path}.upgrade_configs`, context),
    localReply,
    appendsForwardedPort: message.appendXForwardedPort,
  } as const;
  if (routes === undefined || filters === undefined || accessLogs === undefined) return undefined;
  return context.problems.count === before ? Object.freeze({ ...runtime, routes, filters, accessLogs }) : undefined;
}

function compileRoutes(message: HttpConnectionManager, path: string, context: ConfigContext): RouteSource | undefined {
  const { routeSpecifier: given } = message;
  switch (given.case) {
    case 'routeConfig': {
      const routes = compileRouteConfig(given.value, `${path}.route_config`, context);
      if (routes === undefined) return undefined;
      if (routes.validatesClusters ?? true) for (const name of routes.clusterNames) context.requiredClusters.add(name);
      return { kind: 'inline', routes };
    }
    case 'rds': {
      const { routeConfigName: name, configSource: source } = given.value;
      const at = `${path}.rds`;
      if (name === '') return isMissing(at, 'route_config_name', context);
      const typeName = 'envoy.config.route.v3.RouteConfiguration';
      const isKnown = addNeed(typeName, name, source, `${at}.config_source`, context);
      return isKnown && source !== undefined ? { kind: 'rds', name, source } : undefined;
    }
    case 'scopedRoutes':
    case undefined:
      return isMissing(path, 'route_config or rds', context);
  }
}

function protocolsOf(message: HttpConnectionManager, path: string, context: ConfigContext) {
  const isLenient = message.streamErrorOnInvalidHttpMessage ?? false;
  return {
    http: compileHttpOptions(message.commonHttpProtocolOptions, 0, `${path}.common_http_protocol_options`, context),
    http1: compileHttp1Options(message.httpProtocolOptions, isLenient, `${path}.http_protocol_options`, context),
    http2: compileHttp2Options(message.http2ProtocolOptions, isLenient, `${path}.http2_protocol_options`, context),
  };
}

function timeoutsOf(message: HttpConnectionManager, path: string, context: ConfigContext) {
  return {
    streamIdleTimeoutMs:
      compileOptionalMs(message.streamIdleTimeout, `${path}.stream_idle_timeout`, context) ?? DEFAULT_STREAM_IDLE_MS,
    requestTimeoutMs: compileOptionalMs(message.requestTimeout, `${path}.request_timeout`, context) ?? 0,
    headTimeoutMs: compileOptionalMs(message.requestHeadersTimeout, `${path}.request_headers_timeout`, context) ?? 0,
    drainTimeoutMs: compileOptionalMs(message.drainTimeout, `${path}.drain_timeout`, context) ?? DEFAULT_DRAIN_MS,
    delayedCloseMs:
      compileOptionalMs(message.delayedCloseTimeout, `${path}.delayed_close_timeout`, context) ??
      DEFAULT_DELAYED_CLOSE_MS,
  };
}

function addressesOf(message: HttpConnectionManager, path: string, context: ConfigContext) {
  return {
    useRemoteAddress: message.useRemoteAddress ?? false,
    trustedHops: message.xffNumTrustedHops,
    ipDetections: compileIpDetections(message, path, context),
    skipsXffAppend: message.skipXffAppend,
    internalAddresses: compileInternalAddresses(
      message.internalAddressConfig,
      `${path}.internal_address_config`,
      context,
    ),
  };
}

function compileInternalAddresses(
  message: HttpConnectionManager_InternalAddressConfig | undefined,
  path: string,
  context: ConfigContext,
): HttpManagerRuntime['internalAddresses'] {
  if (message === undefined) return undefined;
  const ranges = compileCidrRanges(message.cidrRanges, `${path}.cidr_ranges`, context);
  return ranges && Object.freeze({ ranges: compileCidrSet(ranges), unixSockets: message.unixSockets });
}

function pathsOf(message: HttpConnectionManager, path: string, context: ConfigContext) {
  const { stripPortMode, stripMatchingHostPort } = message;
  if (stripMatchingHostPort && stripPortMode.case === 'stripAnyHostPort' && stripPortMode.value) {
    context.problems.add(path, 'only one of strip_matching_host_port and strip_any_host_port can be set');
  }
  return {
    normalizesPath: message.normalizePath ?? false,
    mergesSlashes: message.mergeSlashes,
    escapedSlashes: ESCAPED_SLASHES[message.pathWithEscapedSlashesAction] ?? 'keep',
    stripsPort: stripsPortOf(message),
    stripsTrailingHostDot: message.stripTrailingHostDot,
  } as const;
}

function stripsPortOf({
  stripPortMode,
  stripMatchingHostPort,
}: HttpConnectionManager): HttpManagerRuntime['stripsPort'] {
  if (stripPortMode.case === 'stripAnyHostPort' && stripPortMode.value) return 'any';
  return stripMatchingHostPort ? 'matching' : 'none';
}

function schemeOf({ schemeHeaderTransformation: given }: HttpConnectionManager): HttpManagerRuntime['scheme'] {
  const scheme = given?.transformation.value;
  return {
    overwrite: scheme === 'http' || scheme === 'https' ? scheme : undefined,
    matchesUpstream: given?.matchUpstream ?? false,
  };
}

function requestIdOf(message: HttpConnectionManager, path: string, context: ConfigContext) {
  return {
    generates: message.generateRequestId ?? true,
    preservesExternal: message.preserveExternalRequestId,
    setsInResponse: message.alwaysSetRequestIdInResponse,
    packsTraceReason: packsTraceReason(message.requestIdExtension, `${path}.request_id_extension`, context),
  };
}

function packsTraceReason(message: RequestIDExtension | undefined, path: string, context: ConfigContext): boolean {
  if (message?.typedConfig === undefined) return true;
  const holder = { name: 'envoy.request_id.uuid', typedConfig: message.typedConfig };
  return compileExtension(REQUEST_ID_EXTENSIONS, holder, path, context)?.config.packsTraceReason ?? true;
}

function clientCertDetailsOf({ setCurrentClientCertDetails: given }: HttpConnectionManager) {
  return {
    subject: given?.subject ?? false,
    cert: given?.cert ?? false,
    chain: given?.chain ?? false,
    dns: given?.dns ?? false,
    uri: given?.uri ?? false,
  };
}

function compileUpgradeConfigs(
  messages: readonly HttpConnectionManager_UpgradeConfig[],
  path: string,
  context: ConfigContext,
): HttpManagerRuntime['upgrades'] {
  const upgrades = new Map<string, { isEnabled: boolean; filters: HttpManagerRuntime['filters'] | undefined }>();
  messages.forEach(({ upgradeType, enabled, filters }, i) => {
    const name = asciiLower(upgradeType);
    const at = `${path}[${i}]`;
    if (name === '') context.problems.add(`${at}.upgrade_type`, 'is required: websocket, CONNECT or another protocol');
    if (upgrades.has(name)) context.problems.add(`${at}.upgrade_type`, `${upgradeType} is there twice`);
    const own = filters.length === 0 ? undefined : compileHttpFilters(filters, HTTP_FILTERS, `${at}.filters`, context);
    upgrades.set(name, { isEnabled: enabled ?? true, filters: own });
  });
  return upgrades;
}
