import type { ConnectionView, RouteDecision, RouteInput, StreamView } from '@weft/engine';
import type { FilterStream, HttpFilter, LocalReply } from '../../filters/http/filter.ts';
import type { FieldList, RequestHead, ResponseHead } from '../head.ts';
import type { Pipeline } from './pipeline.ts';
import type { RouteChoice } from './route-choice.ts';
import type { StreamRecord } from './stream-record.ts';

/** The stream that a filter works on. */
export type SeatHost = StreamRecord &
  RouteInput & {
    readonly route: RouteChoice;
    readonly requestPipeline: Pipeline<RequestHead> | undefined;
    readonly responsePipeline: Pipeline<ResponseHead> | undefined;
    reply(reply: LocalReply): void;
    abort(details: string): void;
  };

/** What one filter may do with its stream. */
export class FilterSeat implements FilterStream {
  readonly #stream: SeatHost;
  readonly #name: string;
  /** Set once the filter has been made. */
  filter: HttpFilter | undefined;

  constructor(stream: SeatHost, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  get view(): StreamView {
    return this.#stream;
  }

  get connection(): ConnectionView {
    return this.#stream.connection;
  }

  get routeConfigs(): readonly unknown[] {
    return this.#stream.route.configsOf(this.#name);
  }

  get input(): RouteInput {
    return this.#stream;
  }

  get decision(): RouteDecision {
    return this.#stream.route.decision;
  }

  get clusterName(): string {
    return this.#stream.route.pick?.clusterName ?? '';
  }

  clearRoute(): void {
    this.#stream.route.clear();
  }

  resumeRequest(): void {
    if (this.filter !== undefined) this.#stream.requestPipeline?.resume(this.filter);
  }

  resumeResponse(): void {
    if (this.filter !== undefined) this.#stream.responsePipeline?.resume(this.filter);
  }

  sendRequestData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const { requestPipeline } = this.#stream;
    if (this.filter === undefined || requestPipeline === undefined) return true;
    return requestPipeline.sendDataFrom(this.filter, bytes, start, end, endStream);
  }

  sendResponseData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const { responsePipeline } = this.#stream;
    if (this.filter === undefined || responsePipeline === undefined) return true;
    return responsePipeline.sendDataFrom(this.filter, bytes, start, end, endStream);
  }

  sendRequestTrailers(trailers: FieldList): void {
    if (this.filter !== undefined) this.#stream.requestPipeline?.sendTrailersFrom(this.filter, trailers);
  }

  sendResponseTrailers(trailers: FieldList): void {
    if (this.filter !== undefined) this.#stream.responsePipeline?.sendTrailersFrom(this.filter, trailers);
  }

  pauseRequest(isPaused: boolean): void {
    if (this.filter !== undefined) this.#stream.requestPipeline?.pause(this.filter, isPaused);
  }

  pauseResponse(isPaused: boolean): void {
    if (this.filter !== undefined) this.#stream.responsePipeline?.pause(this.filter, isPaused);
  }

  reply(reply: LocalReply): void {
    this.#stream.reply(reply);
  }

  reset(details: string): void {
    this.#stream.abort(details);
  }

  setMetadata(filter: string, key: string, value: unknown): void {
    this.#stream.setMetadata(filter, key, value);
  }

  setFilterState(key: string, value: string): void {
    this.#stream.setFilterState(key, value);
  }

  addFlags(flags: number): void {
    this.#stream.responseFlags |= flags;
  }
}
