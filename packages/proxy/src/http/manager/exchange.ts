/**
 * One request and its response, from the first byte of the one to the last byte of the other: what filters and the router work on. It ends in
 * exactly one #finish().
 */
import { type HostOverride, ResponseFlag, type RuntimeSource } from '@weft/engine';
import type { HttpFilter, HttpFilterFactory } from '../../filters/http/filter.ts';
import { reasonOf } from '../../http1/reasons.ts';
import type { ServerStream, ServerStreamHandler, StreamReset } from '../codec.ts';
import type { FieldList, RequestHead } from '../head.ts';
import { KnownHeader } from '../known-headers.ts';
import { ResponseFields } from '../response-fields.ts';
import { AnsweringStream } from './answering-stream.ts';
import type { SeatHost } from './filter-seat.ts';
import { admitRequest } from './incoming/admit-request.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import { Pipeline, type PipelineEnd } from './pipeline.ts';
import { REQUEST_HOOKS, RESPONSE_HOOKS } from './pipelines.ts';
import { RouteChoice, type RouteSubject } from './route-choice.ts';
import { seatFilters } from './seat-filters.ts';
import type { StreamServices } from './services.ts';
import type { RecordSource } from './stream-record.ts';
import type { RedirectHistory, ReplayedBody, Terminal, TerminalHost } from './terminal.ts';
import type { TimedStream } from './timed-stream.ts';
import { isUpgradeServed, UPGRADE_REFUSED, upgradeOf } from './upgrades.ts';

const { expect: EXPECT, 'x-envoy-force-trace': FORCE_TRACE } = KnownHeader;
/** What Envoy finds wrong with a request only behind its codec: the peer is not said to have broken the protocol. */
const REFUSED_BY_MANAGER: ReadonlySet<string> = new Set([
  'missing_host_header',
  'absolute_path_rejected',
  'path_normalization_failed',
]);
const NO_HEADERS: readonly string[] = [];
const NO_REDIRECTS: RedirectHistory = Object.freeze({ count: 0, previousRoutes: new Map() });

/** The connection that a stream is on. */
export interface ExchangeOwner extends RecordSource {
  readonly services: StreamServices;
  createTerminal(stream: TerminalHost): Terminal;
  /** Nothing of the connection may be read as another request: it closes behind the response, where streams share none. */
  closeBehind(): void;
  /** Makes the stream that takes a redirected request over. */
  succeed(stream: ServerStream, redirects: RedirectHistory): Exchange;
  /** The stream has ended. */
  handleEnd(stream: TimedStream): void;
}

/** See the file's head. */
export class Exchange extends AnsweringStream implements ServerStreamHandler, TerminalHost, SeatHost, RouteSubject {
  readonly stream: ServerStream;
  readonly route: RouteChoice;
  readonly redirects: RedirectHistory;
  readonly #owner: ExchangeOwner;
  protected readonly terminal: Terminal;
  /** In the order of the configuration. */
  #filters: HttpFilter[] | undefined;
  #randomValue = -1;
  /** The stream that has taken over. */
  #successor: Exchange | undefined;
  #isUpgradeServed = false;
  #isRequestRetained = false;
  #isRequestLetGo = false;

