/** Compresses responses for clients that take them so, and requests (envoy.filters.http.compressor). */
import type { Logger } from '@weft/core';
import {
  COMPRESSION_STATUS_HEADER,
  COMPRESSOR_ACCEPT_STATS,
  COMPRESSOR_REQUEST_STATS,
  COMPRESSOR_RESPONSE_STATS,
  type CompressionPlan,
  type CompressorRouteRuntime,
  type CompressorRuntime,
  chooseEncoding,
  compressesResponses,
  type EncodingChoice,
  planCompression,
  planRequestCompression,
  removesAcceptEncoding,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { RequestHead, ResponseHead } from '../../../http/head.ts';
import type { FilterStream, HttpFilterKind, HttpFilterPlace } from '../filter.ts';
import { type BodyCodec, compressorOf, refuseEncoding } from './body-codecs.ts';
import { BodyFilter } from './body-filter.ts';
import { type BodySide, BodyTransform, requestSide, responseSide } from './body-transform.ts';
import { CompressorGroup, type StreamCompressors } from './compressor-group.ts';

const REQUEST_STATS = defineBlock(COMPRESSOR_REQUEST_STATS);
const RESPONSE_STATS = defineBlock(COMPRESSOR_RESPONSE_STATS);
const ACCEPT_STATS = defineBlock(COMPRESSOR_ACCEPT_STATS);
const ACCEPT_STAT = ACCEPT_STATS.at;
/** Both directions count the same. */
const STAT = RESPONSE_STATS.at;

const SWITCHING_PROTOCOLS = 101;

/** See the file's head. */
export const COMPRESSOR: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.compressor.v3.Compressor',
  refuse: (config) => refuseEncoding((config as CompressorRuntime).codec.encoding),
  create: ({ name, isDisabled, config }, place) => {
    const setup = setUp(config as CompressorRuntime, place);
    return { name, isDisabled, create: (stream) => new CompressorFilter(stream, setup) };
  },
};

/** How bodies are compressed on a route. */
interface RouteCompression {
  /** What the route says of the codec is in it. */
  readonly runtime: CompressorRuntime;
  readonly codec: BodyCodec;
  /** The runtime, for a choice among compressors that is none. */
  readonly alone: readonly CompressorRuntime[];
}

/** What the filters of all streams share. */
interface CompressorSetup {
  readonly forRoute: (route: CompressorRouteRuntime | undefined) => RouteCompression;
  readonly group: CompressorGroup;
  readonly request: Float64Array;
  readonly response: Float64Array;
  readonly accept: Float64Array;
}

function setUp(runtime: CompressorRuntime, place: HttpFilterPlace): CompressorSetup {
  const scope = place.scope.child(runtime.statPrefix.slice(0, -1));
  const responseScope = runtime.hasResponseStatPrefix ? scope.child('response') : scope;
  return {
    forRoute: compressionByRoute(runtime, place.services.logger),
    group: CompressorGroup.join(place),
    request: scope.child('request').block(REQUEST_STATS).values,
    response: responseScope.block(RESPONSE_STATS).values,
    accept: scope.block(ACCEPT_STATS).values,
  };
}

function compressionByRoute(runtime: CompressorRuntime, logger: Logger): CompressorSetup['forRoute'] {
  const usual = compressionBy(runtime);
  const own = new WeakMap<CompressorRouteRuntime, RouteCompression>();
  return (route) => {
    if (route?.codec === undefined) return usual;
    let compression = own.get(route);
    if (compression === undefined) {
      const reason = refuseEncoding(route.codec.encoding);
      // Routes may come while the proxy runs: their clients are served all the same.
      if (reason !== undefined) logger.warning('a route keeps the usual compressor', { reason });
      compression = reason === undefined ? compressionBy({ ...runtime, codec: route.codec }) : usual;
      own.set(route, compression);
    }
    return compression;
  };
}

function compressionBy(runtime: CompressorRuntime): RouteCompression {
  return { runtime, codec: compressorOf(runtime.codec), alone: [runtime] };
}

