// Methods that are a function: one message in, one or several out.
import { type Clock, type Timer, thrownMessage } from '@weft/core';
import { frameMessage } from './frame.ts';
import { GrpcError, type GrpcFailure, grpcCode } from './grpc-status.ts';
import type { GrpcMethod, GrpcStream, GrpcStreamHandler } from './grpc-stream.ts';

/** Answers one request; throws a `GrpcError` for any other status than OK. The signal aborts when nobody waits any more. */
export type UnaryHandler = (request: Uint8Array, stream: GrpcStream, signal: AbortSignal) => Promise<Uint8Array>;

/** Answers one request with messages; `send` waits while the reader is slow. */
export type ServerStreamHandler = (
  request: Uint8Array,
  stream: GrpcStream,
  output: { readonly send: (message: Uint8Array) => Promise<void>; readonly signal: AbortSignal },
) => Promise<void>;

/** A method with one request and one response. */
export function unaryMethod(clock: Clock, handler: UnaryHandler): GrpcMethod {
  return serverStreamMethod(clock, async (request, stream, output) => {
    await output.send(await handler(request, stream, output.signal));
  });
}

/** A method with one request and any number of responses. */
export function serverStreamMethod(clock: Clock, handler: ServerStreamHandler): GrpcMethod {
  return (stream) => new SingleRequestCall(clock, stream, handler);
}

class SingleRequestCall implements GrpcStreamHandler {
  readonly #stream: GrpcStream;
  readonly #handler: ServerStreamHandler;
  readonly #gone = new AbortController();
  #deadline: Timer | undefined;
  #request: Buffer | undefined;
  #isRunning = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock, stream: GrpcStream, handler: ServerStreamHandler) {
    this.#stream = stream;
    this.#handler = handler;
    const timeoutMs = parseGrpcTimeout(stream.metadata('grpc-timeout'));
    if (timeoutMs === undefined) return;
    this.#deadline = clock.setTimer(timeoutMs, () => {
      this.#finish({ code: grpcCode.deadlineExceeded, message: `the call took longer than its ${timeoutMs} ms` });
    });
  }

  onMessage(message: Buffer): void {
    if (this.#request === undefined) this.#request = message;
    else this.#finish({ code: grpcCode.unimplemented, message: 'the method takes one request, not several' });
  }

  onHalfClose(): void {
    if (this.#isRunning || this.#gone.signal.aborted) return;
    this.#isRunning = true;
    if (this.#request === undefined) {
      this.#finish({ code: grpcCode.unimplemented, message: 'the method takes one request, and none came' });
    } else {
      void this.#run(this.#request);
    }
  }

  onDrain(): void {
    this.#wake?.();
  }

  /** A call that is under way is let finish. */
  onShutdown(): void {}

  onClose(): void {
    this.#stop();
  }

  async #run(request: Buffer): Promise<void> {
    const { signal } = this.#gone;
    try {
      await this.#handler(request, this.#stream, { send: (message) => this.#send(message), signal });
      this.#finish(undefined);
    } catch (thrown) {
      this.#finish(failureOf(thrown));
    }
  }

  async #send(message: Uint8Array): Promise<void> {
    if (this.#gone.signal.aborted) throw new GrpcError({ code: grpcCode.cancelled, message: 'nobody waits any more' });
    if (this.#stream.send(frameMessage(message))) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #finish(failure: GrpcFailure | undefined): void {
    if (this.#gone.signal.aborted) return;
    this.#stop();
    this.#stream.end(failure);
  }

  #stop(): void {
    this.#deadline?.cancel();
    this.#gone.abort();
    this.#wake?.();
  }
}

function failureOf(thrown: unknown): GrpcFailure {
  if (thrown instanceof GrpcError) return { code: thrown.code, message: thrown.message };
  return { code: grpcCode.unknown, message: thrownMessage(thrown) };
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Reads `grpc-timeout`; undefined when there is none, or none that can be read. */
export function parseGrpcTimeout(text: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text ?? '');
  if (match === null) return undefined;
  return Math.ceil(Number(match[1]) * UNIT_MS[match[2]!]!);
}
