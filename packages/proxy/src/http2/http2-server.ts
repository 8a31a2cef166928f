import type { CoarseTimer } from '@weft/core';
import type { ServerConnection, ServerConnectionHandler, ServerStream, ServerStreamHandler } from '../http/codec.ts';
import type { RequestHead, ResponseHead } from '../http/head.ts';
import { ErrorCode } from './error-code.ts';
import { Fault, type Http2Fault } from './fault.ts';
import { CLIENT_PREFACE, MAX_STREAM_ID } from './frame.ts';
import { gathered, gatherResponse } from './head-fields.ts';
import { Http2Stream, LENGTH_UNKNOWN, type StreamHost } from './http2-stream.ts';
import { headFacts, requestOf } from './message-rules.ts';
import { decoded, Http2Session } from './session.ts';
import { type Http2SessionParts, resetOf } from './session-lifecycle.ts';
import { SETTING_BYTES, SettingId } from './settings.ts';

/** A request that came by HTTP/1.1 with `Upgrade: h2c`, complete with its body, and was answered with 101. */
export interface H2cUpgrade {
  /** HTTP2-Settings, decoded. */
  readonly settings: Buffer;
  /** Without the fields of the upgrade. */
  readonly head: RequestHead;
  readonly body?: Buffer;
}

/** What the server side of a connection is made of. */
export interface Http2ServerParts extends Http2SessionParts {
  readonly handler: ServerConnectionHandler;
  readonly upgrade?: H2cUpgrade;
}

const SWITCHING_PROTOCOLS = 101;

interface ServerHost extends StreamHost {
  sendHead(stream: Http2ServerStream, head: ResponseHead, endStream: boolean): void;
  sendInformational(stream: Http2ServerStream, head: ResponseHead): void;
}

/** One request that is answered; see ServerStream. */
export class Http2ServerStream extends Http2Stream implements ServerStream {
  receiver!: ServerStreamHandler;
  isHeadSent = false;
  /** Broken by the client at once and unanswered. */
  isPremature = false;
  /** An extended CONNECT: HTTP/1's 101 is 200 here. */
  isUpgrade = false;
  readonly openedMs: number;
  declare protected readonly host: ServerHost;

  constructor(
    host: ServerHost,
    id: number,
    windows: { readonly send: number; readonly receive: number },
    nowMs: number,
  ) {
    super(host, id, windows.send, windows.receive);
    this.openedMs = nowMs;
    this.isHeadReceived = true;
  }

  sendInformational(head: ResponseHead): void {
    this.host.sendInformational(this, head);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    this.host.sendHead(this, head, endStream);
  }
}

/** The server side of an HTTP/2 connection. */
export class Http2Server extends Http2Session<Http2ServerStream> implements ServerConnection, ServerHost {
  readonly #handler: ServerConnectionHandler;
  readonly #upgrade: H2cUpgrade | undefined;
  readonly #windows: { send: number; receive: number };
  #prefaceLeft = CLIENT_PREFACE.length;
  /** Stream ids in [from, to] that the client left out: they are closed, but were never used (RFC 9113 §5.1.1). */
  #skippedFrom = 0;
  #skippedTo = -1;
  #isDraining = false;
  #isLastIdSaid = false;
  #drainTimer: CoarseTimer | undefined = undefined;

  constructor(parts: Http2ServerParts) {
    super(parts, true);
    this.#handler = parts.handler;
    this.#upgrade = parts.upgrade;
    this.#windows = { send: this.peer.initialWindowSize, receive: parts.options.initialStreamWindowSize };
  }

