/** A request on its way to the hosts of a cluster: attempts, until there is a response or no more to try. */
import type { StreamResetKind } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { MANAGER_STAT } from '../http/manager/manager-stats.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { isSwitch, upgradeOf } from '../http/manager/upgrades.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { Attempt } from './attempt.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { finishUpstreamHead } from './finish-upstream-head.ts';
import { redirectHead } from './internal-redirects.ts';
import { Mirrors } from './mirrors.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';
import { takeUpstreamName } from './prepare-request.ts';
import { RequestBody } from './request-body.ts';
import { causeOf, detailWords, transportWords } from './reset-causes.ts';

const SWITCHING_PROTOCOLS = 101;

/** See the file's head. */
export class Forwarding extends AttemptRunner {
  readonly #isHeadLast: boolean;
  readonly #upgrade: string;
  /** Authority before the name of a host took its place. */
  readonly #authority: string;
  #mirrors: Mirrors | undefined;
  #isRequestDone: boolean;
  /** Kept for the connection that is awaited, for retries and redirects; undefined once it is needed no more. */
  #body: RequestBody | undefined;
  #isTunnel = false;
  #isRequestPaused = false;
  #isStopped = false;

  constructor(
    stream: TerminalHost,
    options: RouterOptions,
    plan: ForwardingPlan,
    head: RequestHead,
    isHeadLast: boolean,
  ) {
    super(stream, options, plan, head);
    this.#isHeadLast = isHeadLast;
    this.#isRequestDone = isHeadLast;
    this.#upgrade = upgradeOf(head);
    this.#authority = head.authority;
  }

