/**
 * What both roles of an HTTP/2 connection have in common (RFC 9113): frames in and out, settings, the life of streams. Owns the table of
 * streams.
 */
import type { CoarseTimer } from '@weft/core';
import type { ResetReason, StreamReset } from '../http/codec.ts';
import type { FieldList } from '../http/head.ts';
import { ErrorCode, resetCodeOf } from './error-code.ts';
import { DETAILS, Fault, type Http2Fault } from './fault.ts';
import { FrameFlag, FrameType, MAX_WINDOW, readUint31, readUint32 } from './frame.ts';
import { FrameParser, type FrameReceiver } from './frame-parser.ts';
import { gathered, gatherTrailers } from './head-fields.ts';
import { blockSpan, HeaderBlock, stripHeaders } from './header-blocks.ts';
import { type HeaderField, HPACK_ERROR, HpackDecoder, isCompressionError } from './hpack/index.ts';
import type { Http2Stream, StreamHost } from './http2-stream.ts';
import { InboundData } from './inbound-data.ts';
import { InboundLimits } from './inbound-limits.ts';
import { headFacts, trailersOf } from './message-rules.ts';
import { ResetMemory } from './reset-memory.ts';
import { SendScheduler } from './send-scheduler.ts';
import { type Http2SessionParts, resetOf, SessionLifecycle } from './session-lifecycle.ts';
import { PeerSettings, SETTING_BYTES } from './settings.ts';
import { StreamTable } from './stream-table.ts';

/** The fields of the block decoded last; heads copy them out at once. */
export const decoded: HeaderField[] = [];

