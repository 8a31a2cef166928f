/** The side of a stream that the client reads: responses of upstreams and of this proxy, through the filters and onto the wire. */
import { applyHeaderMutations } from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { ServerStream } from '../codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../head.ts';
import { isGrpc, type ReplySubject, shapeLocalReply } from './local-reply.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import { finishResponse } from './outgoing/finish-response.ts';
import type { Pipeline, PipelineEnd } from './pipeline.ts';
import type { RouteChoice } from './route-choice.ts';
import type { Terminal } from './terminal.ts';
import { TimedStream } from './timed-stream.ts';
import { isSwitch } from './upgrades.ts';

const CONTINUE = 100;

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class AnsweringStream extends TimedStream implements ReplySubject {
  abstract readonly stream: ServerStream;
  abstract readonly route: RouteChoice;
  requestPipeline: Pipeline<RequestHead> | undefined;
  responsePipeline: Pipeline<ResponseHead> | undefined;
  isOver = false;
  protected abstract readonly terminal: Terminal;
  /** The protocol that is asked for; empty for a plain request. */
  protected upgrade = '';
  /** Whether the request has been found good, and has a route if there is one for it. */
  protected isAdmitted = false;
  protected isReplied = false;
  protected isResponseRetained = false;
  /** What the client spoke before filters could change it, or its head went; undefined until then. */
  protected spokeGrpc: boolean | undefined;
  /** Whether the request that has been let go was a HEAD. */
  protected wasHead = false;

  /** Nothing of the connection may be read as another request. */
  protected abstract closeBehind(): void;
  /** The stream is over. */
  protected abstract finish(): void;

  protected override onTerminalDeadline(nowMs: number): void {
    this.terminal.onDeadline(nowMs);
  }

  get isGrpcRequest(): boolean {
    return this.spokeGrpc ?? isGrpc(this.request?.get('content-type'));
  }

  get isHeadRequest(): boolean {
    return this.request === undefined ? this.wasHead : this.request.method === 'HEAD';
  }

  respondInformational(head: ResponseHead): void {
    // The client has been told to continue already, unless that is left to the upstream. Other news are not passed on.
    if (head.status !== CONTINUE || !this.services.runtime.proxies100Continue) return;
    if (!this.isOver && !this.isResponseStarted) this.stream.sendInformational(head);
  }

  respondHead(head: ResponseHead, endStream: boolean): void {
    if (this.isOver) return;
    this.response = head;
    this.touch();
    if (this.responsePipeline !== undefined) this.responsePipeline.sendHead(head, endStream);
    else this.#writeHead(head, endStream);
    if (this.isOver) return;
    if (!this.isMeasured) {
      this.response = undefined;
      return;
    }
    head.retain();
    this.isResponseRetained = true;
  }

  /** False: stop until onDownstreamDrain. */
  respondData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (this.isOver) return true;
    this.touch();
    if (this.responsePipeline !== undefined) {
      this.responsePipeline.sendData(bytes, start, end, endStream);
      return !this.responsePipeline.isPaused;
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
    if (this.isOver || this.isReplied) return;
    this.responseFlags |= reply.flags ?? 0;
    this.responseCodeDetails = reply.details;
    if (this.isResponseStarted) {
      this.abort(reply.details);
      return;
    }
    this.isReplied = true;
    this.isResponseRetained = false;
    // A client that sends what is no request may mean something else by what follows.
    const isBroken = reply.status === 400 && !this.services.runtime.http1.isInvalidMessageStreamError;
    if (isBroken || !this.isRequestComplete) this.closeBehind();
    this.requestPipeline?.stop();
    this.terminal.stop();
    if (this.isAdmitted && this.upstream.clusterName === '') this.#nameCluster();
    const { head, body } = shapeLocalReply(reply, this, this.services.replyRules);
    if (this.responsePipeline !== undefined) {
      this.responseCode = head.status;
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
    this.finish();
  }

  /** What the route adds to every response, to those of this proxy too. */
  applyRouteHeaders(head: ResponseHead): void {
    if (!this.isAdmitted) return;
    const { decision, pick } = this.route;
    if (decision.kind !== 'route') return;
    if (pick?.weighted !== undefined) applyHeaderMutations([pick.weighted.responseHeaders], head, this);
    applyHeaderMutations(decision.route.responseHeaders, head, this);
  }

  /** What has passed the filters goes to the client. */
  protected responseEnd(): PipelineEnd<ResponseHead> {
    return {
      onHead: (head, endStream) => this.#writeHead(head, endStream),
      onData: (bytes, start, end, endStream) => {
        if (!this.#writeData(bytes, start, end, endStream)) this.responsePipeline?.block(true);
      },
      onTrailers: (trailers) => this.#writeTrailers(trailers),
      // The source is told to stop when it brings the next data.
      onPause: (isPaused) => {
        if (!isPaused && !this.isOver) this.terminal.onDownstreamDrain();
      },
      onOverflow: () => {
        this.services.stats[MANAGER_STAT.rs_too_large]! += 1;
        this.responsePipeline?.stop();
        this.abort('response_payload_too_large');
      },
    };
  }

  /** What is logged of a request that was answered before it came to a cluster is the one it would have gone to. */
  #nameCluster(): void {
    const name = this.route.pick?.clusterName ?? '';
    this.upstream.clusterName = name;
    this.upstream.observabilityName = name;
  }

  #writeHead(head: ResponseHead, endStream: boolean): void {
    const { services } = this;
    finishResponse(head, this.request, services.runtime, services.dates);
    // What was sent in hope of an upgrade is no request.
    if (this.upgrade !== '' && !isSwitch(this.upgrade, head.status)) this.closeBehind();
    this.isResponseStarted = true;
    this.responseCode = head.status;
    if (this.isMeasured) this.responseHeaderBytes = head.byteSize;
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
    this.finish();
  }
}