class CompressorFilter extends BodyFilter {
  readonly #stream: FilterStream;
  readonly #setup: CompressorSetup;
  readonly #route: CompressorRouteRuntime | undefined;
  readonly #compression: RouteCompression;
  /** Undefined for a compressor that is alone. */
  readonly #compressors: StreamCompressors | undefined;
  /** As it came: this filter, or another one, may take it from the request. */
  #acceptEncoding: string | undefined;

  constructor(stream: FilterStream, setup: CompressorSetup) {
    super();
    this.#stream = stream;
    this.#setup = setup;
    this.#compressors = setup.group.of(stream.view);
    this.#route = stream.routeConfigs[0] as CompressorRouteRuntime | undefined;
    this.#compression = setup.forRoute(this.#route);
    this.#compressors?.add(this.#compression.runtime);
  }

  protected planRequest(head: RequestHead, endStream: boolean): BodyTransform | undefined {
    const { runtime } = this.#compression;
    const { request } = this.#setup;
    const values = this.#stream.input.runtime;
    this.#acceptEncoding = head.get('accept-encoding');
    if (removesAcceptEncoding(runtime, this.#route, values)) head.remove('accept-encoding');
    const plan = endStream ? 'leave' : planRequestCompression(runtime, head, values);
    request[plan === 'compress' ? STAT.compressed : STAT.not_compressed]! += 1;
    if (plan === 'tooSmall') request[STAT.content_length_too_small]! += 1;
    if (plan !== 'compress') return undefined;
    this.#encode(head);
    return this.#transform(requestSide(this.#stream), request);
  }

  protected planResponse(head: ResponseHead, endStream: boolean, isAnother: boolean): BodyTransform | undefined {
    const { runtime } = this.#compression;
    const { response } = this.#setup;
    if (isAnother) this.#compressors?.forget();
    if (!compressesResponses(runtime, this.#route, this.#stream.input.runtime)) {
      response[STAT.not_compressed]! += 1;
      return undefined;
    }
    const acceptEncoding = this.#acceptEncoding;
    const plan = planCompression(runtime, {
      status: head.status,
      headers: head,
      isUpgrade: head.status === SWITCHING_PROTOCOLS || this.#stream.view.request?.method === 'CONNECT',
      isEnd: endStream,
      acceptEncoding,
      choose: () => this.#choose(acceptEncoding ?? '', head.get('content-type')),
    });
    this.#count(plan);
    if (plan.compresses) {
      if (plan.removesEtag) head.remove('etag');
      if (plan.weakEtag !== undefined) head.set('etag', plan.weakEtag);
      this.#encode(head);
    }
    if (plan.vary !== undefined) head.set('vary', plan.vary);
    if (plan.told !== undefined) head.add(COMPRESSION_STATUS_HEADER, plan.told);
    return plan.compresses ? this.#transform(responseSide(this.#stream), response) : undefined;
  }

  #choose(acceptEncoding: string, contentType: string | undefined): EncodingChoice {
    if (this.#compressors !== undefined) return this.#compressors.choose(acceptEncoding, contentType);
    return chooseEncoding(this.#compression.alone, acceptEncoding, contentType);
  }

  #encode(head: RequestHead | ResponseHead): void {
    head.remove('content-length');
    head.set('content-encoding', this.#compression.runtime.codec.encoding);
  }

  #transform(side: BodySide, stats: Float64Array): BodyTransform {
    return new BodyTransform({
      codec: this.#compression.codec,
      side,
      stats,
      inputSlot: STAT.total_uncompressed_bytes,
      outputSlot: STAT.total_compressed_bytes,
      maxRatio: Number.POSITIVE_INFINITY,
      endWith: (trailers) => trailers,
      onFailure: (code) => this.#stream.reset(`compression_failed{${code}}`),
    });
  }

  #count({ compresses, isTooSmall, isEtagSpared, stat }: CompressionPlan): void {
    const { response, accept } = this.#setup;
    response[compresses ? STAT.compressed : STAT.not_compressed]! += 1;
    if (isTooSmall) response[STAT.content_length_too_small]! += 1;
    if (isEtagSpared) accept[ACCEPT_STAT.not_compressed_etag]! += 1;
    if (stat !== undefined && stat !== 'compressor') accept[ACCEPT_STAT[stat]]! += 1;
  }
}
