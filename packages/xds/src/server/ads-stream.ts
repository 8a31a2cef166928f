import { type Clock, invariant, type Logger, type Timer } from '@weft/core';
import { decode, Problems } from '@weft/proto/lite';
import type { XdsNode, XdsRequest, XdsVariant } from '../protocol/messages.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import type { AdsClient, AdsObserver, ClientStatus, TypeInterest } from './ads-client.ts';
import type { AdsLimits } from './limits.ts';
import type { PushJob } from './push-scheduler.ts';
import type { Dirty, ResourceView } from './resource-view.ts';
import type { ToldResource } from './served-resource.ts';
import { StreamState } from './state/stream-state.ts';
import { statusOf } from './state/stream-status.ts';
import type { Received } from './state/type-state.ts';
import { type GrpcFailure, grpcCode } from './transport/grpc-status.ts';
import type { GrpcPeer, GrpcStream, GrpcStreamHandler, PeerIdentity } from './transport/grpc-stream.ts';
import { type DecodeContext, decodeRequest, type IncomingRequest } from './wire/decode-request.ts';
import { encodeResponse, type ResponseMessage } from './wire/encode-response.ts';
import type { NameTable } from './wire/name-table.ts';

/** What a stream asks of the server that it belongs to. */
export interface AdsStreamHost {
  /** The client said who it is; `serve` or `disconnect` follows. */
  admit(stream: AdsStream): void;
  /** There may be something to send. */
  enqueue(stream: AdsStream): void;
  drained(stream: AdsStream): void;
  closed(stream: AdsStream, reason: string): void;
}

/** What a stream needs. */
export interface AdsStreamOptions {
  readonly stream: GrpcStream;
  readonly variant: XdsVariant;
  /** Set on a stream for this type alone. */
  readonly onlyType: string | undefined;
  /** Tells the streams of this server apart. */
  readonly number: number;
  /** In front of every nonce. */
  readonly noncePrefix: string;
  /** How the server calls itself. */
  readonly identifier: string;
  readonly host: AdsStreamHost;
  /** Shared by all streams. */
  readonly names: NameTable;
  readonly limits: AdsLimits;
  readonly observer: AdsObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Further bytes of a request that cost as much as a request, and names of a type that cost it when they change. */
const BYTES_PER_TOKEN = 16 * 1024;
const NAMES_PER_TOKEN = 500;

/**
 * One stream of discovery: requests into the state, responses out of it when the scheduler says so. Goes from `new` (nothing came) over
 * `admitting` (the control plane looks at the node) to `open`, and from each of them to `closed`.
 */
export class AdsStream implements GrpcStreamHandler, AdsClient, PushJob {
  readonly variant: XdsVariant;
  readonly connectedAtMs: number;
  readonly #options: AdsStreamOptions;
  readonly #state: StreamState;
  readonly #bucket: TokenBucket;
  readonly #decoding: DecodeContext;
  #phase: 'new' | 'admitting' | 'open' | 'closed' = 'new';
  #node: XdsNode | undefined;
  /** Requests that came with the first one, before it was decided upon. */
  #early: IncomingRequest[] = [];
  #isWritable = true;
  #runsRevision = 0;
  /** Ends the wait for the first request, then for answers that others wait for. */
  #timer: Timer | undefined;
  #rateTimer: Timer | undefined;

