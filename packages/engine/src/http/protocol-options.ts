import type { TypedExtensionConfig } from '@weft/proto/envoy/config/core/v3/extension';
import type {
  Http1ProtocolOptions,
  Http1ProtocolOptions_HeaderKeyFormat,
  Http1ProtocolOptions_HeaderKeyFormat_ProperCaseWords,
  Http2ProtocolOptions,
  Http2ProtocolOptions_SettingsParameter,
  HttpProtocolOptions,
  KeepaliveSettings,
} from '@weft/proto/envoy/config/core/v3/protocol';
import type { PreserveCaseFormatterConfig } from '@weft/proto/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case';
import type { Percent } from '@weft/proto/envoy/type/v3/percent';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import type { Http1Runtime, Http2Runtime, HttpRuntime, UnderscoresAction } from './manager-runtime.ts';

/** What is supported of the options of HTTP, in both roles. */
export const PROTOCOL_OPTIONS_SUPPORT = [
  supports<HttpProtocolOptions>('envoy.config.core.v3.HttpProtocolOptions', {
    idleTimeout: true,
    maxHeadersCount: true,
    maxConnectionDuration: true,
    maxStreamDuration: true,
    headersWithUnderscoresAction: true,
    maxRequestsPerConnection: true,
    maxConnectionDurationJitter: 'use max_connection_duration',
    maxResponseHeadersKb: 'heads of responses may have 60 KiB: leave it out',
  }),
  supports<Http1ProtocolOptions>('envoy.config.core.v3.Http1ProtocolOptions', {
    allowAbsoluteUrl: true,
    acceptHttp10: true,
    defaultHostForHttp10: true,
    headerKeyFormat: true,
    enableTrailers: true,
    allowChunkedLength:
      'a message with transfer-encoding and content-length can be read in two ways: it is refused always',
    overrideStreamErrorOnInvalidHttpMessage: true,
    sendFullyQualifiedUrl: 'requests to an HTTP proxy are not made: leave it out',
    useBalsaParser: withoutEffect('there is one parser'),
    allowCustomMethods: withoutEffect('every method that is a token is taken'),
    ignoreHttp11Upgrade: 'an upgrade that no upgrade_configs allow is refused: leave it out',
  }),
  supports<Http1ProtocolOptions_HeaderKeyFormat>('envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat', {
    headerFormat: { properCaseWords: true, statefulFormatter: true },
  }),
  supports<Http1ProtocolOptions_HeaderKeyFormat_ProperCaseWords>(
    'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords',
    {},
  ),
  supports<PreserveCaseFormatterConfig>(
    'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
    {
      forwardReasonPhrase: 'the reason phrase is made from the status',
      formatterTypeOnEnvoyHeaders: 'names of headers that are added are in lower case',
    },
  ),
  supports<Http2ProtocolOptions>('envoy.config.core.v3.Http2ProtocolOptions', {
    hpackTableSize: true,
    maxConcurrentStreams: true,
    initialStreamWindowSize: true,
    initialConnectionWindowSize: true,
    allowConnect: true,
    allowMetadata: "Envoy's METADATA frames are not supported",
    maxOutboundFrames: true,
    maxOutboundControlFrames: true,
    maxConsecutiveInboundFramesWithEmptyPayload: true,
    maxInboundPriorityFramesPerStream: true,
    maxInboundWindowUpdateFramesPerDataFrameSent: true,
    streamErrorOnInvalidHttpMessaging: true,
    customSettingsParameters: 'settings are sent as their own fields say: custom ones are not',
    overrideStreamErrorOnInvalidHttpMessage: true,
    connectionKeepalive: true,
    useOghttp2Codec: withoutEffect('there is one codec'),
    disallowObsText: 'bytes above ASCII are taken in values as HTTP allows: leave it out',
    enableHuffmanEncoding: 'texts are encoded in the shorter form: leave it out',
    maxHeaderFieldSizeKb: 'use max_request_headers_kb',
    maxMetadataSize: "Envoy's METADATA frames are not supported",
    streamResetBurst: 'use max_outbound_control_frames',
    streamResetRate: 'use max_outbound_control_frames',
  }),
  supports<Http2ProtocolOptions_SettingsParameter>('envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter', {
    identifier: true,
    value: true,
  }),
  supports<KeepaliveSettings>('envoy.config.core.v3.KeepaliveSettings', {
    interval: true,
    timeout: true,
    intervalJitter: true,
    connectionIdleInterval: true,
  }),
  supports<Percent>('envoy.type.v3.Percent', { value: true }),
];

/** How the names of HTTP/1 headers are spelt. */
export const HEADER_FORMATTERS: ExtensionCategory<'preserve'> = {
  name: 'envoy.http.stateful_header_formatters',
  what: 'header formatter',
  supported: [
    {
      name: 'envoy.http.stateful_header_formatters.preserve_case',
      typeName: 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      compile: compilePreserveCase,
    },
  ],
  refused: {},
};

const HOUR_MS = 3_600_000;

