/** Holds a request until it is there in full (envoy.filters.http.buffer). */
import type { BufferRuntime } from '@weft/engine';
import type { RequestHead } from '../../http/head.ts';
import { MANAGER_STAT, MANAGER_STATS } from '../../http/manager/manager-stats.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

/** See the file's head. */
export const BUFFER: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.buffer.v3.Buffer',
  create: ({ name, isDisabled, config }, { scope }) => {
    const stats = scope.block(MANAGER_STATS).values;
    return {
      name,
      isDisabled,
      create: (stream) => {
        const { maxRequestBytes } = (stream.routeConfigs[0] ?? config) as BufferRuntime;
        return maxRequestBytes === undefined ? undefined : new BufferFilter(stream, maxRequestBytes, stats);
      },
    };
  },
};

class BufferFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #maxBytes: number;
  /** Of the connection manager. */
  readonly #stats: Float64Array;
  #head: RequestHead | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(stream: FilterStream, maxBytes: number, stats: Float64Array) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#stats = stats;
  }

  onRequestHead(head: RequestHead, endStream: boolean): FilterStatus {
    if (endStream) return FilterStatus.next;
    this.#head = head;
    return FilterStatus.take;
  }

  onRequestData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    if (this.#head === undefined) return FilterStatus.next;
    this.#bytes += end - start;
    if (this.#bytes > this.#maxBytes) {
      this.#stats[MANAGER_STAT.downstream_rq_too_large]! += 1;
      this.#stream.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      return FilterStatus.take;
    }
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    if (endStream) this.#release(true);
    return FilterStatus.take;
  }

  onRequestTrailers(): FilterStatus {
    if (this.#head !== undefined) this.#release(false);
    return FilterStatus.next;
  }

  /** The request goes on; now its length is known. */
  #release(isLast: boolean): void {
    const head = this.#head!;
    this.#head = undefined;
    if (isLast && !head.has('content-length')) head.set('content-length', String(this.#bytes));
    const body = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#stream.resumeRequest();
    this.#stream.sendRequestData(body, 0, body.length, isLast);
  }
}
