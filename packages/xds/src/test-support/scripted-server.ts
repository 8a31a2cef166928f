import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import type { DeltaDiscoveryRequest, DiscoveryRequest } from '@weft/proto/envoy/service/discovery/v3/discovery';
import { within } from '@weft/testkit';
import { type RawStream, StreamServer } from './stream-server.ts';
import {
  type DeltaResponseInit,
  readDeltaRequest,
  readSotwRequest,
  type SotwResponseInit,
  writeDeltaResponse,
  writeSotwResponse,
} from './wire-messages.ts';

/** What happened on a stream: a request, or its end. */
type Arrival<R> = { readonly kind: 'request'; readonly request: R } | { readonly kind: 'end' };

/** The common part of both kinds of requests. */
type AnyRequest = DiscoveryRequest | DeltaDiscoveryRequest;

/** One stream as the server sees it: the test says what it expects to come and what to send. */
class ScriptedStream<R extends AnyRequest> {
  /** The path that the client called. */
  readonly method: string;
  readonly #raw: RawStream;
  readonly #arrived: Arrival<R>[] = [];
  #wake: (() => void) | undefined;

  constructor(method: string, raw: RawStream, read: (bytes: Uint8Array) => R) {
    this.method = method;
    this.#raw = raw;
    raw.on('data', (bytes: Uint8Array) => this.#push({ kind: 'request', request: read(bytes) }));
    raw.on('end', () => this.#push({ kind: 'end' }));
    raw.on('cancelled', () => this.#push({ kind: 'end' }));
    raw.on('error', () => this.#push({ kind: 'end' }));
  }

  /** The next request, which has to be of that type. */
  async expectRequest(typeUrl: string): Promise<R> {
    const arrival = await this.#next(`a request for ${typeUrl}`);
    assert.equal(arrival.kind, 'request', `the stream ended instead of asking for ${typeUrl}`);
    const { request } = arrival as { request: R };
    assert.equal(request.typeUrl, typeUrl);
    return request;
  }

  /** The next request, which has to accept the response with that nonce. */
  async expectAck(typeUrl: string, nonce: string): Promise<R> {
    const request = await this.expectRequest(typeUrl);
    assert.equal(request.errorDetail?.message, undefined, 'the response was rejected');
    assert.equal(request.responseNonce, nonce);
    return request;
  }

  /** The next request, which has to reject the response with that nonce, for a reason that matches. */
  async expectNack(typeUrl: string, nonce: string, reason: RegExp): Promise<R> {
    const request = await this.expectRequest(typeUrl);
    assert.equal(request.responseNonce, nonce);
    assert.ok(request.errorDetail !== undefined, 'the response was accepted');
    assert.match(request.errorDetail.message, reason);
    return request;
  }

  /** Waits until the client gave the stream up. */
  async expectEnd(): Promise<void> {
    for (;;) {
      if ((await this.#next('the stream to end')).kind === 'end') return;
    }
  }

  /** Requests that came and were not expected yet. */
  get unread(): number {
    return this.#arrived.length;
  }

  /** Sends bytes that may be anything. */
  sendBytes(bytes: Uint8Array): void {
    this.#raw.write(bytes);
  }

  /** Ends the stream with a status of gRPC. */
  close(code: number = status.UNAVAILABLE, details = 'closed by the test'): void {
    this.#raw.emit('error', { code, details });
  }

  #push(arrival: Arrival<R>): void {
    this.#arrived.push(arrival);
    this.#wake?.();
  }

  async #next(what: string): Promise<Arrival<R>> {
    for (;;) {
      const arrival = this.#arrived.shift();
      if (arrival !== undefined) return arrival;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await within(what, promise);
    }
  }
}

/** A stream of the state-of-the-world protocol. */
export class ScriptedSotwStream extends ScriptedStream<DiscoveryRequest> {
  /** The next request, which has to ask for these names. */
  async expectSubscribe(typeUrl: string, names: readonly string[]): Promise<DiscoveryRequest> {
    const request = await this.expectRequest(typeUrl);
    assert.deepEqual(request.resourceNames.toSorted(), [...names].toSorted());
    return request;
  }

  send(response: SotwResponseInit): void {
    this.sendBytes(writeSotwResponse(response));
  }
}

/** A stream of the delta protocol. */
export class ScriptedDeltaStream extends ScriptedStream<DeltaDiscoveryRequest> {
  /** The next request, which has to subscribe to these names. */
  async expectSubscribe(typeUrl: string, names: readonly string[]): Promise<DeltaDiscoveryRequest> {
    const request = await this.expectRequest(typeUrl);
    assert.deepEqual(request.resourceNamesSubscribe.toSorted(), [...names].toSorted());
    return request;
  }

  send(response: DeltaResponseInit): void {
    this.sendBytes(writeDeltaResponse(response));
  }
}

/** A control plane on a real socket that does what the test says. */
export class ScriptedXdsServer {
  readonly #server = new StreamServer((raw, variant, path) => {
    if (variant === 'sotw') this.#sotw.push(new ScriptedSotwStream(path, raw, readSotwRequest));
    else this.#delta.push(new ScriptedDeltaStream(path, raw, readDeltaRequest));
    this.#wake?.();
  });
  readonly #sotw: ScriptedSotwStream[] = [];
  readonly #delta: ScriptedDeltaStream[] = [];
  #wake: (() => void) | undefined;

  /** Listens on a free port, or on the one of a server that was closed before. */
  static async start(port = 0): Promise<ScriptedXdsServer> {
    const server = new ScriptedXdsServer();
    await server.#server.listen(port);
    return server;
  }

  get port(): number {
    return this.#server.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The next stream of the state-of-the-world protocol that a client opens. */
  async expectSotwStream(): Promise<ScriptedSotwStream> {
    return this.#nextOf(this.#sotw, 'a state-of-the-world stream');
  }

  /** The next stream of the delta protocol that a client opens. */
  async expectDeltaStream(): Promise<ScriptedDeltaStream> {
    return this.#nextOf(this.#delta, 'a delta stream');
  }

  /** Breaks every connection. */
  close(): void {
    this.#server.close();
  }

  async #nextOf<S>(streams: S[], what: string): Promise<S> {
    for (;;) {
      const stream = streams.shift();
      if (stream !== undefined) return stream;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await within(what, promise);
    }
  }
}