  constructor(owner: ExchangeOwner, stream: ServerStream, redirects: RedirectHistory = NO_REDIRECTS) {
    super(owner, owner.services, stream.protocol);
    this.redirects = redirects;
    this.#owner = owner;
    this.stream = stream;
    this.route = new RouteChoice(this);
    this.terminal = owner.createTerminal(this);
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

  /** Whether a filter took the request for a health check. */
  get isHealthCheck(): boolean {
    return this.#filters?.some(({ isHealthCheck }) => isHealthCheck) ?? false;
  }

  /** The host that a filter wants the request to go to; of several filters the last one has its way. */
  get hostOverride(): HostOverride | undefined {
    return this.#filters?.findLast(({ hostOverride }) => hostOverride !== undefined)?.hostOverride;
  }

  /** Answers what never became a request: its head was not valid, late, or of a kind that is not served. */
  refuse(status: number, details: string): void {
    this.isRequestComplete = true;
    if (details === 'request_header_timeout') {
      this.services.stats[MANAGER_STAT.downstream_rq_header_timeout]! += 1;
      this.reply({ status, body: 'request header timeout', details });
    } else if (REFUSED_BY_MANAGER.has(details)) {
      this.reply({ status, body: '', details });
    } else {
      this.responseFlags |= ResponseFlag.downstreamProtocolError;
      this.reply({ status, body: reasonOf(status), details });
    }
  }

  /** Answers a request whose body or trailers are not valid. */
  refuseBody(status: number, details: string): void {
    this.responseFlags |= ResponseFlag.downstreamProtocolError;
    this.reply({ status, body: reasonOf(status), details });
  }

  // The request, as the codec brings it.

  onHead(head: RequestHead, endStream: boolean): void {
    this.request = head;
    if (this.isMeasured) this.arrivedHeadBytes = head.byteSize;
    if (endStream) this.#requestIsComplete();
    this.#admit(head, endStream);
    if (this.isOver) return;
    if (this.#isRequestLetGo) this.#forgetRequest(head);
    else {
      head.retain();
      this.#isRequestRetained = true;
    }
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isOver) return;
    this.bytesReceived += end - start;
    if (endStream) this.#requestIsComplete();
    this.touch();
    if (this.requestPipeline !== undefined) this.requestPipeline.sendData(bytes, start, end, endStream);
    else if (!this.isReplied) this.terminal.onData(bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    if (this.isOver) return;
    this.#requestIsComplete();
    trailers.retain();
    this.requestTrailers = trailers;
    if (this.requestPipeline !== undefined) this.requestPipeline.sendTrailers(trailers);
    else if (!this.isReplied) this.terminal.onTrailers(trailers);
  }

  onReset(reset: StreamReset): void {
    this.#successor?.onReset(reset);
    if (this.isOver) return;
    // A head that is too large is the client's affair alone, and has the flag that Envoy gives it.
    const isHeadTooLarge = reset.kind === 'overflow' && this.request === undefined;
    if (isHeadTooLarge) this.#setCause(ResponseFlag.downstreamRemoteReset, reset.details);
    else if (reset.kind === 'protocolError' || reset.kind === 'overflow')
      this.#setCause(ResponseFlag.downstreamProtocolError, reset.details);
    else if (reset.kind === 'remoteReset') {
      this.services.stats[MANAGER_STAT.downstream_rq_rx_reset]! += 1;
      this.#setCause(ResponseFlag.downstreamRemoteReset, 'downstream_remote_reset');
    } else this.#setCause(ResponseFlag.downstreamConnectionTermination, 'downstream_remote_disconnect');
    this.finish();
  }

  onDrain(): void {
    this.#successor?.onDrain();
    if (this.isOver) return;
    if (this.responsePipeline === undefined) this.terminal.onDownstreamDrain();
    else this.responsePipeline.block(false);
  }

  letRequestGo(): void {
    const isAskedFor = this.isMeasured || this.services.runtime.requestId.setsInResponse;
    this.#isRequestLetGo = !isAskedFor && this.request?.hasKnown(FORCE_TRACE) === false;
  }

  /** See TerminalHost. */
  startOver(status: number, body: ReplayedBody | undefined): void {
    const head = this.request;
    if (this.isOver || head === undefined) return;
    const { count, previousRoutes } = this.redirects;
    const history = { count: count + 1, previousRoutes: count === 0 ? new Map(previousRoutes) : previousRoutes };
    this.responseCode = status;
    this.responseCodeDetails = 'internal_redirect';
    // The head goes on to live.
    this.#isRequestRetained = false;
    this.finish();
    const successor = this.#owner.succeed(this.stream, history);
    this.#successor = successor;
    successor.#takeOver(this, head, body);
  }

  /** The client sends too fast for the upstream, or may go on. */
  pauseRequest(isPaused: boolean): void {
    if (this.isOver) return;
    if (this.requestPipeline === undefined) this.#pauseClient(isPaused);
    else this.requestPipeline.block(isPaused);
  }

  // Inside.

  #pauseClient(isPaused: boolean): void {
    const { stats } = this.services;
    if (isPaused) {
      stats[MANAGER_STAT.downstream_flow_control_paused_reading_total]! += 1;
      this.stream.pause();
    } else {
      stats[MANAGER_STAT.downstream_flow_control_resumed_reading_total]! += 1;
      this.stream.resume();
    }
  }

  #takeOver({ remote, isInternal }: Exchange, head: RequestHead, body: ReplayedBody | undefined): void {
    this.remote = remote;
    this.isInternal = isInternal;
    this.request = head;
    this.#isRequestRetained = true;
    this.isAdmitted = true;
    this.#requestIsComplete();
    this.#send(head, body === undefined, this.services.factories);
    body?.sendTo({
      sendData: (bytes, start, end, endStream) => {
        this.onData(bytes, start, end, endStream);
        return true;
      },
      sendTrailers: (trailers) => this.onTrailers(trailers),
    });
  }