  /** Takes the transport and says the first word. The request of an upgrade is handed on before this returns. */
  start(): void {
    const { maxConcurrentStreams, allowConnect } = this.options;
    this.begin([
      [SettingId.maxConcurrentStreams, maxConcurrentStreams],
      [SettingId.enableConnectProtocol, allowConnect ? 1 : 0],
    ]);
    if (this.#upgrade !== undefined) this.#openUpgraded(this.#upgrade);
  }

  drain(): void {
    if (this.state !== 'open' || this.#isDraining) return;
    this.#isDraining = true;
    if (this.options.drainDelayMs === 0) {
      this.#sayLastId();
      return;
    }
    // RFC 9113 §6.8: requests on the way are still taken.
    this.goaway(MAX_STREAM_ID, ErrorCode.noError);
    this.#drainTimer = this.timers.set(this.options.drainDelayMs, () => this.#sayLastId());
  }

  sendInformational(stream: Http2ServerStream, head: ResponseHead): void {
    if (this.state !== 'open' || stream.isClosed || stream.isHeadSent) return;
    this.writer.headers(stream.id, gathered, gatherResponse(head, 0), false);
  }

  sendHead(stream: Http2ServerStream, head: ResponseHead, endStream: boolean): void {
    if (this.state !== 'open' || stream.isClosed || stream.isHeadSent) return;
    stream.isHeadSent = true;
    const isSwitch = stream.isUpgrade && head.status === SWITCHING_PROTOCOLS;
    this.writer.headers(stream.id, gathered, gatherResponse(head, isSwitch ? 200 : 0), endStream);
    if (endStream) this.endLocal(stream);
  }

  protected override fail(fault: Http2Fault): void {
    if (this.state === 'open' && resetOf(fault).kind === 'protocolError') this.#handler.onInvalidRequest(fault.details);
    super.fail(fault);
  }

  protected override parse(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (this.#prefaceLeft > 0 && at < end) {
      if (bytes[at++] !== CLIENT_PREFACE[CLIENT_PREFACE.length - this.#prefaceLeft]) {
        this.fail(Fault.badPreface);
        return;
      }
      this.#prefaceLeft--;
    }
    if (at < end) super.parse(bytes, at, end);
  }

  protected override onFields(
    streamId: number,
    stream: Http2ServerStream | undefined,
    count: number,
    endStream: boolean,
  ): Http2Fault | undefined {
    if (stream === undefined) return this.#onRequest(streamId, count, endStream);
    if (stream.isRemoteEnded) return this.breakStream(stream, Fault.closedStream);
    if (count < 0) return this.breakStream(stream, this.listFault(count));
    return this.takeTrailers(stream, count, endStream);
  }

  protected override isIdle(streamId: number): boolean {
    return streamId > this.lastPeerId || (streamId & 1) === 0;
  }

  protected override onGoaway(): void {
    // Only streams of this side would be concerned, and there are none.
  }

  protected override onPeerSettings(): void {
    this.#windows.send = this.peer.initialWindowSize;
  }

  protected override strayFrame(streamId: number, isHeaders: boolean): Http2Fault {
    const wasNeverUsed = isHeaders && streamId >= this.#skippedFrom && streamId <= this.#skippedTo;
    return wasNeverUsed ? Fault.badStreamId : Fault.closedStream;
  }

  protected override onStreamGone(stream: Http2ServerStream): void {
    const fault = this.limits.requestClosed(stream.isPremature);
    if (fault !== undefined) this.fail(fault);
  }

  protected override onStreamBroken(stream: Http2ServerStream): void {
    const { prematureResetMinLifetimeMs } = this.options;
    stream.isPremature = !stream.isHeadSent && this.nowMs() - stream.openedMs <= prematureResetMinLifetimeMs;
  }

  protected override resetUnsent(): void {
    // A server opens no streams.
  }

  protected override onAvailable(): void {
    // Nobody asks a server for room.
  }

  protected override onConnectionClose(end: Parameters<ServerConnectionHandler['onConnectionClose']>[0]): void {
    this.#drainTimer?.cancel();
    this.#handler.onConnectionClose(end);
  }

  protected override onIdle(): void {
    if (this.#isLastIdSaid) this.finish();
  }

  #onRequest(streamId: number, count: number, endStream: boolean): Http2Fault | undefined {
    if ((streamId & 1) === 0) return Fault.badStreamId;
    if (streamId > this.lastPeerId + 2) {
      this.#skippedFrom = this.lastPeerId + 2;
      this.#skippedTo = streamId - 2;
    }
    if (this.#isLastIdSaid) {
      // Beyond the last id of our GOAWAY: the client knows that it is not answered.
      this.resets.add(streamId);
      this.lastPeerId = streamId;
      return undefined;
    }
    this.lastPeerId = streamId;
    this.limits.openedStreams++;
    if (this.streams.size >= this.options.maxConcurrentStreams) {
      this.stats.streamRefusedErrors++;
      this.refuse(streamId, Fault.tooManyStreams);
      return this.limits.requestClosed(true);
    }
    if (count < 0) return this.#reject(streamId, this.listFault(count));
    const head = requestOf(decoded, count, this.options.underscores, this.options.allowConnect);
    if (head === undefined) return this.#rejectHead(streamId, headFacts.fault);
    // CONNECT has no content (RFC 9110 §9.3.6): what its stream carries is a tunnel.
    const contentLength = head.method === 'CONNECT' ? LENGTH_UNKNOWN : headFacts.contentLength;
    this.countFields();
    if (endStream && contentLength > 0) return this.#rejectHead(streamId, Fault.lengthMismatch);
    const stream = this.#open(streamId);
    stream.lengthLeft = contentLength;
    stream.isUpgrade = head.protocolField !== undefined;
    stream.isRemoteEnded = endStream;
    this.#announce(stream, head, endStream);
    return undefined;
  }

  #open(streamId: number): Http2ServerStream {
    const stream = new Http2ServerStream(this, streamId, this.#windows, this.nowMs());
    this.streams.add(stream);
    this.stats.streamsActive++;
    return stream;
  }

  #announce(stream: Http2ServerStream, head: RequestHead, endStream: boolean): void {
    stream.receiver = this.#handler.onStream(stream);
    if (!stream.isClosed) stream.receiver.onHead(head, endStream);
  }

  #openUpgraded({ settings, head, body }: H2cUpgrade): void {
    const isWhole = settings.length % SETTING_BYTES === 0;
    const fault = isWhole ? this.applySettings(settings, 0, settings.length) : Fault.badFrameSize;
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    this.onPeerSettings();
    this.lastPeerId = 1;
    this.limits.openedStreams++;
    const stream = this.#open(1);
    stream.isRemoteEnded = true;
    this.#announce(stream, head, body === undefined);
    if (body !== undefined && !stream.isClosed) stream.receiver.onData(body, 0, body.length, true);
  }

  /** Resets the stream of a head that is refused; whoever logs requests is told of it all the same. */
  #reject(streamId: number, fault: Http2Fault): Http2Fault | undefined {
    this.refuse(streamId, fault);
    this.#tellRefused(streamId, fault);
    return this.limits.requestClosed(true);
  }

  #rejectHead(streamId: number, fault: Http2Fault): Http2Fault | undefined {
    if (fault === Fault.underscore) this.stats.requestsRejectedWithUnderscoresInHeaders++;
    else this.stats.rxMessagingError++;
    if (fault === Fault.underscore || this.options.streamErrorOnInvalidMessage) return this.#reject(streamId, fault);
    this.#tellRefused(streamId, fault);
    return fault;
  }

  #tellRefused(streamId: number, fault: Http2Fault): void {
    const stream = new Http2ServerStream(this, streamId, this.#windows, this.nowMs());
    stream.isClosed = true;
    stream.receiver = this.#handler.onStream(stream);
    stream.receiver.onReset(resetOf(fault));
  }

  #sayLastId(): void {
    if (this.state !== 'open') return;
    this.#isLastIdSaid = true;
    this.goaway(this.lastPeerId, ErrorCode.noError);
    if (this.streams.size === 0) this.finish();
  }
}
