/**
 * One request and its response, from the first byte of the one to the last byte of the other: what filters and the router work on. It ends in
 * exactly one #finish().
 */
import { ResponseFlag, type RuntimeSource } from '@weft/engine';
import type { HttpFilter, LocalReply } from '../../filters/http/filter.ts';
import { reasonOf } from '../../http1/reasons.ts';
import type { ServerStream, ServerStreamHandler, StreamReset } from '../codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../head.ts';
import { ResponseFields } from '../response-fields.ts';
import type { Deadlined } from './deadlines.ts';
import { FilterSeat, type SeatHost } from './filter-seat.ts';
import { admitRequest } from './incoming/admit-request.ts';
import { shapeLocalReply } from './local-reply.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import { finishResponse } from './outgoing/finish-response.ts';
import { Pipeline, type PipelineEnd } from './pipeline.ts';
import { REQUEST_HOOKS, RESPONSE_HOOKS } from './pipelines.ts';
import { RouteChoice, type RouteSubject } from './route-choice.ts';
import type { StreamServices } from './services.ts';
import { type RecordSource, StreamRecord } from './stream-record.ts';
import type { Terminal, TerminalHost } from './terminal.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** The connection that a stream is on. */
export interface ExchangeOwner extends RecordSource {
  readonly services: StreamServices;
  createTerminal(stream: TerminalHost): Terminal;
  /** The stream has ended. */
  handleEnd(stream: StreamRecord): void;
}

