import type { SchemeHeaderTransformation } from '@weft/proto/envoy/config/core/v3/protocol';
import type {
  HttpConnectionManager,
  HttpConnectionManager_CodecType,
  HttpConnectionManager_HcmAccessLogOptions,
  HttpConnectionManager_InternalAddressConfig,
  HttpConnectionManager_SetCurrentClientCertDetails,
  HttpConnectionManager_UpgradeConfig,
  Rds,
  RequestIDExtension,
} from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { UuidRequestIdConfig } from '@weft/proto/envoy/extensions/request_id/uuid/v3/uuid';
import { supports, withoutEffect } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import { later } from '../config/later.ts';

const HTTP3 = 'HTTP/3 is not spoken';

/** What is supported of connection managers. */
export const MANAGER_SUPPORT: readonly Support[] = [
  supports<HttpConnectionManager>('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    codecType: true,
    statPrefix: true,
    routeSpecifier: {
      rds: true,
      routeConfig: true,
      scopedRoutes: 'give each scope a listener or a virtual host of its own',
    },
    httpFilters: true,
    addUserAgent: true,
    tracing: 'spans are not made yet: leave it out',
    httpProtocolOptions: true,
    http2ProtocolOptions: true,
    serverName: true,
    drainTimeout: true,
    accessLog: true,
    useRemoteAddress: true,
    generateRequestId: true,
    forwardClientCertDetails: true,
    setCurrentClientCertDetails: true,
    proxy100Continue: true,
    xffNumTrustedHops: true,
    representIpv4RemoteAddressAsIpv4MappedIpv6: withoutEffect(
      'IPv4 addresses are told as they are, as by Envoy 1.40 too',
    ),
    skipXffAppend: true,
    via: true,
    upgradeConfigs: true,
    streamIdleTimeout: true,
    internalAddressConfig: true,
    delayedCloseTimeout: true,
    requestTimeout: true,
    maxRequestHeadersKb: true,
    normalizePath: true,
    preserveExternalRequestId: true,
    mergeSlashes: true,
    serverHeaderTransformation: true,
    commonHttpProtocolOptions: true,
    requestIdExtension: true,
    alwaysSetRequestIdInResponse: true,
    localReplyConfig: true,
    stripMatchingHostPort: true,
    streamErrorOnInvalidHttpMessage: true,
    requestHeadersTimeout: true,
    stripPortMode: { stripAnyHostPort: true },
    pathNormalizationOptions: 'use normalize_path and merge_slashes',
    http3ProtocolOptions: HTTP3,
    pathWithEscapedSlashesAction: true,
    originalIpDetectionExtensions: true,
    stripTrailingHostDot: true,
    schemeHeaderTransformation: true,
    proxyStatusConfig: later('write proxy-status headers'),
    typedHeaderValidationConfig: 'headers are always checked: leave it out',
    appendXForwardedPort: true,
    earlyHeaderMutationExtensions: 'use the header_mutation filter',
    addProxyProtocolConnectionState: true,
    accessLogFlushInterval: later('log streams that are not over'),
    flushAccessLogOnNewRequest: later('log streams that are not over'),
    accessLogOptions: later('log streams that are not over'),
    appendLocalOverload: withoutEffect('nothing is shed for overload'),
    drainTimeoutJitter: 'use drain_timeout',
    forwardClientCertMatcher: 'use forward_client_cert_details',
    forwardProtoConfig: 'use scheme_header_transformation',
    http1SafeMaxConnectionDuration: 'HTTP/1 connections are closed between requests always: leave it out',
    recordRouteResolutionStats: 'routes are not timed: leave it out',
    streamFlushTimeout: 'use stream_idle_timeout',
  }),
  supportsEnum<typeof HttpConnectionManager_CodecType>(
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType',
    { AUTO: true, HTTP1: true, HTTP2: true, HTTP3 },
  ),
  supports<HttpConnectionManager_HcmAccessLogOptions>(
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.HcmAccessLogOptions',
    { accessLogFlushInterval: true, flushAccessLogOnNewRequest: true, flushLogOnTunnelSuccessfullyEstablished: true },
  ),
  supports<HttpConnectionManager_InternalAddressConfig>(
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig',
    { unixSockets: true, cidrRanges: true },
  ),
  supports<HttpConnectionManager_SetCurrentClientCertDetails>(
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails',
    {
      subject: true,
      cert: true,
      dns: true,
      uri: true,
      chain: true,
      format: 'the header has its text form: leave it out',
      issuer: 'use subject or uri',
    },
  ),
  supports<HttpConnectionManager_UpgradeConfig>(
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig',
    { upgradeType: true, filters: true, enabled: true },
  ),
  supports<Rds>('envoy.extensions.filters.network.http_connection_manager.v3.Rds', {
    configSource: true,
    routeConfigName: true,
  }),
  supports<RequestIDExtension>('envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension', {
    typedConfig: true,
  }),
  supports<UuidRequestIdConfig>('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig', {
    packTraceReason: true,
    useRequestIdForTraceSampling: 'spans are not made yet: leave it out',
  }),
  supports<SchemeHeaderTransformation>('envoy.config.core.v3.SchemeHeaderTransformation', {
    transformation: { schemeToOverwrite: true },
    matchUpstream: true,
  }),
];