  /** Keeps of the request what its answer may depend on. */
  #forgetRequest(head: RequestHead): void {
    this.spokeGrpc = this.isGrpcRequest;
    this.wasHead = head.method === 'HEAD';
    this.request = undefined;
  }

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
    const expectation = head.getKnown(EXPECT);
    if (expectation === undefined || expectation.toLowerCase() !== '100-continue') return;
    head.removeKnown(EXPECT);
    if (!this.isRequestComplete) this.stream.sendInformational(ResponseFields.of(100));
  }

  #admit(head: RequestHead, endStream: boolean): void {
    const { services } = this;
    const internalOnly = services.routes()?.internalOnlyHeaders ?? NO_HEADERS;
    this.#answerExpectation(head);
    const refusal = admitRequest(head, this.connection, services, internalOnly, this);
    if (refusal !== undefined) {
      this.reply(refusal);
      return;
    }
    this.isAdmitted = true;
    const factories = this.#factoriesFor(head);
    if (factories !== undefined) this.#send(head, endStream, factories);
  }

  /** Sends the head through the filters. */
  #send(head: RequestHead, endStream: boolean, factories: readonly HttpFilterFactory[]): void {
    if (factories.length > 0) this.#seat(factories);
    if (this.requestPipeline === undefined) this.terminal.onHead(head, endStream);
    else this.requestPipeline.sendHead(head, endStream);
  }

  /** The filters that a request goes through; undefined when it asks for an upgrade that it does not get. */
  #factoriesFor(head: RequestHead): readonly HttpFilterFactory[] | undefined {
    const { services } = this;
    const upgrade = upgradeOf(head);
    if (upgrade === '') return services.factories;
    this.upgrade = upgrade;
    const { stats } = services;
    if (!isUpgradeServed(upgrade, this.route.decision, services.runtime)) {
      stats[MANAGER_STAT.downstream_rq_ws_on_non_ws_route]! += 1;
      this.reply(UPGRADE_REFUSED);
      return undefined;
    }
    this.#isUpgradeServed = true;
    stats[MANAGER_STAT.downstream_cx_upgrades_total]! += 1;
    stats[MANAGER_STAT.downstream_cx_upgrades_active]! += 1;
    return services.upgradeFactories.get(upgrade) ?? services.factories;
  }

  #seat(factories: readonly HttpFilterFactory[]): void {
    const filters = seatFilters(this, factories);
    if (filters === undefined) return;
    const { bufferLimitBytes } = this.services;
    this.spokeGrpc = this.isGrpcRequest;
    this.#filters = filters;
    this.requestPipeline = new Pipeline(filters, REQUEST_HOOKS, this.#requestEnd(), bufferLimitBytes);
    this.responsePipeline = new Pipeline(filters.toReversed(), RESPONSE_HOOKS, this.responseEnd(), bufferLimitBytes);
  }

  #requestEnd(): PipelineEnd<RequestHead> {
    return {
      onHead: (head, endStream) => this.terminal.onHead(head, endStream),
      onData: (bytes, start, end, endStream) => this.terminal.onData(bytes, start, end, endStream),
      onTrailers: (trailers) => this.terminal.onTrailers(trailers),
      onPause: (isPaused) => this.#pauseClient(isPaused),
      onOverflow: () => {
        this.services.stats[MANAGER_STAT.downstream_rq_too_large]! += 1;
        this.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      },
    };
  }

  protected override closeBehind(): void {
    this.#owner.closeBehind();
  }

  protected override finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timings.end = this.elapsedUs();
    this.requestPipeline?.stop();
    this.responsePipeline?.stop();
    this.terminal.stop();
    if (this.#isUpgradeServed) this.services.stats[MANAGER_STAT.downstream_cx_upgrades_active]! -= 1;
    this.services.deadlines.remove(this);
    if (this.#filters !== undefined) for (const filter of this.#filters) filter.onStreamEnd?.();
    this.#owner.handleEnd(this);
    if (this.isResponseRetained) this.response?.release();
    if (this.#isRequestRetained) this.request?.release();
  }
}
