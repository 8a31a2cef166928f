import type {
  Compressor,
  Compressor_CommonDirectionConfig,
  Compressor_RequestDirectionConfig,
  Compressor_ResponseDirectionConfig,
  CompressorOverrides,
  CompressorPerRoute,
  ResponseDirectionOverrides,
} from '@weft/proto/envoy/extensions/filters/http/compressor/v3/compressor';
import type { CompileContext } from '../../../compile/context.ts';
import { compileList, isMissing } from '../../../compile/matchers/outcome.ts';
import { anyOf, compileStringMessage } from '../../../compile/matchers/string-matcher.ts';
import { supports } from '../../../compile/support.ts';
import type { HttpFilterCompiler } from '../../../http/http-filter.ts';
import { asciiLower } from '../../../match/ascii.ts';
import { compileFlag, type FeatureFlag } from '../../feature-flag.ts';
import { CODEC_STAT_NAMES, type CompressorCodec, compileCompressor } from './codec.ts';

const PACKAGE = 'envoy.extensions.filters.http.compressor.v3';

/** What is supported of the filter; the deprecated fields are those of the response. */
export const COMPRESSOR_SUPPORT = [
  supports<Compressor>(`${PACKAGE}.Compressor`, {
    contentLength: true,
    contentType: true,
    disableOnEtagHeader: true,
    removeAcceptEncodingHeader: true,
    runtimeEnabled: true,
    compressorLibrary: true,
    requestDirectionConfig: true,
    responseDirectionConfig: true,
    chooseFirst: true,
  }),
  supports<Compressor_CommonDirectionConfig>(`${PACKAGE}.Compressor.CommonDirectionConfig`, {
    enabled: true,
    minContentLength: true,
    contentType: true,
    contentTypeMatcher: true,
  }),
  supports<Compressor_RequestDirectionConfig>(`${PACKAGE}.Compressor.RequestDirectionConfig`, { commonConfig: true }),
  supports<Compressor_ResponseDirectionConfig>(`${PACKAGE}.Compressor.ResponseDirectionConfig`, {
    commonConfig: true,
    disableOnEtagHeader: true,
    removeAcceptEncodingHeader: true,
    statusHeaderEnabled: true,
    uncompressibleResponseCodes: true,
    weakenEtagOnCompress: true,
  }),
  supports<CompressorPerRoute>(`${PACKAGE}.CompressorPerRoute`, { override: { disabled: true, overrides: true } }),
  supports<CompressorOverrides>(`${PACKAGE}.CompressorOverrides`, {
    responseDirectionConfig: true,
    compressorLibrary: true,
  }),
  supports<ResponseDirectionOverrides>(`${PACKAGE}.ResponseDirectionOverrides`, { removeAcceptEncodingHeader: true }),
];

const COMMON_STATS = [
  'compressed',
  'not_compressed',
  'total_uncompressed_bytes',
  'total_compressed_bytes',
  'content_length_too_small',
] as const;

/** Counted for requests in `statPrefix` and `request.`. */
export const COMPRESSOR_REQUEST_STATS = { counters: COMMON_STATS } as const;

/** Counted for responses in `statPrefix`, and `response.` if the configuration has a part for responses. */
export const COMPRESSOR_RESPONSE_STATS = { counters: COMMON_STATS } as const;

/** Counted for responses in `statPrefix` itself: what the client accepts. */
export const COMPRESSOR_ACCEPT_STATS = {
  counters: [
    'no_accept_header',
    'header_identity',
    'header_compressor_used',
    'header_compressor_overshadowed',
    'header_wildcard',
    'header_not_valid',
    'not_compressed_etag',
  ],
} as const;

/** What holds for one direction. */
export interface CompressorDirection {
  readonly enabled: FeatureFlag;
  readonly minBytes: number;
  /** Whether what has a type is compressed; without its parameters. */
  readonly meansType: (mediaType: string) => boolean;
}

/** A compiled filter. */
export interface CompressorRuntime {
  readonly codec: CompressorCodec;
  /** Below the connection manager's scope: `compressor.<name>.<library>.`. */
  readonly statPrefix: string;
  /** Undefined where requests are left alone. */
  readonly request: CompressorDirection | undefined;
  readonly response: CompressorDirection;
  readonly hasResponseStatPrefix: boolean;
  readonly sparesEtags: boolean;
  /** Whether strong validators of what is compressed become weak, instead of going. */
  readonly weakensEtags: boolean;
  /** Responses with these statuses are left alone. */
  readonly sparedStatuses: ReadonlySet<number>;
  /** Whether a header tells what became of a response. */
  readonly tellsStatus: boolean;
  /** Whether upstreams are kept from compressing by themselves. */
  readonly removesAcceptEncoding: boolean;
  /** Whether this compressor wins over others that the client likes as much. */
  readonly isFirstChoice: boolean;
}