/** See the file's head. */
export abstract class Http2Session<S extends Http2Stream>
  extends SessionLifecycle
  implements FrameReceiver, StreamHost
{
  protected readonly scheduler: SendScheduler;
  protected readonly limits: InboundLimits;
  protected readonly inbound: InboundData<S>;
  protected readonly peer: PeerSettings;
  protected readonly streams = new StreamTable<S>();
  protected readonly resets = new ResetMemory();
  readonly #parser: FrameParser;
  readonly #decoder = new HpackDecoder();
  readonly #listLimits: { readonly maxListSize: number; readonly maxFields: number };
  readonly #block: HeaderBlock;
  #hasPeerSettings = false;
  #flushTimer: CoarseTimer | undefined = undefined;

  constructor(parts: Http2SessionParts, isServer: boolean) {
    super(parts);
    const { options, stats } = parts;
    this.limits = new InboundLimits(options, stats);
    this.inbound = new InboundData(this, this.writer, this.limits, options);
    this.peer = new PeerSettings(isServer, (size) => this.writer.encoder.setPeerMaxTableSize(size));
    this.#parser = new FrameParser(this);
    this.#listLimits = { maxListSize: options.maxHeaderListSize, maxFields: options.maxHeaderFields };
    this.#block = new HeaderBlock(options.maxHeaderListSize);
    this.scheduler = new SendScheduler({
      transport: parts.stream,
      writer: this.writer,
      stats,
      onLocalEnd: (stream) => this.endLocal(stream as S),
      sendQueuedTrailers: (stream) => this.#writeTrailers(stream as S, stream.queuedTrailers!),
      onWaiting: () => this.#armFlushTimer(options.flushTimeoutMs),
      now: () => this.nowMs(),
    });
  }

  /** A header block of this stream is in the first `count` of `decoded`; below 0: HPACK_ERROR says why the list was refused. */
  protected abstract onFields(
    streamId: number,
    stream: S | undefined,
    count: number,
    endStream: boolean,
  ): Http2Fault | undefined;
  protected abstract onGoaway(lastStreamId: number): void;
  /** Whether the stream has not been opened yet, by the side that may open it. */
  protected abstract isIdle(streamId: number): boolean;
  /** A stream has left the table. */
  protected abstract onStreamGone(stream: S): void;
  /** The peer reset the stream, or broke its rules so that this side does; the stream goes next. */
  protected abstract onStreamBroken(stream: S): void;
  /** The peer's limits may have changed. */
  protected abstract onPeerSettings(): void;
  /** Frames of streams that are not in the table and not late ones of a stream that was reset. */
  protected abstract strayFrame(streamId: number, isHeaders: boolean): Http2Fault;
  /** Exchanges that are not in the table end too. */
  protected abstract resetUnsent(reset: StreamReset): void;
  /** What is due when the last stream is gone. */
  protected abstract onIdle(): void;

  /** Streams that are open. */
  get activeStreams(): number {
    return this.streams.size;
  }

  /** Bytes of the peer's that are kept because their frame or header block is not complete; for tests of bounds. */
  get heldBytes(): number {
    return this.#parser.heldBytes + this.#block.bytes.length;
  }

  onFrameFault(fault: Http2Fault): void {
    this.fail(fault);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const fault = this.#misplaced(type) ?? this.#dispatch(type, flags, streamId, bytes, start, end);
    if (fault !== undefined) this.fail(fault);
  }

  onDataFrame(streamId: number, flags: number, length: number): void {
    const fault =
      this.#misplaced(FrameType.data) ??
      this.inbound.begin(this.streams.get(streamId), length, (flags & FrameFlag.endStream) !== 0) ??
      (this.inbound.isLate ? this.#lateFrame(streamId, false) : undefined);
    if (fault !== undefined) this.fail(fault);
  }

  onDataPart(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    const fault = this.inbound.part(bytes, start, end, isLast);
    if (fault !== undefined) this.fail(fault);
  }

  sendData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    // Without an id the head has not left, and will not: the user is about to be told.
    if (this.state !== 'open' || stream.id === 0) return true;
    return this.scheduler.sendData(stream, bytes, start, end, endStream);
  }

  sendTrailers(stream: Http2Stream, trailers: FieldList): void {
    if (this.state !== 'open' || stream.id === 0) return;
    if (stream.isClosed || stream.isLocalEnded || stream.isEndQueued) return;
    if (this.scheduler.hasQueued(stream)) {
      trailers.retain();
      stream.queuedTrailers = trailers;
    } else this.#writeTrailers(stream as S, trailers);
  }

  resetStream(stream: Http2Stream, reason: ResetReason): void {
    if (!stream.isClosed) this.abandon(stream as S, resetCodeOf(reason));
  }

  resumeStream(stream: Http2Stream): void {
    const { withheld } = stream;
    stream.withheld = 0;
    if (withheld > 0 && !stream.isClosed && this.state === 'open') this.inbound.consume(stream, withheld);
  }

  protected override parse(bytes: Buffer, start: number, end: number): void {
    this.#parser.parse(bytes, start, end);
  }

  protected override stopParsing(): void {
    this.#parser.stop();
    this.#block.clear();
    this.#flushTimer?.cancel();
  }

  protected override pump(): void {
    this.scheduler.pump();
  }

  protected override endStreams(reset: StreamReset): void {
    for (const stream of this.streams.list()) {
      if (stream.isClosed) continue;
      this.closeStream(stream);
      stream.receiver.onReset(reset);
    }
    this.resetUnsent(reset);
  }

  /** The peer broke a rule of one stream. */
  breakStream(stream: S, fault: Http2Fault): undefined {
    this.onStreamBroken(stream);
    this.abandon(stream, fault.code);
    stream.receiver.onReset(resetOf(fault));
    return undefined;
  }

  /** A stream that never became one is answered with RST_STREAM; its late frames are forgiven. */
  protected refuse(streamId: number, fault: Http2Fault): void {
    this.writer.rstStream(streamId, fault.code);
    this.stats.txReset++;
    this.resets.add(streamId);
  }

  /** Resets and forgets a stream without a word to its handler. */
  protected abandon(stream: S, code: number): void {
    if (this.state === 'open') {
      this.writer.rstStream(stream.id, code);
      this.stats.txReset++;
      this.resets.add(stream.id);
    }
    this.closeStream(stream);
  }

  /** END_STREAM of this side has been sent. */
  protected endLocal(stream: S): void {
    stream.isLocalEnded = true;
    if (stream.isRemoteEnded) this.closeStream(stream);
  }

  /** Takes a stream out of the table. */
  closeStream(stream: S): void {
    if (stream.isClosed) return;
    stream.isClosed = true;
    this.streams.delete(stream.id);
    this.stats.streamsActive--;
    if (stream.isWaiting || stream.queue !== undefined) this.scheduler.forget(stream);
    if (stream.withheld > 0) this.inbound.giveBack(stream.withheld);
    this.onStreamGone(stream);
    if (this.streams.size === 0) this.onIdle();
  }

  /** The message broke its rules after its head was delivered: that is its stream's own affair. */
  breakMessage(stream: S, fault: Http2Fault): undefined {
    this.stats.rxMessagingError++;
    return this.breakStream(stream, fault);
  }

  /** The head or the trailers of a stream are malformed; returns the fault if it ends the connection. */
  protected invalidHead(stream: S, fault: Http2Fault): Http2Fault | undefined {
    const isUnderscore = fault === Fault.underscore;
    if (!isUnderscore) this.stats.rxMessagingError++;
    if (!isUnderscore && !this.options.streamErrorOnInvalidMessage) return fault;
    return this.breakStream(stream, fault);
  }

  /** Takes the trailers in `decoded`. */
  protected takeTrailers(stream: S, count: number, endStream: boolean): Http2Fault | undefined {
    if (!endStream) return this.invalidHead(stream, Fault.trailersWithoutEnd);
    const trailers = trailersOf(decoded, count, this.options.underscores);
    if (trailers === undefined) return this.invalidHead(stream, headFacts.fault);
    this.countFields();
    if (stream.lengthLeft > 0) return this.breakMessage(stream, Fault.lengthMismatch);
    this.stats.trailers++;
    stream.isRemoteEnded = true;
    stream.receiver.onTrailers(trailers);
    if (stream.isLocalEnded) this.closeStream(stream);
    return undefined;
  }

  /** Why a header list of the peer was refused though it could be decoded. */
  protected listFault(count: number): Http2Fault {
    if (count === HPACK_ERROR.listTooLarge) {
      this.stats.headerOverflow++;
      return Fault.listTooLarge;
    }
    return Fault.tooManyFields;
  }

  /** Counts what the rules did to a head. */
  protected countFields(): void {
    if (headFacts.droppedFields > 0) this.stats.droppedHeadersWithUnderscores += headFacts.droppedFields;
  }

  #misplaced(type: number): Http2Fault | undefined {
    if (!this.#hasPeerSettings && type !== FrameType.settings) return Fault.noSettings;
    return this.#block.streamId !== 0 && type !== FrameType.continuation ? Fault.continuationExpected : undefined;
  }

  #dispatch(
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): Http2Fault | undefined {
    switch (type) {
      case FrameType.headers:
        return this.#onHeaders(flags, streamId, bytes, start, end);
      case FrameType.windowUpdate:
        return this.#onWindowUpdate(streamId, bytes, start, end);
      case FrameType.rstStream:
        return this.#onRstStream(streamId, bytes, start, end);
      case FrameType.settings:
        return this.#onSettings(flags, streamId, bytes, start, end);
      case FrameType.ping:
        return this.#onPing(flags, streamId, bytes, start, end);
      case FrameType.continuation:
        return this.#onContinuation(flags, streamId, bytes, start, end);
      case FrameType.priority:
        if (streamId === 0) return Fault.badStreamId;
        if (end - start !== 5) return Fault.badFrameSize;
        return readUint31(bytes, start) === streamId ? Fault.selfDependency : this.limits.priority();
      case FrameType.goaway:
        if (streamId !== 0) return Fault.badStreamId;
        if (end - start < 8) return Fault.badFrameSize;
        this.onGoaway(readUint31(bytes, start));
        return undefined;
      case FrameType.pushPromise:
        return Fault.pushRefused;
      case FrameType.priorityUpdate:
        if (streamId !== 0) return Fault.badStreamId;
        return end - start < 4 ? Fault.badFrameSize : this.limits.priority();
      default:
        return undefined;
    }
  }

  #onHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    if (streamId === 0) return Fault.badStreamId;
    const endStream = (flags & FrameFlag.endStream) !== 0;
    const fault =
      stripHeaders(flags, streamId, bytes, start, end) ??
      this.limits.payload(blockSpan.end - blockSpan.start, endStream);
    if (fault !== undefined) return fault;
    const { start: from, end: to } = blockSpan;
    if ((flags & FrameFlag.endHeaders) !== 0) return this.#decode(streamId, endStream, bytes, from, to);
    this.#block.begin(streamId, endStream, bytes, from, to);
    return undefined;
  }

  #onContinuation(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    const block = this.#block;
    if (block.streamId === 0 || block.streamId !== streamId) return Fault.continuationUnexpected;
    const fault = this.limits.payload(end - start, false) ?? block.continue(bytes, start, end);
    if (fault !== undefined || (flags & FrameFlag.endHeaders) === 0) return fault;
    const { endStream, bytes: whole, length } = block;
    block.clear();
    return this.#decode(streamId, endStream, whole, 0, length);
  }

  #decode(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    const count = this.#decoder.decode(bytes, start, end, decoded, this.#listLimits);
    if (isCompressionError(count)) return Fault.compression;
    const stream = this.streams.get(streamId);
    if (stream === undefined && !this.isIdle(streamId)) return this.#lateFrame(streamId, true);
    return this.onFields(streamId, stream, count, endStream);
  }

  /** A frame on a stream that is not in the table. */
  #lateFrame(streamId: number, isHeaders: boolean): Http2Fault | undefined {
    if (streamId === 0) return Fault.badStreamId;
    if (this.isIdle(streamId)) return Fault.idleStream;
    if (!this.resets.forgives(streamId)) return this.strayFrame(streamId, isHeaders);
    if (isHeaders) this.stats.headersCbNoStream++;
    return undefined;
  }

  #onRstStream(streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    if (streamId === 0) return Fault.badStreamId;
    if (end - start !== 4) return Fault.badFrameSize;
    const stream = this.streams.get(streamId);
    if (stream === undefined) return this.isIdle(streamId) ? Fault.idleStream : undefined;
    this.stats.rxReset++;
    this.onStreamBroken(stream);
    this.closeStream(stream);
    stream.receiver.onReset(readUint32(bytes, start) === ErrorCode.refusedStream ? REMOTE_REFUSED : REMOTE_RESET);
    return undefined;
  }

  #onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    if (end - start !== 4) return Fault.badFrameSize;
    const flood = this.limits.windowUpdate(this.scheduler.dataFrames);
    if (flood !== undefined) return flood;
    const increment = readUint31(bytes, start);
    if (streamId === 0) {
      if (increment === 0) return Fault.zeroIncrement;
      return this.scheduler.grow(undefined, increment) ? undefined : Fault.windowOverflow;
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) return this.isIdle(streamId) ? Fault.idleStream : undefined;
    if (increment === 0) this.breakStream(stream, Fault.zeroIncrement);
    else if (!this.scheduler.grow(stream, increment)) this.breakStream(stream, Fault.windowOverflow);
    return undefined;
  }

  #onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    if (streamId !== 0) return Fault.badStreamId;
    if ((flags & FrameFlag.ack) !== 0) {
      if (end !== start) return Fault.badFrameSize;
      if (!this.#hasPeerSettings) return Fault.noSettings;
      this.#decoder.setMaxTableSize(this.options.hpackTableSize);
      return undefined;
    }
    if ((end - start) % SETTING_BYTES !== 0) return Fault.badFrameSize;
    if (!this.#hasPeerSettings) this.peer.beginFirst();
    this.#hasPeerSettings = true;
    const fault = this.limits.settings() ?? this.applySettings(bytes, start, end);
    if (fault !== undefined) return fault;
    this.writer.settingsAck();
    // Behind the acknowledgement, which tells the peer that what follows keeps to its settings (§6.5.3).
    if (this.scheduler.waiting > 0) this.scheduler.pump();
    this.onPeerSettings();
    return undefined;
  }

  /** Takes settings over as they stand in SETTINGS or HTTP2-Settings. */
  protected applySettings(bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    const before = this.peer.initialWindowSize;
    const fault = this.peer.apply(bytes, start, end);
    const growth = this.peer.initialWindowSize - before;
    if (fault !== undefined || growth === 0) return fault;
    for (const stream of this.streams.list()) {
      stream.sendWindow += growth;
      if (stream.sendWindow > MAX_WINDOW) return Fault.badWindowSetting;
    }
    return undefined;
  }

  #onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    if (streamId !== 0) return Fault.badStreamId;
    if (end - start !== 8) return Fault.badFrameSize;
    if ((flags & FrameFlag.ack) === 0) this.writer.pingAck(bytes, start);
    else this.keepalive?.onAck(readUint32(bytes, start + 4));
    return undefined;
  }

  #writeTrailers(stream: S, trailers: FieldList): void {
    stream.queuedTrailers = undefined;
    this.writer.headers(stream.id, gathered, gatherTrailers(trailers), true);
    this.endLocal(stream);
  }

  #armFlushTimer(ms: number): void {
    if (ms === 0 || this.#flushTimer !== undefined) return;
    this.#flushTimer = this.timers.set(ms, () => this.inside(() => this.#resetStalled()));
  }

  #resetStalled(): void {
    this.#flushTimer = undefined;
    const { flushTimeoutMs } = this.options;
    let longest = this.scheduler.longestWaiting();
    for (; longest !== undefined && this.state === 'open'; longest = this.scheduler.longestWaiting()) {
      if (this.nowMs() - longest.waitingSinceMs < flushTimeoutMs) break;
      this.stats.txFlushTimeout++;
      this.abandon(longest as S, Fault.flushTimeout.code);
      longest.receiver.onReset({ kind: 'localReset', details: Fault.flushTimeout.details });
    }
    if (this.scheduler.waiting === 0 || this.state !== 'open') return;
    const waitedMs = longest === undefined ? 0 : this.nowMs() - longest.waitingSinceMs;
    this.#armFlushTimer(flushTimeoutMs - waitedMs);
  }
}

const REMOTE_REFUSED: StreamReset = Object.freeze({ kind: 'remoteRefused', details: DETAILS.remoteRefused });
const REMOTE_RESET: StreamReset = Object.freeze({ kind: 'remoteReset', details: DETAILS.remoteReset });
