/** What compressors do to requests and responses. */

import type { RuntimeSource } from '../../../match/fraction.ts';
import type { HeaderSource } from '../../../match/header-matcher.ts';
import { isOn } from '../../feature-flag.ts';
import type { EncodingChoice } from './choose-encoding.ts';
import type { CompressorDirection, CompressorRouteRuntime, CompressorRuntime } from './compressor.ts';
import { hasToken, mediaTypeOf } from './media-type.ts';

/** Whether responses are compressed at all. */
export function compressesResponses(
  { response }: CompressorRuntime,
  route: CompressorRouteRuntime | undefined,
  runtime: RuntimeSource,
): boolean {
  return route?.isEnabled ?? isOn(response.enabled, runtime);
}

/** Whether `accept-encoding` is taken from a request, after it was read. */
export function removesAcceptEncoding(
  compressor: CompressorRuntime,
  route: CompressorRouteRuntime | undefined,
  runtime: RuntimeSource,
): boolean {
  return (
    compressesResponses(compressor, route, runtime) &&
    (route?.removesAcceptEncoding ?? compressor.removesAcceptEncoding)
  );
}

/** What happens to a request that has a body. One that is compressed gets a `content-encoding` and loses its length. */
export function planRequestCompression(
  { request, codec }: CompressorRuntime,
  headers: HeaderSource,
  runtime: RuntimeSource,
): 'compress' | 'tooSmall' | 'leave' {
  if (request === undefined || !isOn(request.enabled, runtime) || isUpgrade(headers)) return 'leave';
  if (!isLongEnough(request, headers)) return 'tooSmall';
  const isPlain = headers.get('content-encoding') === undefined && isPlainOnTheWire(headers, codec.encoding);
  return isPlain && isMeant(request, headers) ? 'compress' : 'leave';
}

/** What is known of a response. */
export interface CompressionInput {
  readonly status: number;
  readonly headers: HeaderSource;
  /** Whether what follows is no body but a tunnel. */
  readonly isUpgrade: boolean;
  /** Whether there is no body. */
  readonly isEnd: boolean;
  /** What the client accepts; undefined where it does not say. */
  readonly acceptEncoding: string | undefined;
  /** Makes the choice for this response, or has it already. */
  readonly choose: () => EncodingChoice;
}

/** What is done to a response. */
export interface CompressionPlan {
  /** Whether it is compressed: it gets a `content-encoding` and loses its length. */
  readonly compresses: boolean;
  /** Whether its strong validator goes, which is not that of the compressed body. */
  readonly removesEtag: boolean;
  /** The weak validator that takes the place of a strong one; undefined where there is none. */
  readonly weakEtag: string | undefined;
  /** The new `vary`; undefined where it stays. */
  readonly vary: string | undefined;
  /** The statistic about what the client accepts; undefined for none. */
  readonly stat:
    | 'no_accept_header'
    | 'header_compressor_used'
    | 'header_compressor_overshadowed'
    | EncodingChoice['why']
    | undefined;
  readonly isTooSmall: boolean;
  /** Whether it was spared for its etag. */
  readonly isEtagSpared: boolean;
  /** What the client is told of it; undefined for nothing. */
  readonly told: string | undefined;
}

/** Tells what compressors did to a response, each in a field of its own. */
export const COMPRESSION_STATUS_HEADER = 'x-envoy-compression-status';

