import { invariant } from '@weft/core';
import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientStream,
  ClientStreamHandler,
  ConnectionEnd,
  ResetReason,
  StreamReset,
} from '../http/codec.ts';
import type { RequestHead } from '../http/head.ts';
import { ErrorCode } from './error-code.ts';
import { DETAILS, Fault, type Http2Fault } from './fault.ts';
import { CLIENT_PREFACE, MAX_STREAM_ID } from './frame.ts';
import { gathered, gatherRequest } from './head-fields.ts';
import { Http2Stream, LENGTH_UNKNOWN, type StreamHost } from './http2-stream.ts';
import { headFacts, responseOf } from './message-rules.ts';
import { decoded, Http2Session } from './session.ts';
import type { Http2SessionParts } from './session-lifecycle.ts';
import { SettingId } from './settings.ts';

/** What the client side of a connection is made of. */
export interface Http2ClientParts extends Http2SessionParts {
  readonly handler: ClientConnectionHandler;
}

/** A server that sends more 1xx responses to one request only keeps us busy. */
const MOST_INFORMATIONAL = 100;

const NOTHING = Buffer.alloc(0);
const BEYOND_GOAWAY: StreamReset = Object.freeze({ kind: 'remoteRefused', details: DETAILS.beyondGoaway });

interface ClientHost extends StreamHost {
  sendHead(stream: Http2ClientStream, head: RequestHead, endStream: boolean): void;
}

/** One request that is sent; see ClientStream. */
export class Http2ClientStream extends Http2Stream implements ClientStream {
  readonly receiver: ClientStreamHandler;
  /** What the content-length of the response means depends on these. */
  isHeadRequest = false;
  isConnect = false;
  informationalCount = 0;
  /** Sent before it was known whether the head may go; undefined when it has gone. */
  early: Buffer[] | undefined = undefined;
  isEarlyEnd = false;
  declare protected readonly host: ClientHost;

  constructor(host: ClientHost, handler: ClientStreamHandler) {
    super(host, 0, 0, 0);
    this.receiver = handler;
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    this.host.sendHead(this, head, endStream);
  }
}

/** The client side of an HTTP/2 connection. */
export class Http2Client extends Http2Session<Http2ClientStream> implements ClientConnection, ClientHost {
  readonly #handler: ClientConnectionHandler;
  /** Exchanges that were begun and have sent no head yet. */
  readonly #unsent: Http2ClientStream[] = [];
  /** Of these: exchanges that cannot be carried on, and will be told so. */
  readonly #failing: Http2ClientStream[] = [];
  /** Upgrades that wait for the server's first SETTINGS, which say whether it takes any (RFC 8441 §3). */
  #held: { readonly stream: Http2ClientStream; readonly head: RequestHead; readonly endStream: boolean }[] = [];
  #hasPeerSettings = false;
  #nextId = 1;
  #isDraining = false;

  constructor(parts: Http2ClientParts) {
    super(parts, false);
    this.#handler = parts.handler;
  }