  constructor(options: AdsStreamOptions) {
    const { clock, limits, variant, noncePrefix } = options;
    this.#options = options;
    this.variant = variant;
    this.connectedAtMs = clock.now();
    this.#state = new StreamState({ variant, noncePrefix, orderHoldMs: limits.orderHoldMs });
    this.#bucket = new TokenBucket(limits.requests, clock);
    const lastNames = (typeUrl: string) => this.#state.type(typeUrl || (options.onlyType ?? ''))?.namesDigest;
    this.#decoding = { names: options.names, lastNames };
    this.#timer = clock.setTimer(limits.firstRequestMs, () => {
      this.disconnect({ code: grpcCode.deadlineExceeded, message: `no request within ${limits.firstRequestMs} ms` });
    });
    this.#timer.unref();
  }

  get id(): string {
    return `${this.#node?.id ?? ''}-${this.#options.number}`;
  }

  get node(): XdsNode {
    invariant(this.#node !== undefined, 'a client is known to others only after it said who it is');
    return this.#node;
  }

  get method(): string {
    return this.#options.stream.method;
  }

  get peer(): GrpcPeer {
    return this.#options.stream.peer;
  }

  get identity(): PeerIdentity | undefined {
    return this.#options.stream.identity;
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  push(view: ResourceView, dirty?: Dirty): void {
    if (this.#phase === 'closed') return;
    this.#state.offer(view, dirty);
    this.#afterChange();
  }

  subscription(typeUrl: string): TypeInterest | undefined {
    return this.#state.type(typeUrl)?.subscription;
  }

  resources(typeUrl: string): Iterable<ToldResource> {
    return this.#state.type(typeUrl)?.told() ?? [];
  }

  status(): ClientStatus {
    const { clock } = this.#options;
    return statusOf(this.#state, { isBlocked: !this.#isWritable, startedAtMs: clock.now() - clock.monotonic() });
  }

  disconnect(failure: GrpcFailure): void {
    if (this.#phase === 'closed') return;
    this.#options.stream.end(failure);
    this.#close(failure.message);
  }

  /** Begins to answer: the control plane took the client. Without a view nothing is sent until one is pushed. */
  serve(view: ResourceView | undefined): void {
    if (this.#phase !== 'admitting') return;
    this.#phase = 'open';
    // Whoever learned of the client first may have pushed a newer view already.
    if (view !== undefined && (this.#state.view?.revision ?? -1) < view.revision) this.#state.offer(view, undefined);
    const early = this.#early;
    this.#early = [];
    for (const incoming of early) this.#receive(incoming);
    if (!this.isClosed && this.#rateTimer === undefined) this.#options.stream.setReading(true);
  }

  onMessage(message: Buffer): void {
    if (this.#phase === 'closed') return;
    this.#pay(1 + Math.floor(message.length / BYTES_PER_TOKEN));
    const decoded = decodeRequest(this.variant, message, this.#decoding);
    if (decoded.kind === 'err') {
      this.#refuse(decoded.error);
      return;
    }
    const { request, nodeBytes } = decoded.value;
    const typeUrl = this.#typeOf(request);
    if (typeUrl === undefined) return;
    const isTyped = request.typeUrl === typeUrl;
    const incoming = isTyped ? decoded.value : { ...decoded.value, request: { ...request, typeUrl } };
    if (this.#phase === 'open') this.#receive(incoming);
    else if (this.#phase === 'new') this.#begin(incoming, nodeBytes);
    else this.#early.push(incoming);
  }

  onHalfClose(): void {
    if (this.#phase === 'closed') return;
    this.#options.stream.end();
    this.#close('the client ended the stream');
  }

  onDrain(): void {
    this.#isWritable = true;
    if (this.#phase === 'open') this.#options.host.drained(this);
  }

  onShutdown(reason: string): void {
    this.disconnect({ code: grpcCode.unavailable, message: `${reason}; connect again` });
  }

  onClose(reason: string): void {
    this.#close(reason);
  }

  run(): 'done' | 'blocked' {
    const { stream, clock } = this.#options;
    while (this.#phase === 'open' && this.#isWritable) {
      const message = this.#state.next(clock.monotonic());
      if (message === undefined) break;
      const frame = encodeResponse(this.variant, message, this.#options.identifier);
      this.#isWritable = stream.send(frame);
      this.#told(message, frame.length);
    }
    if (this.#phase === 'open') this.#watch();
    return this.#isWritable || this.isClosed ? 'done' : 'blocked';
  }

  #begin(incoming: IncomingRequest, nodeBytes: Uint8Array | undefined): void {
    const { limits, stream, host } = this.#options;
    if (nodeBytes === undefined) {
      this.#refuse('the first request of a stream has to say its node');
      return;
    }
    if (nodeBytes.length > limits.maxNodeBytes) {
      const message = `a node of ${nodeBytes.length} bytes is larger than the ${limits.maxNodeBytes} that are taken`;
      this.disconnect({ code: grpcCode.resourceExhausted, message });
      return;
    }
    const problems = new Problems();
    const node = decode<XdsNode>('envoy.config.core.v3.Node', nodeBytes, problems, { unknownFields: 'ignore' });
    if (node === undefined || !problems.isEmpty) {
      this.#refuse(`node: ${problems.toString()}`);
      return;
    }
    this.#node = node;
    this.#phase = 'admitting';
    this.#early.push(incoming);
    this.#timer?.cancel();
    this.#timer = undefined;
    stream.setReading(false);
    host.admit(this);
  }

  #typeOf({ typeUrl }: XdsRequest): string | undefined {
    const { onlyType, limits } = this.#options;
    if (onlyType !== undefined) {
      if (typeUrl === '' || typeUrl === onlyType) return onlyType;
      this.#refuse(`type_url: this stream serves ${onlyType}, not ${typeUrl}`);
      return undefined;
    }
    if (typeUrl === '') {
      this.#refuse('type_url: an aggregated stream has to be told the type');
      return undefined;
    }
    if (this.#state.type(typeUrl) === undefined && this.#state.types.length >= limits.maxTypes) {
      const message = `type_url: ${limits.maxTypes} types are the most for a stream; ${typeUrl} is one more`;
      this.disconnect({ code: grpcCode.resourceExhausted, message });
      return undefined;
    }
    return typeUrl;
  }

  #receive(incoming: IncomingRequest): void {
    if (this.#phase !== 'open') return;
    const { limits, clock, observer } = this.#options;
    const { typeUrl } = incoming.request;
    const received = this.#state.receive(incoming, clock.monotonic());
    const { names } = this.#state.type(typeUrl)!.subscription;
    if (names.size > limits.maxNames) {
      const message = `${typeUrl}: ${names.size} names are more than the ${limits.maxNames} that are taken`;
      this.disconnect({ code: grpcCode.resourceExhausted, message });
      return;
    }
    if (received.isSubscription) {
      this.#pay(Math.floor(names.size / NAMES_PER_TOKEN));
      observer.onSubscribe?.(this, typeUrl);
    }
    this.#tellAnswer(typeUrl, received);
    this.#afterChange();
  }

  #tellAnswer(typeUrl: string, { answer, isStale }: Received): void {
    const { observer, clock, logger } = this.#options;
    if (isStale) logger.debug(() => `${this.id} answered a response for ${typeUrl} that nobody waits for`);
    if (answer === undefined) return;
    const { response, nack } = answer;
    const answered = { typeUrl, response, tookMs: Math.max(0, clock.monotonic() - response.atMs) };
    if (nack === undefined) {
      observer.onAck?.(this, answered);
    } else {
      logger.warning(`${this.id} refused ${typeUrl} ${response.version}: ${nack.message}`);
      observer.onNack?.(this, answered, nack);
    }
  }

  #told({ typeUrl, resources, removed }: ResponseMessage, bytes: number): void {
    const response = this.#state.type(typeUrl)?.answers.sent;
    invariant(response !== undefined, 'a response that was made is recorded');
    const counts = { resourceCount: resources.length, removedCount: removed.length };
    this.#options.observer.onSent?.(this, { typeUrl, response, bytes, ...counts });
  }

  /** After anything that may have made something due, or known. */
  #afterChange(): void {
    if (this.#phase !== 'open') return;
    this.#enqueue();
    this.#watch();
  }

  /** A stream whose connection has not taken the last response waits for that, and not for a turn. */
  #enqueue(): void {
    if (this.#isWritable && this.#state.isDue) this.#options.host.enqueue(this);
  }

  /** Tells what the client runs, and waits for the answers that hold something back. */
  #watch(): void {
    const { observer, clock, limits } = this.#options;
    const { runsRevision, waitingSinceMs } = this.#state;
    if (runsRevision > this.#runsRevision) {
      this.#runsRevision = runsRevision;
      observer.onRuns?.(this, runsRevision);
    }
    if (waitingSinceMs === undefined) {
      this.#timer?.cancel();
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#timer = clock.setTimer(waitingSinceMs + limits.orderHoldMs - clock.monotonic(), () => {
        this.#timer = undefined;
        this.#state.expire(clock.monotonic());
        this.#enqueue();
        this.#watch();
      });
      this.#timer.unref();
    }
  }

  /** Reads a client that asks for too much more slowly. */
  #pay(tokens: number): void {
    if (this.#bucket.spend(tokens) || this.#rateTimer !== undefined) return;
    this.#options.stream.setReading(false);
    this.#awaitTokens();
  }

  /** What had come already when reading stopped is owed too, so one wait may not be enough. */
  #awaitTokens(): void {
    const { stream, clock } = this.#options;
    this.#rateTimer = clock.setTimer(this.#bucket.waitMs(), () => {
      this.#rateTimer = undefined;
      if (this.#bucket.waitMs() > 0) this.#awaitTokens();
      else if (this.#phase !== 'admitting') stream.setReading(true);
    });
    this.#rateTimer.unref();
  }

  #refuse(message: string): void {
    this.disconnect({ code: grpcCode.invalidArgument, message });
  }

  #close(reason: string): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#timer?.cancel();
    this.#rateTimer?.cancel();
    this.#early = [];
    this.#options.host.closed(this, reason);
  }
}