/** See the file's head. */
export class Exchange
  extends StreamRecord
  implements ServerStreamHandler, TerminalHost, SeatHost, RouteSubject, Deadlined
{
  readonly services: StreamServices;
  readonly stream: ServerStream;
  readonly startMs: number;
  readonly route: RouteChoice;
  requestPipeline: Pipeline<RequestHead> | undefined;
  responsePipeline: Pipeline<ResponseHead> | undefined;
  isRequestComplete = false;
  isResponseStarted = false;
  isOver = false;
  deadlineMs = NEVER;
  deadlineSlot = -1;
  readonly #owner: ExchangeOwner;
  readonly #terminal: Terminal;
  /** In the order of the configuration. */
  #filters: HttpFilter[] | undefined;
  #idleMs: number;
  #idleAtMs = NEVER;
  #requestDueAtMs = NEVER;
  #durationAtMs = NEVER;
  #randomValue = -1;
  #isReplied = false;
  #isCongested = false;
  #isRequestRetained = false;
  #isResponseRetained = false;

  constructor(owner: ExchangeOwner, stream: ServerStream) {
    const { services } = owner;
    super(owner, stream.protocol, services.clock.now() * 1000);
    this.#owner = owner;
    this.services = services;
    this.stream = stream;
    this.startMs = services.clock.monotonic();
    this.route = new RouteChoice(this);
    this.#terminal = owner.createTerminal(this);
    const { streamIdleTimeoutMs, requestTimeoutMs, http } = services.runtime;
    this.#idleMs = streamIdleTimeoutMs;
    if (requestTimeoutMs > 0) this.#requestDueAtMs = this.startMs + requestTimeoutMs;
    if (http.maxStreamDurationMs > 0) this.#durationAtMs = this.startMs + http.maxStreamDurationMs;
    this.#touch(this.startMs);
    services.deadlines.add(this);
  }

  /** A random whole number of 53 bits: all decisions about the stream see the same one. */
  get randomValue(): number {
    if (this.#randomValue < 0) this.#randomValue = Math.floor(this.services.random.next() * 2 ** 53);
    return this.#randomValue;
  }

  /** Values of the configuration's runtime layers. */
  get runtime(): RuntimeSource {
    return this.services.runtimeValues;
  }

  /** Answers what never became a request: its head was not valid, or late. */
  refuse(status: number, details: string): void {
    this.isRequestComplete = true;
    if (details === 'request_header_timeout') this.services.stats[MANAGER_STAT.downstream_rq_header_timeout]! += 1;
    else this.responseFlags |= ResponseFlag.downstreamProtocolError;
    this.reply({ status, body: reasonOf(status), details });
  }

  /** Microseconds since the start. */
  elapsedUs(): number {
    return Math.round((this.services.clock.monotonic() - this.startMs) * 1000);
  }

  /** The route has limits of its own: `idleMs` undefined keeps the manager's, 0 is none; `durationMs` counts from the start. */
  setLimits(idleMs: number | undefined, durationMs: number | undefined): void {
    if (idleMs !== undefined) this.#idleMs = idleMs;
    if (durationMs !== undefined) this.#durationAtMs = this.startMs + durationMs;
    this.#touch(this.services.clock.monotonic());
    this.services.deadlines.bringForward(this);
  }

  // The request, as the codec brings it.

  onHead(head: RequestHead, endStream: boolean): void {
    this.request = head;
    this.requestHeaderBytes = head.byteSize;
    if (endStream) this.#requestIsComplete();
    const { services, connection } = this;
    const refusal = admitRequest(head, services.runtime, connection, this);
    if (refusal !== undefined) this.reply(refusal);
    else {
      this.#answerExpectation(head);
      this.#seatFilters();
      if (this.requestPipeline === undefined) this.#terminal.onHead(head, endStream);
      else this.requestPipeline.sendHead(head, endStream);
    }
    if (this.isOver) return;
    head.retain();
    this.#isRequestRetained = true;
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isOver) return;
    this.bytesReceived += end - start;
    if (endStream) this.#requestIsComplete();
    this.touch();
    if (this.requestPipeline !== undefined) this.requestPipeline.sendData(bytes, start, end, endStream);
    else if (!this.#isReplied) this.#terminal.onData(bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    if (this.isOver) return;
    this.#requestIsComplete();
    trailers.retain();
    this.requestTrailers = trailers;
    if (this.requestPipeline !== undefined) this.requestPipeline.sendTrailers(trailers);
    else if (!this.#isReplied) this.#terminal.onTrailers(trailers);
  }

  onReset(reset: StreamReset): void {
    if (this.isOver) return;
    if (reset.kind === 'protocolError') this.#setCause(ResponseFlag.downstreamProtocolError, reset.details);
    else if (reset.kind === 'remoteReset') {
      this.services.stats[MANAGER_STAT.downstream_rq_rx_reset]! += 1;
      this.#setCause(ResponseFlag.downstreamRemoteReset, 'downstream_remote_reset');
    } else this.#setCause(ResponseFlag.downstreamConnectionTermination, 'downstream_remote_disconnect');
    this.#finish();
  }

  onDrain(): void {
    if (!this.isOver) this.#terminal.onDownstreamDrain();
  }

  // The response, as the router brings it.

  respondInformational(head: ResponseHead): void {
    // The client has been told to continue already, unless that is left to the upstream.
    if (head.status === 100 && !this.services.runtime.proxies100Continue) return;
    if (!this.isOver && !this.isResponseStarted) this.stream.sendInformational(head);
  }

  respondHead(head: ResponseHead, endStream: boolean): void {
    if (this.isOver) return;
    this.response = head;
    this.touch();
    if (this.responsePipeline !== undefined) this.responsePipeline.sendHead(head, endStream);
    else this.#writeHead(head, endStream);
    if (this.isOver) return;
    head.retain();
    this.#isResponseRetained = true;
  }

  /** False: stop until onDownstreamDrain. */
  respondData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (this.isOver) return true;
    this.touch();
    if (this.responsePipeline !== undefined) {
      this.responsePipeline.sendData(bytes, start, end, endStream);
      return !this.#isCongested;
    }
    return this.#writeData(bytes, start, end, endStream);
  }

  respondTrailers(trailers: FieldList): void {
    if (this.isOver) return;
    trailers.retain();
    this.responseTrailers = trailers;
    if (this.responsePipeline !== undefined) this.responsePipeline.sendTrailers(trailers);
    else this.#writeTrailers(trailers);
  }

  /** Answers from here. If a response is on its way already, all that is left is to cut it off. */
  reply(reply: LocalReply): void {
    if (this.isOver || this.#isReplied) return;
    this.responseFlags |= reply.flags ?? 0;
    this.responseCodeDetails = reply.details;
    if (this.isResponseStarted) {
      this.abort(reply.details);
      return;
    }
    this.#isReplied = true;
    this.#isResponseRetained = false;
    this.requestPipeline?.stop();
    this.#terminal.stop();
    const { head, body } = shapeLocalReply(reply, this.request);
    this.response = head;
    if (this.responsePipeline !== undefined) {
      this.responsePipeline.sendHead(head, body === undefined);
      if (body !== undefined && !this.isOver) this.responsePipeline.sendData(body, 0, body.length, true);
      return;
    }
    this.#writeHead(head, body === undefined);
    if (body !== undefined && !this.isOver) this.#writeData(body, 0, body.length, true);
  }

  /** Gives the stream up in the middle. */
  abort(details: string): void {
    if (this.isOver) return;
    this.responseCodeDetails = details;
    this.services.stats[MANAGER_STAT.downstream_rq_tx_reset]! += 1;
    this.stream.reset('internalError');
    this.#finish();
  }

  /** The client sends too fast for the upstream, or may go on. */
  pauseRequest(isPaused: boolean): void {
    if (this.isOver) return;
    const { stats } = this.services;
    if (isPaused) {
      stats[MANAGER_STAT.downstream_flow_control_paused_reading_total]! += 1;
      this.stream.pause();
    } else {
      stats[MANAGER_STAT.downstream_flow_control_resumed_reading_total]! += 1;
      this.stream.resume();
    }
  }

  // Time.

  /** Something has moved. */
  touch(): void {
    this.#touch(this.services.clock.monotonic());
  }

  onDeadline(nowMs: number): void {
    const { stats } = this.services;
    this.deadlineMs = NEVER;
    if (nowMs >= this.#durationAtMs) {
      stats[MANAGER_STAT.downstream_rq_max_duration_reached]! += 1;
      this.#timeOut(408, ResponseFlag.durationTimeout, 'max_duration_timeout', 'downstream duration timeout');
    } else if (nowMs >= this.#requestDueAtMs && !this.isRequestComplete) {
      stats[MANAGER_STAT.downstream_rq_timeout]! += 1;
      this.#timeOut(408, 0, 'request_overall_timeout', 'request timeout');
    } else if (nowMs >= this.#idleAtMs) {
      stats[MANAGER_STAT.downstream_rq_idle_timeout]! += 1;
      const status = this.isRequestComplete ? 504 : 408;
      this.#timeOut(status, ResponseFlag.streamIdleTimeout, 'stream_idle_timeout', 'stream timeout');
    } else this.#touch(nowMs);
  }

  #touch(nowMs: number): void {
    if (this.#idleMs > 0) this.#idleAtMs = nowMs + this.#idleMs;
    const due = this.isRequestComplete ? NEVER : this.#requestDueAtMs;
    this.deadlineMs = Math.min(this.#idleAtMs, due, this.#durationAtMs);
  }

  #timeOut(status: number, flags: number, details: string, body: string): void {
    this.responseFlags |= flags;
    if (this.isResponseStarted) {
      this.abort(details);
      return;
    }
    this.reply({ status, body, details });
  }

  // Inside.

  #requestIsComplete(): void {
    this.isRequestComplete = true;
    this.timings.lastDownstreamRxByte = this.elapsedUs();
  }

  #setCause(flags: number, details: string): void {
    this.responseFlags |= flags;
    this.responseCodeDetails = details;
  }

  /** The client waits before it sends its body (RFC 9110 §10.1.1). */
  #answerExpectation(head: RequestHead): void {
    if (this.services.runtime.proxies100Continue) return;
    const expectation = head.get('expect');
    if (expectation === undefined || expectation.toLowerCase() !== '100-continue') return;
    head.remove('expect');
    if (!this.isRequestComplete) this.stream.sendInformational(ResponseFields.of(100));
  }

  #seatFilters(): void {
    const { factories, bufferLimitBytes } = this.services;
    if (factories.length === 0) return;
    const filters: HttpFilter[] = [];
    for (const factory of factories) {
      if (!this.route.isEnabled(factory)) continue;
      const seat = new FilterSeat(this, factory.name);
      const filter = factory.create(seat);
      if (filter === undefined) continue;
      seat.filter = filter;
      filters.push(filter);
    }
    if (filters.length === 0) return;
    this.#filters = filters;
    this.requestPipeline = new Pipeline(filters, REQUEST_HOOKS, this.#requestEnd(), bufferLimitBytes);
    this.responsePipeline = new Pipeline(filters.toReversed(), RESPONSE_HOOKS, this.#responseEnd(), bufferLimitBytes);
  }

  #requestEnd(): PipelineEnd<RequestHead> {
    return {
      onHead: (head, endStream) => this.#terminal.onHead(head, endStream),
      onData: (bytes, start, end, endStream) => this.#terminal.onData(bytes, start, end, endStream),
      onTrailers: (trailers) => this.#terminal.onTrailers(trailers),
      onPause: (isPaused) => this.pauseRequest(isPaused),
      onOverflow: () => {
        this.services.stats[MANAGER_STAT.downstream_rq_too_large]! += 1;
        this.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      },
    };
  }

  #responseEnd(): PipelineEnd<ResponseHead> {
    return {
      onHead: (head, endStream) => this.#writeHead(head, endStream),
      onData: (bytes, start, end, endStream) => {
        this.#isCongested = !this.#writeData(bytes, start, end, endStream);
      },
      onTrailers: (trailers) => this.#writeTrailers(trailers),
      onPause: (isPaused) => {
        this.#isCongested = isPaused;
        if (!isPaused && !this.isOver) this.#terminal.onDownstreamDrain();
      },
      onOverflow: () => {
        this.services.stats[MANAGER_STAT.rs_too_large]! += 1;
        this.responsePipeline?.stop();
        this.abort('response_payload_too_large');
      },
    };
  }

  #writeHead(head: ResponseHead, endStream: boolean): void {
    const { services } = this;
    finishResponse(head, services.runtime, services.dates);
    this.isResponseStarted = true;
    this.responseCode = head.status;
    this.responseHeaderBytes = head.byteSize;
    this.timings.firstDownstreamTxByte = this.elapsedUs();
    this.stream.sendHead(head, endStream);
    if (endStream) this.#responseIsComplete();
  }

  #writeData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    this.bytesSent += end - start;
    const isFree = this.stream.sendData(bytes, start, end, endStream);
    if (endStream) this.#responseIsComplete();
    return isFree;
  }

  #writeTrailers(trailers: FieldList): void {
    this.responseTrailerBytes = trailers.byteSize;
    this.stream.sendTrailers(trailers);
    this.#responseIsComplete();
  }

  #responseIsComplete(): void {
    this.timings.lastDownstreamTxByte = this.elapsedUs();
    if (!this.isRequestComplete) {
      this.services.stats[MANAGER_STAT.downstream_rq_response_before_rq_complete]! += 1;
      // HTTP/1 closes by itself; on HTTP/2 the rest of the request is refused (RFC 9113 §8.1).
      if (this.protocol === 'HTTP/2') this.stream.reset('noError');
    }
    this.#finish();
  }

  #finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timings.end = this.elapsedUs();
    this.requestPipeline?.stop();
    this.responsePipeline?.stop();
    this.#terminal.stop();
    this.services.deadlines.remove(this);
    if (this.#filters !== undefined) for (const filter of this.#filters) filter.onStreamEnd?.();
    this.#owner.handleEnd(this);
    if (this.#isResponseRetained) this.response?.release();
    if (this.#isRequestRetained) this.request?.release();
  }
}