  /** Takes the transport, which is connected, and says the first word; requests may follow at once. */
  start(): void {
    this.writer.raw(CLIENT_PREFACE);
    this.begin([[SettingId.enablePush, 0]]);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Whether the server takes CONNECT with a protocol (RFC 8441); not known before its SETTINGS. */
  get allowsExtendedConnect(): boolean {
    return this.peer.allowsConnect;
  }

  override get activeStreams(): number {
    return this.streams.size + this.#unsent.length;
  }

  get freeStreams(): number {
    if (this.#isDraining || this.state !== 'open' || this.#nextId > MAX_STREAM_ID) return 0;
    const limit = Math.min(this.options.maxConcurrentStreams, this.peer.maxConcurrentStreams);
    return Math.max(0, limit - this.activeStreams);
  }

  open(handler: ClientStreamHandler): ClientStream {
    invariant(this.freeStreams > 0, 'a stream was opened on an HTTP/2 connection that has none free');
    this.keepalive?.onNewStream();
    const stream = new Http2ClientStream(this, handler);
    this.#unsent.push(stream);
    return stream;
  }

  drain(): void {
    this.#isDraining = true;
    if (this.activeStreams === 0) this.#sayGoodbye();
  }

  sendHead(stream: Http2ClientStream, head: RequestHead, endStream: boolean): void {
    if (this.state !== 'open' || stream.isClosed || stream.id !== 0) return;
    const isUpgrade = head.protocol !== '';
    if (isUpgrade && !this.#hasPeerSettings) {
      stream.early = [];
      this.#held.push({ stream, head, endStream });
      return;
    }
    if (isUpgrade && !this.peer.allowsConnect) {
      this.#failing.push(stream);
      this.noteAvailable();
      return;
    }
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.#forgetUnsent(stream);
    stream.sendWindow = this.peer.initialWindowSize;
    stream.receiveWindow = this.options.initialStreamWindowSize;
    const { method } = head;
    stream.isHeadRequest = method === 'HEAD';
    stream.isConnect = isUpgrade || method === 'CONNECT';
    this.streams.add(stream);
    this.stats.streamsActive++;
    this.limits.openedStreams++;
    this.writer.headers(stream.id, gathered, gatherRequest(head), endStream);
    if (endStream) stream.isLocalEnded = true;
  }

  override sendData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const { early } = stream as Http2ClientStream;
    if (early === undefined) return super.sendData(stream, bytes, start, end, endStream);
    if (end > start) early.push(Buffer.from(bytes.subarray(start, end)));
    (stream as Http2ClientStream).isEarlyEnd ||= endStream;
    return false;
  }

  override resetStream(stream: Http2Stream, reason: ResetReason): void {
    if (stream.id !== 0) super.resetStream(stream, reason);
    if (stream.isClosed) return;
    stream.isClosed = true;
    this.#forgetUnsent(stream as Http2ClientStream);
    this.onStreamGone();
  }

  protected override onFields(
    _streamId: number,
    stream: Http2ClientStream | undefined,
    count: number,
    endStream: boolean,
  ): Http2Fault | undefined {
    if (stream === undefined) return Fault.idleStream;
    if (stream.isRemoteEnded) return this.breakStream(stream, Fault.closedStream);
    if (count < 0) return this.breakStream(stream, this.listFault(count));
    if (stream.isHeadReceived) return this.takeTrailers(stream, count, endStream);
    return this.#onResponse(stream, count, endStream);
  }

  protected override isIdle(streamId: number): boolean {
    return streamId >= this.#nextId || (streamId & 1) === 0;
  }

  protected override onGoaway(lastStreamId: number): void {
    const wasDraining = this.#isDraining;
    this.#isDraining = true;
    for (const stream of this.streams.list()) {
      if (stream.id <= lastStreamId || stream.isClosed) continue;
      this.closeStream(stream);
      stream.receiver.onReset(BEYOND_GOAWAY);
    }
    // Nor would it look at streams that begin now.
    this.resetUnsent(BEYOND_GOAWAY);
    if (!wasDraining) this.#handler.onDraining();
    if (this.activeStreams === 0) this.#sayGoodbye();
  }

  protected override onPeerSettings(): void {
    this.noteAvailable();
    if (this.#hasPeerSettings) return;
    this.#hasPeerSettings = true;
    for (const { stream, head, endStream } of this.#held.splice(0)) this.#sendHeld(stream, head, endStream);
  }

  protected override strayFrame(): Http2Fault {
    return Fault.closedStream;
  }

  protected override onStreamGone(): void {
    this.noteAvailable();
  }

  protected override onStreamBroken(): void {
    // A server that resets what was asked of it floods nobody.
  }

  protected override resetUnsent(reset: StreamReset): void {
    for (const stream of this.#unsent.splice(0)) {
      stream.isClosed = true;
      stream.receiver.onReset(reset);
    }
    this.#failing.length = 0;
  }

  protected override onAvailable(): void {
    for (const stream of this.#failing.splice(0)) {
      if (stream.isClosed) continue;
      stream.isClosed = true;
      this.#forgetUnsent(stream);
      stream.receiver.onReset({ kind: 'localReset', details: DETAILS.noConnect });
    }
    if (this.freeStreams > 0) this.#handler.onAvailable();
  }

  protected override onConnectionClose(end: ConnectionEnd): void {
    this.#handler.onConnectionClose(end);
  }

  protected override onIdle(): void {
    if (this.#isDraining && this.#unsent.length === 0) this.#sayGoodbye();
  }

  #onResponse(stream: Http2ClientStream, count: number, endStream: boolean): Http2Fault | undefined {
    const head = responseOf(decoded, count, this.options.underscores);
    if (head === undefined) return this.invalidHead(stream, headFacts.fault);
    this.countFields();
    const { status } = head;
    if (status < 200) {
      if (status === 101) return this.invalidHead(stream, Fault.switching);
      if (endStream) return this.invalidHead(stream, Fault.interimEnds);
      if (++stream.informationalCount > MOST_INFORMATIONAL) return this.breakStream(stream, Fault.tooManyInterim);
      stream.receiver.onInformational(head);
      return undefined;
    }
    stream.isHeadReceived = true;
    stream.lengthLeft = bodyLength(stream, status);
    if (endStream && stream.lengthLeft > 0) return this.breakMessage(stream, Fault.lengthMismatch);
    stream.isRemoteEnded = endStream;
    stream.receiver.onHead(head, endStream);
    if (endStream && stream.isLocalEnded) this.closeStream(stream);
    return undefined;
  }

  /** Its sender was told to wait if it had more to send than the head. */
  #sendHeld(stream: Http2ClientStream, head: RequestHead, endStream: boolean): void {
    const early = stream.early ?? [];
    stream.early = undefined;
    if (stream.isClosed) return;
    this.sendHead(stream, head, endStream);
    early.forEach((piece, i) => {
      super.sendData(stream, piece, 0, piece.length, stream.isEarlyEnd && i === early.length - 1);
    });
    if (early.length === 0 && stream.isEarlyEnd) super.sendData(stream, NOTHING, 0, 0, true);
    if (stream.id !== 0 && !stream.isEarlyEnd) stream.receiver.onDrain();
  }

  #forgetUnsent(stream: Http2ClientStream): void {
    const unsent = this.#unsent;
    // Nearly always the one opened last.
    const at = unsent.lastIndexOf(stream);
    if (at === unsent.length - 1) unsent.pop();
    else if (at >= 0) unsent.splice(at, 1);
    if (this.#isDraining && this.activeStreams === 0 && stream.id === 0) this.#sayGoodbye();
  }

  #sayGoodbye(): void {
    if (this.state !== 'open') return;
    this.goaway(0, ErrorCode.noError);
    this.finish();
  }
}

/** How many bytes DATA must bring (RFC 9110 §6.4.1): none in answers to HEAD and with 204 and 304, any number after CONNECT. */
function bodyLength(stream: Http2ClientStream, status: number): number {
  if (stream.isHeadRequest || status === 204 || status === 304) return 0;
  if (stream.isConnect && status < 300) return LENGTH_UNKNOWN;
  return headFacts.contentLength;
}
