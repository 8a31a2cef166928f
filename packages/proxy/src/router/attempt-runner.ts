/** The attempts of one request: when they begin, how long they may take, and what is tried after them. */
import { type AttemptOutcome, computeHash, isTerminated, ResponseFlag, type RouteHash } from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import type { StreamResetKind } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import { encodeProxyHeader } from '../upstream/proxy-header-out.ts';
import type { HostChoice, HostRequester, UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { hash64Of } from './hash64.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';
import { type PreparedRequest, prepareRequest, tellTimeouts } from './prepare-request.ts';
import { causeOf, type ResetCause } from './reset-causes.ts';
import { ResponseCounts } from './response-counts.ts';
import { Retries, type RetryAnswer } from './retries.ts';
import { findSessionHost } from './session-host.ts';
import { TryTimers } from './try-timers.ts';
import { NO_HEALTHY_UPSTREAM, resetReply, timeoutReply, withAttemptCount } from './upstream-replies.ts';

const NO_ATTEMPTS: readonly Attempt[] = [];
const NO_HASH: RouteHash = Object.freeze({ hash: undefined, setCookies: [] });
const NOTHING = Buffer.alloc(0);

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class AttemptRunner extends TryTimers implements AttemptOwner, HostChoice {
  protected readonly stream: TerminalHost;
  protected readonly options: RouterOptions;
  protected readonly plan: ForwardingPlan;
  protected readonly cluster: UpstreamCluster;
  protected readonly head: RequestHead;
  protected readonly prepared: PreparedRequest;
  protected readonly retries: Retries | undefined;
  protected readonly counts: ResponseCounts;
  protected readonly routeHash: RouteHash;
  /** How many have begun. */
  protected attempts = 0;
  /** The latest one. */
  protected attempt: Attempt | undefined;
  /** Those that were too slow, but may win still. */
  protected slow: readonly Attempt[] = NO_ATTEMPTS;
  protected isResponding = false;
  /** When the request was complete; -1 while it is not. */
  protected sentAtMs = -1;

  constructor(stream: TerminalHost, options: RouterOptions, plan: ForwardingPlan, head: RequestHead) {
    super(stream, stream.services.clock);
    const { action, cluster } = plan;
    this.stream = stream;
    this.options = options;
    this.plan = plan;
    this.cluster = cluster;
    this.head = head;
    this.prepared = prepareRequest(stream, options, plan, head);
    this.counts = new ResponseCounts(options, plan, head, this.prepared.isGrpc, stream.virtualClusterName);
    const { retry } = this.prepared;
    this.retries =
      retry && new Retries(retry, cluster, action.priority, stream.services, this.counts, () => this.#tryOnceMore());
    this.routeHash =
      action.hashPolicies.length === 0
        ? NO_HASH
        : computeHash(action.hashPolicies, {
            request: head,
            remote: stream.remote,
            local: stream.connection.local,
            filterState: (key) => stream.filterState(key),
          });
  }

  // What a host is chosen by.

  get randomValue(): number {
    return this.stream.randomValue;
  }

  get hash(): bigint | undefined {
    return hash64Of(this.routeHash.hash);
  }

  get isRejected(): ((host: UpstreamHost) => boolean) | undefined {
    return this.retries?.rejection;
  }

  get maxSelections(): number {
    return this.retries?.maxHostSelections ?? 1;
  }

  get requester(): HostRequester {
    return this.stream;
  }

  get priority(): 'default' | 'high' {
    return this.plan.action.priority;
  }

  /** Whether the whole request is at hand, to be sent again. */
  protected abstract get canRepeat(): boolean;

  abstract onAttemptReady(attempt: Attempt): void;
  abstract onAttemptInformational(attempt: Attempt, head: ResponseHead): void;
  abstract onAttemptHead(attempt: Attempt, head: ResponseHead, endStream: boolean): void;
  abstract onAttemptData(attempt: Attempt, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  abstract onAttemptTrailers(attempt: Attempt, trailers: FieldList): void;
  abstract onAttemptReset(attempt: Attempt, kind: StreamResetKind, details: string): void;
  abstract onAttemptDrain(attempt: Attempt): void;

  protected override onGlobalTimeout(): void {
    this.#timeOut('response_timeout', CLUSTER_STAT.upstream_rq_timeout);
  }

  protected override onTryTimeout(): void {
    const attempt = this.attempt;
    if (!this.prepared.isHedging || attempt === undefined || this.isResponding) {
      this.#tryTimeOut('upstream_per_try_timeout', CLUSTER_STAT.upstream_rq_per_try_timeout);
      return;
    }
    this.cluster.stats[CLUSTER_STAT.upstream_rq_per_try_timeout]! += 1;
    // Without another attempt to be had it stays the only one, until it or the whole is over.
    if (this.#askForRetry({ kind: 'reset', reason: 'localReset', isRequestStarted: true }) !== 'waiting') return;
    this.slow = [...this.slow, attempt];
    this.attempt = undefined;
  }

  protected override onTryIdleTimeout(): void {
    this.#tryTimeOut('upstream_per_try_idle_timeout', CLUSTER_STAT.upstream_rq_per_try_idle_timeout);
  }

  #tryTimeOut(details: string, stat: number): void {
    if (this.isResponding) {
      this.#timeOut(details, stat);
      return;
    }
    this.cluster.stats[stat]! += 1;
    this.attempt?.cancel({ kind: 'timeout' });
    this.attempt = undefined;
    if (this.goesOn({ kind: 'reset', reason: 'localReset', isRequestStarted: true })) return;
    this.#replyLate(details);
  }

  #timeOut(details: string, stat: number): void {
    this.cluster.stats[stat]! += 1;
    if (stat === CLUSTER_STAT.upstream_rq_timeout) this.counts.count('upstream_rq_timeout');
    for (const attempt of this.slow) attempt.cancel({ kind: 'timeout' });
    this.slow = NO_ATTEMPTS;
    this.attempt?.cancel({ kind: 'timeout' });
    this.attempt = undefined;
    if (this.isResponding) {
      this.stream.responseFlags |= ResponseFlag.upstreamRequestTimeout;
      this.stream.abort(details);
    } else this.#replyLate(details);
  }

  #replyLate(details: string): void {
    this.#reply(timeoutReply(this.prepared.timeouts.timeoutStatus, details));
  }

  #tryOnceMore(): void {
    const { timeouts, isHedging } = this.prepared;
    tellTimeouts(this.head, this.options, timeouts, isHedging, this.sentAtMs < 0 ? 0 : this.sinceRequest());
    this.startAttempt();
  }

  protected startAttempt(): void {
    const stream = this.stream;
    const cluster = this.cluster;
    const { action, virtualHost } = this.plan;
    const { priority } = action;
    const retries = this.retries;
    const attempts = ++this.attempts;
    stream.upstream.attemptCount = attempts;
    if (virtualHost.tellsAttemptsUpstream) this.head.set('x-envoy-attempt-count', String(attempts));
    const host = this.#chooseHost();
    if (host === undefined) return;
    retries?.noteHost(host);
    const { requests } = cluster.resources(priority);
    if (!requests.isAvailable) {
      cluster.stats[CLUSTER_STAT.upstream_rq_pending_overflow]! += 1;
      this.#overflow();
      return;
    }
    this.counts.count('upstream_rq_total');
    const attempt = new Attempt(host, this, this.prepared.isGrpc, requests, cluster.stats);
    this.attempt = attempt;
    if (!this.#begin(attempt, priority)) {
      this.attempt = undefined;
      this.#overflow();
      return;
    }
    stream.upstream.host = host.address;
    stream.upstream.hostName = host.hostName;
    stream.upstream.hostMetadata = host.metadata;
    if (attempts > 1) this.armNextTry();
  }

  /** The host of the next attempt; undefined when there is none, and the client has been told so. */
  #chooseHost(): UpstreamHost | undefined {
    const { stream, cluster } = this;
    // Another attempt may go elsewhere.
    const override = this.attempts === 1 ? stream.hostOverride : undefined;
    const wanted = override === undefined ? undefined : findSessionHost(cluster, override);
    if (wanted?.kind === 'host') return wanted.host;
    if (wanted === undefined) {
      const host = cluster.chooseHost(this);
      if (host !== undefined) return host;
    }
    cluster.stats[CLUSTER_STAT.upstream_cx_none_healthy]! += 1;
    this.#reply(wanted?.reply ?? NO_HEALTHY_UPSTREAM);
    return undefined;
  }

  /** Asks for a connection; false when there is no place to wait for one. */
  #begin(attempt: Attempt, priority: 'default' | 'high'): boolean {
    const stream = this.stream;
    const cluster = this.cluster;
    const { upgrades } = this.plan.action;
    if (isTerminated(upgrades, this.head.method)) {
      const { connection } = stream;
      const version = upgrades.connect?.proxyProtocol;
      const preface = version === undefined ? NOTHING : encodeProxyHeader(version, connection.remote, connection.local);
      return attempt.startTcp(cluster, connection, preface);
    }
    cluster.stats[CLUSTER_STAT.upstream_rq_total]! += 1;
    return attempt.start(cluster.httpPool(attempt.host, stream.protocol, priority, this.head));
  }

  #overflow(): void {
    this.fail(causeOf('overflow'), '');
  }

  /** There is no response, and none to come. */
  protected fail(cause: ResetCause, transport: string): void {
    this.#reply(resetReply(cause, transport, this.attempts, this.options.runtime.suppressesEnvoyHeaders));
  }

  #reply(reply: LocalReply): void {
    this.counts.charge(reply.status, undefined);
    const { tellsAttemptsDownstream } = this.plan.virtualHost;
    this.stream.reply(tellsAttemptsDownstream ? withAttemptCount(reply, this.attempts) : reply);
  }

  /** Whether another attempt is made instead of this response, or is under way. */
  protected isRepeated(attempt: Attempt, head: ResponseHead): boolean {
    const outcome: AttemptOutcome = { kind: 'response', status: head.status, headers: head };
    if (this.retries?.isWaiting === true) return this.retries.isRetriable(outcome);
    const answer = this.#askForRetry(outcome);
    if (answer === 'waiting') return true;
    if (answer === 'no') return false;
    const isOnly = this.slow.every((each) => each === attempt) && (this.attempt ?? attempt) === attempt;
    if (!isOnly) return true;
    this.stream.responseFlags |= ResponseFlag.upstreamRetryLimitExceeded;
    return false;
  }

  /** Whether there is still something to wait for after an attempt without a response. */
  protected goesOn(outcome: AttemptOutcome): boolean {
    const answer = this.#askForRetry(outcome);
    if (answer === 'waiting') return true;
    if (this.attempt !== undefined || this.slow.length > 0 || this.retries?.isWaiting === true) return true;
    if (answer === 'exhausted') this.stream.responseFlags |= ResponseFlag.upstreamRetryLimitExceeded;
    return false;
  }

  #askForRetry(outcome: AttemptOutcome): RetryAnswer {
    if (this.retries === undefined || this.isResponding || this.retries.isWaiting) return 'no';
    // What is not kept cannot be sent again.
    const answer = this.retries.ask(outcome, this.canRepeat);
    if (answer !== 'waiting') return answer;
    this.disarmTry(false);
    if (this.plan.virtualHost.tellsTimeoutRetries) {
      const isTimeout = outcome.kind === 'reset' && outcome.reason === 'localReset';
      this.head.set('x-envoy-is-timeout-retry', String(isTimeout));
    }
    return answer;
  }

  /** This attempt is the one: the others are given up. */
  protected choose(attempt: Attempt): void {
    if (this.attempt !== attempt) {
      this.attempt?.cancel();
      this.attempt = attempt;
      this.slow = this.slow.filter((each) => each !== attempt);
    }
    this.dropSlow();
    this.retries?.cancel();
    this.isResponding = true;
    this.disarmTry(true);
  }

  protected forget(attempt: Attempt): void {
    if (this.attempt === attempt) this.attempt = undefined;
    else if (this.slow.length > 0) this.slow = this.slow.filter((each) => each !== attempt);
  }

  protected dropSlow(): void {
    for (const attempt of this.slow) attempt.cancel();
    this.slow = NO_ATTEMPTS;
  }

  protected armNextTry(): void {
    const { perTryMs, perTryIdleMs } = this.prepared.timeouts;
    if (!this.stream.isOver && (perTryMs > 0 || perTryIdleMs > 0)) this.armTry(perTryMs, perTryIdleMs);
  }

  protected sinceRequest(): number {
    return Math.round(this.stream.services.clock.monotonic() - this.sentAtMs);
  }
}