/** Plans what is done to a response of a filter whose compression is on. */
export function planCompression(compressor: CompressorRuntime, input: CompressionInput): CompressionPlan {
  const { response, codec, sparesEtags, weakensEtags, sparedStatuses } = compressor;
  const { headers, status } = input;
  const isTooSmall = !isLongEnough(response, headers);
  const etag = headers.get('etag');
  const mayBe = !isTooSmall && !input.isUpgrade && isMeant(response, headers) && mayTransform(headers);
  const isEtagSpared = mayBe && sparesEtags && etag !== undefined;
  const isStatusSpared = sparedStatuses.size > 0 && sparedStatuses.has(status);
  const isCompressible = mayBe && !isEtagSpared && !isStatusSpared && headers.get('content-encoding') === undefined;
  const { isChosen, stat } = isTooSmall || input.isEnd ? NOT_ASKED : ask(codec.encoding, input);
  const compresses = isChosen && isCompressible && isPlainOnTheWire(headers, codec.encoding);
  const losesEtag = compresses && etag !== undefined && isStrong(etag);
  return {
    compresses,
    removesEtag: losesEtag && !weakensEtags,
    weakEtag: losesEtag && weakensEtags ? `W/${etag}` : undefined,
    vary: isCompressible ? varyWith(headers.get('vary')) : undefined,
    stat,
    isTooSmall,
    isEtagSpared,
    told: compressor.tellsStatus ? tell(compressor, input, compresses) : undefined,
  };
}

/** What became of a response, by the first reason that holds. Nothing is told of one that has no body, or was encoded before. */
function tell(compressor: CompressorRuntime, input: CompressionInput, compresses: boolean): string | undefined {
  const { headers, status, isUpgrade: isSwitch, isEnd } = input;
  if (isEnd || isSwitch || !mayTransform(headers) || headers.get('content-encoding') !== undefined) return undefined;
  const { codec, response, sparesEtags, sparedStatuses } = compressor;
  const by = (word: string) => `${codec.encoding};${word}`;
  if (!isLongEnough(response, headers)) return by('ContentLengthTooSmall');
  if (!isMeant(response, headers)) return by('ContentTypeNotAllowed');
  if (sparesEtags && headers.get('etag') !== undefined) return by('EtagNotAllowed');
  if (sparedStatuses.has(status)) return by('StatusCodeNotAllowed');
  return compresses ? by(`Compressed;OriginalLength=${headers.get('content-length') ?? ''}`) : undefined;
}

function mayTransform(headers: HeaderSource): boolean {
  return !hasToken(headers.get('cache-control'), 'no-transform');
}

interface Answer {
  readonly isChosen: boolean;
  readonly stat: CompressionPlan['stat'];
}

const NOT_ASKED: Answer = { isChosen: false, stat: undefined };

function ask(own: string, { acceptEncoding, choose }: CompressionInput): Answer {
  if (acceptEncoding === undefined) return { isChosen: false, stat: 'no_accept_header' };
  const { encoding, why } = choose();
  const isChosen = encoding === own;
  if (why !== 'compressor') return { isChosen, stat: why };
  return { isChosen, stat: isChosen ? 'header_compressor_used' : 'header_compressor_overshadowed' };
}

function isUpgrade(headers: HeaderSource): boolean {
  return headers.get('upgrade') !== undefined && hasToken(headers.get('connection'), 'upgrade');
}

/** A body of unknown length counts as long. */
function isLongEnough({ minBytes }: CompressorDirection, headers: HeaderSource): boolean {
  const length = headers.get('content-length');
  return length === undefined || (/^\d+$/.test(length) && Number(length) >= minBytes);
}

function isMeant({ meansType }: CompressorDirection, headers: HeaderSource): boolean {
  const type = headers.get('content-type');
  return type === undefined || meansType(mediaTypeOf(type));
}

const COMPRESSED = ['gzip', 'br', 'deflate', 'compress', 'zstd'];

/** Whether the transfer does not compress already. */
function isPlainOnTheWire(headers: HeaderSource, own: string): boolean {
  const codings = headers.get('transfer-encoding');
  return codings === undefined || ![...COMPRESSED, own].some((coding) => hasToken(codings, coding));
}

/** A weak one says the same of a compressed body. */
function isStrong(etag: string): boolean {
  return etag.length > 2 && !/^w\//i.test(etag);
}

/** Caches have to know that another client may get another body. */
function varyWith(vary: string | undefined): string | undefined {
  if (vary === undefined) return 'Accept-Encoding';
  return hasToken(vary, 'accept-encoding') ? undefined : `${vary}, Accept-Encoding`;
}