  /** Makes the first attempt. */
  start(): void {
    // Bodies are kept for those who may need them: a retry, or a connection that has yet to come.
    if (!this.#isHeadLast) this.#body = new RequestBody();
    const { mirrors } = this.plan.action;
    if (mirrors.length > 0 && this.#upgrade === '') {
      const { globalMs } = this.prepared.timeouts;
      this.#mirrors = Mirrors.of(this.stream, this.options, this.plan, this.head, globalMs);
    }
    this.startAttempt();
    if (!this.#isHeadLast || this.#isStopped) return;
    this.#requestIsSent(undefined);
    if (this.attempt?.stream !== undefined && !this.#needsHead) this.stream.letRequestGo();
  }

  // The request's body.

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#mirrors?.add(bytes, start, end);
    if (endStream) this.#requestIsSent(undefined);
    const hasStream = this.attempt?.stream !== undefined;
    if (this.#body !== undefined) {
      this.#body.add(bytes, start, end, endStream);
      if (!this.#isBodyWithinBounds(hasStream)) return;
    }
    for (const attempt of this.slow) attempt.stream?.sendData(bytes, start, end, endStream);
    const isFree = this.attempt?.stream?.sendData(bytes, start, end, endStream) ?? true;
    if (isFree || this.#isRequestPaused) return;
    this.#isRequestPaused = true;
    this.stream.pauseRequest(true);
  }

  onTrailers(trailers: FieldList): void {
    this.#requestIsSent(trailers);
    if (this.#body !== undefined) {
      this.#body.trailers = trailers;
      this.#body.isComplete = true;
    }
    for (const attempt of this.slow) attempt.stream?.sendTrailers(trailers);
    this.attempt?.stream?.sendTrailers(trailers);
  }

  onDownstreamDrain(): void {
    const { attempt } = this;
    // An exchange that has ended may have left its connection to another.
    if (attempt !== undefined && !attempt.isOver) attempt.stream?.resume();
  }

  stop(): void {
    this.#isStopped = true;
    this.retries?.cancel();
    this.disarmAll();
    const attempt = this.attempt;
    // The response is complete, and nobody sends the rest of the request.
    if (attempt?.isOver === true && !this.#isRequestDone) attempt.stream?.reset('cancel');
    this.dropSlow();
    attempt?.cancel();
    this.attempt = undefined;
    this.#body = undefined;
    this.#mirrors = undefined;
  }

  // Attempts.

  onAttemptReady(attempt: Attempt): void {
    const stream = this.stream;
    const { info, host } = attempt;
    const { upstream, timings } = stream;
    if (info !== undefined) {
      upstream.local = info.local;
      upstream.tls = info.tls;
      upstream.connectionId = info.id;
    }
    upstream.protocol = attempt.stream?.protocol ?? '';
    const head = this.head;
    if (stream.services.runtime.scheme.matchesUpstream) head.scheme = info?.tls === undefined ? 'http' : 'https';
    if (this.prepared.takesUpstreamName) {
      head.authority = this.#authority;
      takeUpstreamName(head, this.options, this.plan, host.hostName);
    }
    const body = this.#body;
    // What has come of the body goes with the head; without any, the head may be all there is.
    attempt.sendHead(head, this.#isHeadLast);
    timings.firstUpstreamTxByte = stream.elapsedUs();
    if (this.#isHeadLast || body === undefined) return;
    if (body.bytes > 0 || body.isComplete) body.sendTo(attempt.stream!);
    if (!this.#mayRepeat || body.bytes > this.#bodyLimit) this.#body = undefined;
    this.#resumeRequest();
  }

  onAttemptInformational(_attempt: Attempt, head: ResponseHead): void {
    this.stream.respondInformational(head);
  }

  onAttemptHead(attempt: Attempt, head: ResponseHead, endStream: boolean): void {
    const stream = this.stream;
    stream.timings.firstUpstreamRxByte = stream.elapsedUs();
    // HTTP/2 agrees to another protocol by 200 (RFC 8441 §5); here it is 101 until a codec says otherwise.
    if (
      this.#upgrade !== '' &&
      this.head.protocol !== '' &&
      head.status === 200 &&
      attempt.stream?.protocol === 'HTTP/2'
    ) {
      head.status = SWITCHING_PROTOCOLS;
    }
    const isRepeated = this.retries !== undefined && this.isRepeated(attempt, head);
    if (isRepeated) {
      this.counts.chargeRetried(head.status);
      this.forget(attempt);
      attempt.cancel();
      return;
    }
    if (this.#follows(attempt, head)) return;
    this.choose(attempt);
    this.#body = undefined;
    this.counts.charge(head.status, head);
    if (isSwitch(this.#upgrade, head.status)) {
      this.#isTunnel = true;
      this.disarmAll();
    }
    if (endStream) this.#responseIsComplete();
    const serviceMs =
      this.options.runtime.suppressesEnvoyHeaders || this.sentAtMs < 0 ? undefined : this.sinceRequest();
    const { setCookies } = this.routeHash;
    // What the route adds may tell of the response.
    stream.response = head;
    stream.responseCode = head.status;
    stream.responseCodeDetails = 'via_upstream';
    finishUpstreamHead(head, stream, this.plan, { serviceMs, attempts: this.attempts, setCookies });
    stream.respondHead(head, endStream);
  }

  onAttemptData(attempt: Attempt, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#responseIsComplete();
    else this.touchTry();
    if (!this.stream.respondData(bytes, start, end, endStream) && !attempt.isOver) attempt.stream?.pause();
  }

  onAttemptTrailers(_attempt: Attempt, trailers: FieldList): void {
    this.#responseIsComplete();
    this.stream.respondTrailers(trailers);
  }

  onAttemptReset(attempt: Attempt, kind: StreamResetKind, details: string): void {
    const stream = this.stream;
    const { stats } = this.cluster;
    this.forget(attempt);
    if (kind === 'remoteReset' || kind === 'remoteRefused') stats[CLUSTER_STAT.upstream_rq_rx_reset]! += 1;
    // HTTP/1 has no other way to end a body early than to break it.
    const isCut = kind === 'connectionClosed' && details === 'remote_close' && attempt.hasResponded;
    const cause = causeOf(isCut && !this.#isTunnel ? 'protocolError' : kind);
    const isRequestStarted = attempt.stream !== undefined;
    const transport = kind === 'connectionFailed' ? transportWords(details) : '';
    if (transport !== '') stream.upstream.transportFailureReason = detailWords(transport);
    if (this.isResponding) {
      stream.responseFlags |= cause.flags;
      stream.services.stats[MANAGER_STAT.rq_reset_after_downstream_response_started]! += 1;
      stream.abort(`upstream_reset_after_response_started{${detailWords(cause.reason)}}`);
      return;
    }
    if (this.goesOn({ kind: 'reset', reason: cause.attempt, isRequestStarted })) return;
    this.fail(cause, transport);
  }

  onAttemptDrain(attempt: Attempt): void {
    if (attempt === this.attempt) this.#resumeRequest();
  }

  // Inside.

  /** Whether anything that is still to come looks at the head: another attempt, a redirect, or what the route adds to responses. */
  get #needsHead(): boolean {
    const { action, route, pick } = this.plan;
    if (this.retries !== undefined || action.internalRedirect !== undefined || this.#upgrade !== '') return true;
    return route.responseHeaders.length > 0 || pick.weighted !== undefined;
  }

  protected override get canRepeat(): boolean {
    return this.#isHeadLast || this.#body !== undefined;
  }

  /** Follows a redirect if the route wants it and it can be done: the stream begins anew. */
  #follows(attempt: Attempt, head: ResponseHead): boolean {
    const policy = this.plan.action.internalRedirect;
    if (policy === undefined || !policy.statuses.has(head.status) || !this.#isRequestDone) return false;
    if (!this.#isHeadLast && this.#body === undefined) return false;
    const stream = this.stream;
    const { status } = head;
    const kept = redirectHead(stream, this.plan, this.head, head);
    if (kept === undefined) return false;
    const body = kept === 'kept' ? this.#body : undefined;
    this.counts.charge(status, head);
    this.forget(attempt);
    attempt.cancel();
    stream.startOver(status, body);
    return true;
  }

  /** The timeouts count from the end of the request. */
  #requestIsSent(trailers: FieldList | undefined): void {
    this.#isRequestDone = true;
    this.#mirrors?.send(trailers);
    this.#mirrors = undefined;
    if (this.#isTunnel || this.stream.isOver) return;
    this.sentAtMs = this.stream.services.clock.monotonic();
    this.armGlobal(this.prepared.timeouts.globalMs);
    if (!this.isResponding) this.armNextTry();
  }

  get #mayRepeat(): boolean {
    if (this.#upgrade !== '') return false;
    return this.retries !== undefined || this.plan.action.internalRedirect !== undefined;
  }

  /** Whether the request goes on with what is kept of its body. */
  #isBodyWithinBounds(hasStream: boolean): boolean {
    const isLarge = this.#body!.bytes > this.#bodyLimit;
    if (hasStream) {
      // Only retries are lost.
      if (isLarge) this.#body = undefined;
      return true;
    }
    // While a connection is awaited the client is, too; without one there is nobody to whom the rest could go.
    if (!isLarge || this.attempt !== undefined) {
      if (!this.#isRequestPaused && this.#body!.bytes > 0) {
        this.#isRequestPaused = true;
        this.stream.pauseRequest(true);
      }
      return true;
    }
    this.stream.reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    });
    return false;
  }

  get #bodyLimit(): number {
    return this.plan.route.bufferLimitBytes ?? this.cluster.bufferLimitBytes;
  }

  #resumeRequest(): void {
    if (!this.#isRequestPaused) return;
    this.#isRequestPaused = false;
    this.stream.pauseRequest(false);
  }

  #responseIsComplete(): void {
    const stream = this.stream;
    stream.timings.lastUpstreamRxByte = stream.elapsedUs();
    this.counts.recordTime(Math.round(stream.services.clock.monotonic() - stream.startMs));
    this.disarmAll();
  }
}
