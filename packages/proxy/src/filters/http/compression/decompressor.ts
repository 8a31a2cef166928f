/** Decompresses requests and responses for those who have to read them (envoy.filters.http.decompressor). */
import {
  advertisedEncodings,
  DECOMPRESSOR_STATS,
  type DecompressorDirection,
  type DecompressorRuntime,
  planDecompression,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import { FieldHead } from '../../../http/field-head.ts';
import type { FieldList, RequestHead, ResponseHead } from '../../../http/head.ts';
import type { FilterStream, HttpFilterKind, HttpFilterPlace, LocalReply } from '../filter.ts';
import { type BodyCodec, decompressorOf, refuseEncoding } from './body-codecs.ts';
import { BodyFilter } from './body-filter.ts';
import { type BodySide, BodyTransform, requestSide, responseSide } from './body-transform.ts';
import { errorCounter } from './codec-errors.ts';

const STATS = defineBlock(DECOMPRESSOR_STATS);
const STAT = STATS.at;

/** See the file's head. */
export const DECOMPRESSOR: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.decompressor.v3.Decompressor',
  refuse: (config) => refuseEncoding((config as DecompressorRuntime).codec.encoding),
  create: ({ name, isDisabled, config }, place) => {
    const setup = setUp(config as DecompressorRuntime, place);
    return { name, isDisabled, create: (stream) => new DecompressorFilter(stream, setup) };
  },
};

/** The answer to a request that cannot be read. */
const UNREADABLE: LocalReply = Object.freeze({
  status: 400,
  body: 'Bad request: its body is not what its content-encoding says',
  details: 'request_decompression_failed',
});

/** What the filters of all streams share. */
interface DecompressorSetup {
  readonly runtime: DecompressorRuntime;
  readonly codec: BodyCodec;
  readonly request: Float64Array;
  readonly response: Float64Array;
  readonly countError: (code: string) => void;
}

function setUp(runtime: DecompressorRuntime, place: HttpFilterPlace): DecompressorSetup {
  const scope = place.scope.child(runtime.statPrefix.slice(0, -1));
  return {
    runtime,
    codec: decompressorOf(runtime.codec),
    request: scope.child('request').block(STATS).values,
    response: scope.child('response').block(STATS).values,
    countError: errorCounter(runtime.codec.encoding, scope),
  };
}

class DecompressorFilter extends BodyFilter {
  readonly #stream: FilterStream;
  readonly #setup: DecompressorSetup;

  constructor(stream: FilterStream, setup: DecompressorSetup) {
    super();
    this.#stream = stream;
    this.#setup = setup;
  }

  protected planRequest(head: RequestHead, endStream: boolean): BodyTransform | undefined {
    const { runtime, request } = this.#setup;
    const advertised = advertisedEncodings(runtime, head, this.#stream.input.runtime);
    if (advertised !== undefined) head.set('accept-encoding', advertised);
    if (!this.#decodes(runtime.request, head, endStream, request)) return undefined;
    return this.#transform(requestSide(this.#stream), request, () => this.#stream.reply(UNREADABLE));
  }

  protected planResponse(head: ResponseHead, endStream: boolean): BodyTransform | undefined {
    const { runtime, response } = this.#setup;
    if (!this.#decodes(runtime.response, head, endStream, response)) return undefined;
    const onFailure = () => this.#stream.reset('response_decompression_failed');
    return this.#transform(responseSide(this.#stream), response, onFailure);
  }

  /** Whether the body of a message is decompressed; its head then says so. */
  #decodes(
    direction: DecompressorDirection,
    head: RequestHead | ResponseHead,
    endStream: boolean,
    stats: Float64Array,
  ): boolean {
    const { codec } = this.#setup.runtime;
    // As Envoy does, what has no body is not counted at all.
    if (endStream) return false;
    const plan = planDecompression(direction, codec, head, this.#stream.input.runtime);
    stats[plan === undefined ? STAT.not_decompressed : STAT.decompressed]! += 1;
    if (plan === undefined) return false;
    head.remove('content-length');
    if (plan.contentEncoding === '') head.remove('content-encoding');
    else head.set('content-encoding', plan.contentEncoding);
    return true;
  }

  #transform(side: BodySide, stats: Float64Array, refuse: () => void): BodyTransform {
    const { runtime, codec, countError } = this.#setup;
    return new BodyTransform({
      codec,
      side,
      stats,
      inputSlot: STAT.total_compressed_bytes,
      outputSlot: STAT.total_uncompressed_bytes,
      maxRatio: runtime.codec.maxInflateRatio,
      endWith: (trailers, body) => this.#withCounts(trailers, body),
      // What is left out of a body must not look complete: unlike Envoy, which passes on as much as it could read.
      onFailure: (code) => {
        countError(code);
        refuse();
      },
    });
  }

  /** Tells how much there was before and after. */
  #withCounts(trailers: FieldList | undefined, { bytesIn, bytesOut }: BodyTransform): FieldList {
    const { compressed, uncompressed } = this.#setup.runtime.trailerNames;
    const counts = [
      [compressed, String(bytesIn)],
      [uncompressed, String(bytesOut)],
    ] as const;
    if (trailers === undefined) return FieldHead.fromPairs(counts);
    for (const [name, value] of counts) trailers.set(name, value);
    return trailers;
  }
}