/** What a route says instead; undefined leaves it to the filter. */
export interface CompressorRouteRuntime {
  readonly codec: CompressorCodec | undefined;
  readonly isEnabled: boolean | undefined;
  readonly removesAcceptEncoding: boolean | undefined;
}

/** Compresses what clients accept compressed. */
export const COMPRESSOR_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.compressor',
  typeName: `${PACKAGE}.Compressor`,
  compile: (message, path, context) => compileFilter(message as Compressor, path, context),
  route: {
    typeName: `${PACKAGE}.CompressorPerRoute`,
    compile: (message, path, context) => compileForRoute(message as CompressorPerRoute, path, context),
  },
};

function compileFilter(message: Compressor, path: string, context: CompileContext): CompressorRuntime | undefined {
  const codec = compileCompressor(message.compressorLibrary, path, context);
  const { requestDirectionConfig, responseDirectionConfig: response } = message;
  const deprecated = {
    enabled: message.runtimeEnabled,
    minContentLength: message.contentLength,
    contentType: message.contentType,
  };
  const request =
    requestDirectionConfig &&
    compileDirection(requestDirectionConfig.commonConfig, `${path}.request_direction_config.common_config`, context);
  const answers =
    response === undefined
      ? compileDirection(deprecated, path, context)
      : compileDirection(response.commonConfig, `${path}.response_direction_config.common_config`, context);
  if (codec === undefined || answers === undefined) return undefined;
  if (requestDirectionConfig !== undefined && request === undefined) return undefined;
  return Object.freeze({
    codec,
    statPrefix: `compressor.${message.compressorLibrary?.name ?? ''}.${CODEC_STAT_NAMES[codec.encoding]}.`,
    request,
    response: answers,
    hasResponseStatPrefix: response !== undefined,
    sparesEtags: (response ?? message).disableOnEtagHeader,
    weakensEtags: response?.weakenEtagOnCompress ?? false,
    sparedStatuses: new Set(response?.uncompressibleResponseCodes),
    tellsStatus: response?.statusHeaderEnabled ?? false,
    removesAcceptEncoding: (response ?? message).removeAcceptEncodingHeader,
    isFirstChoice: message.chooseFirst,
  });
}

/** As Envoy's: below this, compressing is not worth it. */
const DEFAULT_MIN_BYTES = 30;

/** As Envoy's. */
const DEFAULT_CONTENT_TYPES = [
  'text/html',
  'text/plain',
  'text/css',
  'application/javascript',
  'application/x-javascript',
  'text/javascript',
  'text/x-javascript',
  'text/ecmascript',
  'text/js',
  'text/jscript',
  'text/x-js',
  'application/ecmascript',
  'application/x-json',
  'application/xml',
  'application/json',
  'image/svg+xml',
  'text/xml',
  'application/xhtml+xml',
  'application/grpc-web',
  'application/grpc-web+proto',
];

type DirectionMessage = Partial<Omit<Compressor_CommonDirectionConfig, '$typeName'>>;

function compileDirection(
  message: DirectionMessage | undefined,
  path: string,
  context: CompileContext,
): CompressorDirection | undefined {
  const meansType = compileTypes(message, path, context);
  if (meansType === undefined) return undefined;
  const minBytes = message?.minContentLength || DEFAULT_MIN_BYTES;
  return { enabled: compileFlag(message?.enabled), minBytes, meansType };
}

/** As in Envoy, where there are matchers the list of types is not asked, and they see the case of a type. */
function compileTypes(
  { contentType: types = [], contentTypeMatcher: matchers = [] }: DirectionMessage = {},
  path: string,
  context: CompileContext,
): CompressorDirection['meansType'] | undefined {
  if (matchers.length > 0) {
    const at = `${path}.content_type_matcher`;
    const tests = compileList(matchers, at, (each, place) => compileStringMessage(each, place, context));
    if (tests === undefined) return undefined;
    const test = anyOf(tests);
    return (type) => test.matches(type);
  }
  const known = new Set((types.length === 0 ? DEFAULT_CONTENT_TYPES : types).map(asciiLower));
  return (type) => known.has(asciiLower(type));
}

function compileForRoute(
  { override }: CompressorPerRoute,
  path: string,
  context: CompileContext,
): CompressorRouteRuntime | undefined {
  if (override.case === 'disabled' && override.value) {
    return { codec: undefined, isEnabled: false, removesAcceptEncoding: undefined };
  }
  if (override.case !== 'overrides') return isMissing(path, 'disabled: true, or overrides', context);
  const { responseDirectionConfig: response, compressorLibrary } = override.value;
  const codec = compressorLibrary && compileCompressor(compressorLibrary, `${path}.overrides`, context);
  if (compressorLibrary !== undefined && codec === undefined) return undefined;
  // As in Envoy, that there is a part for responses switches them on.
  return {
    codec,
    isEnabled: response === undefined ? undefined : true,
    removesAcceptEncoding: response?.removeAcceptEncodingHeader,
  };
}
