import type {
  Decompressor,
  Decompressor_CommonDirectionConfig,
  Decompressor_RequestDirectionConfig,
  Decompressor_ResponseDirectionConfig,
} from '@weft/proto/envoy/extensions/filters/http/decompressor/v3/decompressor';
import type { CompileContext } from '../../../compile/context.ts';
import { supports } from '../../../compile/support.ts';
import type { HttpFilterCompiler } from '../../../http/http-filter.ts';
import { asciiLower } from '../../../match/ascii.ts';
import type { RuntimeSource } from '../../../match/fraction.ts';
import type { HeaderSource } from '../../../match/header-matcher.ts';
import { compileFlag, type FeatureFlag, isOn } from '../../feature-flag.ts';
import { CODEC_STAT_NAMES, compileDecompressor, type DecompressorCodec } from './codec.ts';
import { hasToken } from './media-type.ts';

const TYPE = 'envoy.extensions.filters.http.decompressor.v3.Decompressor';

/** What is supported of the filter. */
export const DECOMPRESSOR_SUPPORT = [
  supports<Decompressor>(TYPE, {
    decompressorLibrary: true,
    requestDirectionConfig: true,
    responseDirectionConfig: true,
  }),
  supports<Decompressor_CommonDirectionConfig>(`${TYPE}.CommonDirectionConfig`, {
    enabled: true,
    ignoreNoTransformHeader: true,
  }),
  supports<Decompressor_RequestDirectionConfig>(`${TYPE}.RequestDirectionConfig`, {
    commonConfig: true,
    advertiseAcceptEncoding: true,
  }),
  supports<Decompressor_ResponseDirectionConfig>(`${TYPE}.ResponseDirectionConfig`, { commonConfig: true }),
];

/** Counted in `statPrefix` and `request.` or `response.`. */
export const DECOMPRESSOR_STATS = {
  counters: ['decompressed', 'not_decompressed', 'total_uncompressed_bytes', 'total_compressed_bytes'],
} as const;

/** What holds for one direction. */
export interface DecompressorDirection {
  readonly enabled: FeatureFlag;
  readonly ignoresNoTransform: boolean;
}

/** A compiled filter. */
export interface DecompressorRuntime {
  readonly codec: DecompressorCodec;
  /** Below the connection manager's scope: `decompressor.<name>.<library>.`. */
  readonly statPrefix: string;
  readonly request: DecompressorDirection;
  readonly response: DecompressorDirection;
  /** Whether upstreams are told that they may compress. */
  readonly advertises: boolean;
  /** The trailers that tell how much there was before and after. */
  readonly trailerNames: { readonly compressed: string; readonly uncompressed: string };
}

/** Decompresses what filters, or an upstream, have to read. */
export const DECOMPRESSOR_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.decompressor',
  typeName: TYPE,
  compile: (message, path, context) => compileFilter(message as Decompressor, path, context),
};

function compileFilter(message: Decompressor, path: string, context: CompileContext): DecompressorRuntime | undefined {
  const codec = compileDecompressor(message.decompressorLibrary, path, context);
  if (codec === undefined) return undefined;
  const name = message.decompressorLibrary?.name ?? '';
  const { requestDirectionConfig: request, responseDirectionConfig: response } = message;
  const trailer = `x-envoy-decompressor-${asciiLower(name)}`;
  return Object.freeze({
    codec,
    statPrefix: `decompressor.${name}.${CODEC_STAT_NAMES[codec.encoding]}.`,
    request: compileDirection(request?.commonConfig),
    response: compileDirection(response?.commonConfig),
    advertises: request?.advertiseAcceptEncoding ?? true,
    trailerNames: { compressed: `${trailer}-compressed-bytes`, uncompressed: `${trailer}-uncompressed-bytes` },
  });
}

function compileDirection(message: Decompressor_CommonDirectionConfig | undefined): DecompressorDirection {
  return { enabled: compileFlag(message?.enabled), ignoresNoTransform: message?.ignoreNoTransformHeader ?? false };
}

/** The `accept-encoding` to send upstream; undefined where it stays. */
export function advertisedEncodings(
  { codec, response, advertises }: DecompressorRuntime,
  request: HeaderSource,
  runtime: RuntimeSource,
): string | undefined {
  if (!advertises || !isOn(response.enabled, runtime)) return undefined;
  const { encoding } = codec;
  const others = (request.get('accept-encoding') ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && asciiLower(each.split(';')[0]!.trim()) !== encoding);
  return [...others, encoding].join(',');
}

/** What is done to a message that has a body. */
export interface DecompressionPlan {
  /** The `content-encoding` that is left; empty for none. The length goes. */
  readonly contentEncoding: string;
}

/** Plans a message; undefined when it is left alone. What was applied last is taken off first (RFC 9110, 8.4). */
export function planDecompression(
  { enabled, ignoresNoTransform }: DecompressorDirection,
  { encoding }: DecompressorCodec,
  headers: HeaderSource,
  runtime: RuntimeSource,
): DecompressionPlan | undefined {
  if (!isOn(enabled, runtime)) return undefined;
  if (!ignoresNoTransform && hasToken(headers.get('cache-control'), 'no-transform')) return undefined;
  const codings = (headers.get('content-encoding') ?? '').split(',').map((coding) => coding.trim());
  const last = codings.pop() ?? '';
  return asciiLower(last) === encoding ? { contentEncoding: codings.join(', ') } : undefined;
}