/** Compiles what holds for HTTP of any version; `maxHeaders` is what holds without options. */
export function compileHttpOptions(
  message: HttpProtocolOptions | undefined,
  maxRequestsPerConnection: number,
  path: string,
  context: ConfigContext,
): HttpRuntime {
  return Object.freeze({
    idleTimeoutMs: compileOptionalMs(message?.idleTimeout, `${path}.idle_timeout`, context) ?? HOUR_MS,
    maxConnectionDurationMs:
      compileOptionalMs(message?.maxConnectionDuration, `${path}.max_connection_duration`, context) ?? 0,
    maxStreamDurationMs: compileOptionalMs(message?.maxStreamDuration, `${path}.max_stream_duration`, context) ?? 0,
    maxHeaders: message?.maxHeadersCount ?? 100,
    maxRequestsPerConnection: message?.maxRequestsPerConnection ?? maxRequestsPerConnection,
    underscores: UNDERSCORES[message?.headersWithUnderscoresAction ?? 0] ?? 'allow',
  });
}

/** By the number of HeadersWithUnderscoresAction. */
const UNDERSCORES: readonly UnderscoresAction[] = ['allow', 'reject', 'drop'];

/** Compiles the options of HTTP/1; `isLenient` is whether an invalid message ends its stream only, where the options do not say. */
export function compileHttp1Options(
  message: Http1ProtocolOptions | undefined,
  isLenient: boolean,
  path: string,
  context: ConfigContext,
): Http1Runtime {
  return Object.freeze({
    acceptsHttp10: message?.acceptHttp10 ?? false,
    http10Host: message?.defaultHostForHttp10 ?? '',
    hasTrailers: message?.enableTrailers ?? false,
    allowsAbsoluteUrl: message?.allowAbsoluteUrl ?? true,
    nameCase: compileNameCase(message?.headerKeyFormat, `${path}.header_key_format`, context),
    isInvalidMessageStreamError: message?.overrideStreamErrorOnInvalidHttpMessage ?? isLenient,
  });
}

function compileNameCase(
  message: Http1ProtocolOptions_HeaderKeyFormat | undefined,
  path: string,
  context: ConfigContext,
): Http1Runtime['nameCase'] {
  switch (message?.headerFormat.case) {
    case undefined:
      return 'lower';
    case 'properCaseWords':
      return 'proper';
    case 'statefulFormatter': {
      const formatter: TypedExtensionConfig = message.headerFormat.value;
      const holder = { name: formatter.name, typedConfig: formatter.typedConfig };
      compileExtension(HEADER_FORMATTERS, holder, `${path}.stateful_formatter`, context);
      return 'preserve';
    }
  }
}

function compilePreserveCase(): 'preserve' {
  return 'preserve';
}

/** Compiles the options of HTTP/2; the defaults are those of Envoy. */
export function compileHttp2Options(
  message: Http2ProtocolOptions | undefined,
  isLenient: boolean,
  path: string,
  context: ConfigContext,
): Http2Runtime {
  const isInvalidMessageStreamError =
    message?.overrideStreamErrorOnInvalidHttpMessage ?? (message?.streamErrorOnInvalidHttpMessaging || isLenient);
  return Object.freeze({
    hpackTableSize: message?.hpackTableSize ?? 4096,
    maxConcurrentStreams: message?.maxConcurrentStreams ?? 1024,
    initialStreamWindowBytes: message?.initialStreamWindowSize ?? 16 * 1024 * 1024,
    initialConnectionWindowBytes: message?.initialConnectionWindowSize ?? 24 * 1024 * 1024,
    allowsConnect: message?.allowConnect ?? false,
    maxOutboundFrames: message?.maxOutboundFrames ?? 10_000,
    maxOutboundControlFrames: message?.maxOutboundControlFrames ?? 1000,
    maxConsecutiveEmptyFrames: message?.maxConsecutiveInboundFramesWithEmptyPayload ?? 1,
    maxPriorityFramesPerStream: message?.maxInboundPriorityFramesPerStream ?? 100,
    maxWindowUpdatesPerDataFrame: message?.maxInboundWindowUpdateFramesPerDataFrameSent ?? 10,
    isInvalidMessageStreamError,
    keepalive: compileKeepalive(message?.connectionKeepalive, `${path}.connection_keepalive`, context),
  });
}

const DEFAULT_JITTER_PCT = 15;

function compileKeepalive(
  message: KeepaliveSettings | undefined,
  path: string,
  context: ConfigContext,
): Http2Runtime['keepalive'] {
  if (message === undefined) return undefined;
  return Object.freeze({
    intervalMs: compileOptionalMs(message.interval, `${path}.interval`, context) ?? 0,
    timeoutMs: compileOptionalMs(message.timeout, `${path}.timeout`, context) ?? 0,
    intervalJitterPct: message.intervalJitter?.value ?? DEFAULT_JITTER_PCT,
    idleIntervalMs: compileOptionalMs(message.connectionIdleInterval, `${path}.connection_idle_interval`, context) ?? 0,
  });
}
