/** A request on its way to the hosts of a cluster: attempts, one after the other, until there is a response or no more to try. */
import type { Timer } from '@weft/core';
import {
  type AttemptOutcome,
  applyHeaderMutations,
  backOffMs,
  isRetriable,
  planRetry,
  type RequestTimeouts,
  ResponseFlag,
  type RetryPlan,
  type RetryPolicyRuntime,
  refusesHost,
} from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import type { StreamResetKind } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import type { Deadlined } from '../http/manager/deadlines.ts';
import { MANAGER_STAT } from '../http/manager/manager-stats.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { enter, leave } from '../transport/turn.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { Resource } from '../upstream/resources.ts';
import type { UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';
import { prepareRequest } from './prepare-request.ts';
import { RequestBody } from './request-body.ts';
import { causeOf, detailWords } from './reset-causes.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** See the file's head. */
export class Forwarding implements AttemptOwner, Deadlined {
  deadlineMs = NEVER;
  deadlineSlot = -1;
  readonly #stream: TerminalHost;
  readonly #options: RouterOptions;
  readonly #plan: ForwardingPlan;
  readonly #cluster: UpstreamCluster;
  readonly #head: RequestHead;
  readonly #isHeadLast: boolean;
  #isRequestDone: boolean;
  readonly #timeouts: RequestTimeouts;
  readonly #retry: RetryPlan | undefined;
  #retriesLeft: number;
  #attempts = 0;
  #attempt: Attempt | undefined;
  /** Addresses of the hosts that were tried. */
  readonly #tried: string[] = [];
  /** Kept for the connection that is awaited, and for retries; undefined once it is needed no more. */
  #body: RequestBody | undefined;
  #isResponding = false;
  #isRequestPaused = false;
  #isStopped = false;
  #dueAtMs = NEVER;
  #tryDueAtMs = NEVER;
  #tryIdleAtMs = NEVER;
  #backOff: BackOff | undefined;
  #sentAtMs = 0;

  constructor(
    stream: TerminalHost,
    options: RouterOptions,
    plan: ForwardingPlan,
    head: RequestHead,
    isHeadLast: boolean,
  ) {
    this.#stream = stream;
    this.#options = options;
    this.#plan = plan;
    this.#cluster = plan.cluster;
    this.#head = head;
    this.#isHeadLast = isHeadLast;
    this.#isRequestDone = isHeadLast;
    this.#retry = planRetry(plan.action.retry, head);
    this.#retriesLeft = this.#retry?.maxRetries ?? 0;
    this.#timeouts = prepareRequest(stream, options, plan, head);
  }

  /** Makes the first attempt. */
  start(): void {
    // Bodies are kept for those who may need them: a retry, or a connection that has yet to come.
    if (!this.#isHeadLast) this.#body = new RequestBody();
    this.#startAttempt();
    if (this.#isHeadLast && !this.#isStopped) this.#requestIsSent();
  }

  // The request's body.

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#requestIsSent();
    const stream = this.#attempt?.stream;
    if (this.#body !== undefined) {
      this.#body.add(bytes, start, end, endStream);
      if (!this.#isBodyWithinBounds(stream !== undefined)) return;
    }
    if (stream === undefined) return;
    if (!stream.sendData(bytes, start, end, endStream) && !this.#isRequestPaused) {
      this.#isRequestPaused = true;
      this.#stream.pauseRequest(true);
    }
  }

  onTrailers(trailers: FieldList): void {
    this.#requestIsSent();
    if (this.#body !== undefined) {
      this.#body.trailers = trailers;
      this.#body.isComplete = true;
    }
    this.#attempt?.stream?.sendTrailers(trailers);
  }

  onDownstreamDrain(): void {
    this.#attempt?.stream?.resume();
  }

  stop(): void {
    this.#isStopped = true;
    this.#backOff?.cancel();
    this.#stream.services.deadlines.remove(this);
    const attempt = this.#attempt;
    // The response is complete, and nobody sends the rest of the request.
    if (attempt?.isOver === true && !this.#isRequestDone) attempt.stream?.reset('cancel');
    attempt?.cancel();
    this.#attempt = undefined;
    this.#body = undefined;
  }

  // Attempts.

  onAttemptReady(attempt: Attempt): void {
    const stream = this.#stream;
    const { connection, host } = attempt;
    const { upstream, timings } = stream;
    upstream.host = host.address;
    upstream.hostName = host.hostName;
    upstream.hostMetadata = host.metadata;
    if (connection !== undefined) {
      upstream.local = connection.info.local;
      upstream.tls = connection.info.tls;
      upstream.connectionId = connection.info.id;
    }
    upstream.protocol = attempt.stream?.protocol ?? '';
    const head = this.#head;
    const body = this.#body;
    // What has come of the body goes with the head; without any, the head may be all there is.
    attempt.sendHead(head, this.#isHeadLast);
    timings.firstUpstreamTxByte = stream.elapsedUs();
    if (!this.#isHeadLast && body !== undefined) {
      if (body.bytes > 0 || body.isComplete) body.sendTo(attempt.stream!);
      if (this.#retry === undefined) this.#body = undefined;
      this.#resumeRequest();
    }
  }

  onAttemptInformational(_attempt: Attempt, head: ResponseHead): void {
    this.#stream.respondInformational(head);
  }

  onAttemptHead(attempt: Attempt, head: ResponseHead, endStream: boolean): void {
    const stream = this.#stream;
    stream.timings.firstUpstreamRxByte = stream.elapsedUs();
    this.#countResponse(head);
    if (this.#retry !== undefined && this.#tryAgain({ kind: 'response', status: head.status, headers: head })) {
      if (!attempt.isOver) attempt.cancel();
      return;
    }
    this.#isResponding = true;
    this.#body = undefined;
    this.#tryDueAtMs = NEVER;
    if (endStream) this.#responseIsComplete();
    this.#finishResponseHead(head);
    stream.respondHead(head, endStream);
  }

  onAttemptData(attempt: Attempt, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#responseIsComplete();
    if (!this.#stream.respondData(bytes, start, end, endStream) && !attempt.isOver) attempt.stream?.pause();
  }

  onAttemptTrailers(_attempt: Attempt, trailers: FieldList): void {
    this.#responseIsComplete();
    this.#stream.respondTrailers(trailers);
  }

  onAttemptReset(attempt: Attempt, kind: StreamResetKind, details: string): void {
    const stream = this.#stream;
    const cluster = this.#cluster;
    this.#attempt = undefined;
    if (kind === 'remoteReset' || kind === 'remoteRefused') cluster.stats[CLUSTER_STAT.upstream_rq_rx_reset]! += 1;
    const cause = causeOf(kind);
    const isRequestStarted = attempt.stream !== undefined;
    if (kind === 'connectionFailed' || kind === 'connectTimeout') stream.upstream.transportFailureReason = details;
    if (this.#isResponding) {
      stream.responseFlags |= cause.flags;
      stream.services.stats[MANAGER_STAT.rq_reset_after_downstream_response_started]! += 1;
      stream.abort(`upstream_reset_after_response_started{${detailWords(cause.reason)}}`);
      return;
    }
    if (this.#tryAgain({ kind: 'reset', reason: cause.attempt, isRequestStarted })) return;
    const transport = kind === 'connectionFailed' && details !== '' ? details : '';
    const suffix = transport === '' ? '' : `, transport failure reason: ${transport}`;
    cluster.codes.charge(cause.status);
    stream.reply({
      status: cause.status,
      body: `upstream connect error or disconnect/reset before headers. reset reason: ${cause.reason}${suffix}`,
      details: `upstream_reset_before_response_started{${detailWords(cause.reason)}${transport === '' ? '' : `|${detailWords(transport)}`}}`,
      flags: cause.flags,
    });
  }

  onAttemptDrain(): void {
    this.#resumeRequest();
  }

  // Time.

  onDeadline(nowMs: number): void {
    this.deadlineMs = NEVER;
    if (nowMs >= this.#dueAtMs) this.#timeOut('response_timeout', CLUSTER_STAT.upstream_rq_timeout, false);
    else if (nowMs >= this.#tryDueAtMs) {
      this.#timeOut('upstream_per_try_timeout', CLUSTER_STAT.upstream_rq_per_try_timeout, true);
    } else if (nowMs >= this.#tryIdleAtMs) {
      this.#timeOut('upstream_per_try_idle_timeout', CLUSTER_STAT.upstream_rq_per_try_idle_timeout, true);
    } else this.#setDeadline();
  }

  #timeOut(details: string, stat: number, isPerTry: boolean): void {
    const stream = this.#stream;
    this.#cluster.stats[stat]! += 1;
    stream.responseFlags |= ResponseFlag.upstreamRequestTimeout;
    this.#attempt?.cancel({ kind: 'timeout' });
    this.#attempt = undefined;
    if (this.#isResponding) {
      stream.abort(details);
      return;
    }
    if (isPerTry && this.#tryAgain({ kind: 'reset', reason: 'localReset', isRequestStarted: true })) return;
    this.#cluster.codes.charge(504);
    stream.reply({ status: 504, body: 'upstream request timeout', details });
  }

  #setDeadline(): void {
    this.deadlineMs = Math.min(this.#dueAtMs, this.#tryDueAtMs, this.#tryIdleAtMs);
    const { deadlines } = this.#stream.services;
    if (this.deadlineMs === NEVER) return;
    if (this.deadlineSlot < 0) deadlines.add(this);
    else deadlines.bringForward(this);
  }

  // Inside.

  #startAttempt(): void {
    const stream = this.#stream;
    const cluster = this.#cluster;
    const { priority } = this.#plan.action;
    const policy = this.#retry?.policy;
    const host = cluster.chooseHost({
      randomValue: stream.randomValue,
      hash: undefined,
      isRejected: this.#tried.length === 0 || policy === undefined ? undefined : this.#rejection(policy),
      maxSelections: policy?.maxHostSelections ?? 1,
      downstreamLocal: stream.connection.local,
      priority,
    });
    if (host === undefined) {
      cluster.stats[CLUSTER_STAT.upstream_cx_none_healthy]! += 1;
      cluster.codes.charge(503);
      this.#fail('no healthy upstream', 'no_healthy_upstream', ResponseFlag.noHealthyUpstream);
      return;
    }
    if (this.#retry !== undefined) this.#tried.push(host.address.text);
    const resources = cluster.resources(priority);
    if (!resources.requests.isAvailable) {
      cluster.stats[CLUSTER_STAT.upstream_rq_pending_overflow]! += 1;
      this.#overflow();
      return;
    }
    resources.requests.used++;
    cluster.stats[CLUSTER_STAT.upstream_rq_total]! += 1;
    cluster.stats[CLUSTER_STAT.upstream_rq_active]! += 1;
    this.#attempts++;
    stream.upstream.attemptCount = this.#attempts;
    if (this.#plan.tellsAttemptsUpstream) {
      this.#head.set('x-envoy-attempt-count', String(this.#attempts));
    }
    const attempt = new Attempt(host, this, () => {
      resources.requests.used--;
      cluster.stats[CLUSTER_STAT.upstream_rq_active]! -= 1;
    });
    this.#attempt = attempt;
    const pool = cluster.httpPool(host, stream.protocol, priority);
    if (!attempt.start(pool)) {
      this.#attempt = undefined;
      this.#overflow();
      return;
    }
    if (this.#attempts > 1) this.#armTry();
  }

  #rejection({ hostPredicates }: RetryPolicyRuntime): (host: UpstreamHost) => boolean {
    return ({ address, metadata }) => {
      const isCanary = (metadata['envoy.lb'] as Readonly<Record<string, unknown>> | undefined)?.['canary'] === true;
      return refusesHost(hostPredicates, { address: address.text, isCanary, metadata }, this.#tried);
    };
  }

  #overflow(): void {
    const cause = causeOf('overflow');
    this.#cluster.codes.charge(cause.status);
    this.#fail(
      `upstream connect error or disconnect/reset before headers. reset reason: ${cause.reason}`,
      `upstream_reset_before_response_started{${cause.reason}}`,
      cause.flags,
      [['x-envoy-overloaded', 'true']],
    );
  }

  #fail(body: string, details: string, flags: number, headers?: LocalReply['headers']): void {
    this.#stream.reply({ status: 503, body, details, flags, ...(headers === undefined ? {} : { headers }) });
  }

  /** Whether another attempt is made. */
  #tryAgain(outcome: AttemptOutcome): boolean {
    const plan = this.#retry;
    const cluster = this.#cluster;
    if (plan === undefined || this.#isResponding || !isRetriable(plan, outcome)) return false;
    if (this.#retriesLeft === 0) {
      cluster.stats[CLUSTER_STAT.upstream_rq_retry_limit_exceeded]! += 1;
      this.#stream.responseFlags |= ResponseFlag.upstreamRetryLimitExceeded;
      return false;
    }
    const { retries } = cluster.resources(this.#plan.action.priority);
    if (!retries.isAvailable) {
      cluster.stats[CLUSTER_STAT.upstream_rq_retry_overflow]! += 1;
      return false;
    }
    // What is not kept cannot be sent again.
    if (!this.#isHeadLast && this.#body === undefined) {
      cluster.stats[CLUSTER_STAT.retry_or_shadow_abandoned]! += 1;
      return false;
    }
    this.#retriesLeft--;
    cluster.stats[CLUSTER_STAT.upstream_rq_retry]! += 1;
    cluster.stats[CLUSTER_STAT.upstream_rq_retry_backoff_exponential]! += 1;
    const { services } = this.#stream;
    this.#attempt = undefined;
    this.#tryDueAtMs = NEVER;
    this.#tryIdleAtMs = NEVER;
    const waitMs = backOffMs(plan.policy?.backOff, this.#attempts, services.random.next(), services.runtimeValues);
    this.#backOff = new BackOff(retries);
    this.#backOff.timer = services.clock.setTimer(waitMs, () => {
      this.#backOff?.end();
      this.#backOff = undefined;
      enter();
      this.#startAttempt();
      leave();
    });
    return true;
  }

  /** The timeouts count from the end of the request. */
  #requestIsSent(): void {
    this.#isRequestDone = true;
    const { globalMs } = this.#timeouts;
    const now = this.#stream.services.clock.monotonic();
    this.#sentAtMs = now;
    if (globalMs > 0) this.#dueAtMs = now + globalMs;
    this.#armTry();
  }

  #armTry(): void {
    const { perTryMs, perTryIdleMs } = this.#timeouts;
    const now = this.#stream.services.clock.monotonic();
    if (perTryMs > 0) this.#tryDueAtMs = now + perTryMs;
    if (perTryIdleMs > 0) this.#tryIdleAtMs = now + perTryIdleMs;
    if (!this.#stream.isOver) this.#setDeadline();
  }

  /** Whether the body that is kept is small enough. Without a connection it must be; with one, only retries are lost. */
  #isBodyWithinBounds(hasStream: boolean): boolean {
    const limit = this.#plan.route.bufferLimitBytes ?? this.#cluster.bufferLimitBytes;
    if (this.#body!.bytes <= limit) {
      if (!hasStream && !this.#isRequestPaused && this.#body!.bytes > 0) {
        this.#isRequestPaused = true;
        this.#stream.pauseRequest(true);
      }
      return true;
    }
    if (hasStream) {
      this.#body = undefined;
      return true;
    }
    this.#stream.reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    });
    return false;
  }

  #resumeRequest(): void {
    if (!this.#isRequestPaused) return;
    this.#isRequestPaused = false;
    this.#stream.pauseRequest(false);
  }

  #countResponse(head: ResponseHead): void {
    const cluster = this.#cluster;
    cluster.codes.charge(head.status);
    if (this.#attempts > 1 && head.status < 500) cluster.stats[CLUSTER_STAT.upstream_rq_retry_success]! += 1;
  }

  #responseIsComplete(): void {
    const stream = this.#stream;
    stream.timings.lastUpstreamRxByte = stream.elapsedUs();
    const { clock } = stream.services;
    this.#cluster.requestTime.record(Math.round(clock.monotonic() - stream.startMs));
    this.#dueAtMs = NEVER;
    this.#tryIdleAtMs = NEVER;
    stream.services.deadlines.remove(this);
  }

  #finishResponseHead(head: ResponseHead): void {
    const stream = this.#stream;
    const { route, pick } = this.#plan;
    if (!this.#options.suppressesEnvoyHeaders) {
      const { clock } = stream.services;
      const from = this.#sentAtMs === 0 ? stream.startMs : this.#sentAtMs;
      head.set('x-envoy-upstream-service-time', String(Math.round(clock.monotonic() - from)));
    }
    if (this.#plan.tellsAttemptsDownstream) {
      head.set('x-envoy-attempt-count', String(this.#attempts));
    }
    if (pick.weighted !== undefined) applyHeaderMutations([pick.weighted.responseHeaders], head, stream);
    applyHeaderMutations(route.responseHeaders, head, stream);
  }
}

/** The wait before a retry, which takes one of the retries that the cluster allows at a time. */
class BackOff {
  readonly #resource: Resource;
  timer: Timer | undefined;

  constructor(resource: Resource) {
    this.#resource = resource;
    resource.used++;
  }

  end(): void {
    this.#resource.used--;
  }

  cancel(): void {
    this.timer?.cancel();
    this.end();
  }
}
