// The model of a control plane on a real socket: it tells whoever asks what it has, and again whenever that changes.
import {
  type handleBidiStreamingCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import type { XdsVariant } from '../protocol/messages.ts';
import { aggregatedMethods, resourceTypes } from '../protocol/resource-types.ts';
import { ModelServer, type ModelStream } from './model-server.ts';
import { readDeltaRequest, readSotwRequest } from './wire-messages.ts';

type RawStream = ServerDuplexStream<Uint8Array, Uint8Array>;

/** A rejection that came. */
export interface Rejection {
  readonly typeUrl: string;
  readonly reason: string;
}

/** See the file's head. */
export class ModelHost {
  /** What it tells; who changes it calls `push` afterwards. */
  readonly model = new ModelServer();
  /** Every rejection that came. */
  readonly rejections: Rejection[] = [];
  /** Messages that came: requests and answers. */
  requestCount = 0;
  readonly #server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
  /** Open streams; written by `#serve`. */
  readonly #streams = new Map<RawStream, ModelStream>();
  #port = 0;

  /** Listens on a free port, or on that of one that was closed. */
  static async start(port = 0): Promise<ModelHost> {
    const host = new ModelHost();
    await host.#listen(port);
    return host;
  }

  get port(): number {
    return this.#port;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Sends every stream what it lacks. */
  push(): void {
    for (const [raw, stream] of this.#streams) for (const bytes of stream.produce()) raw.write(bytes);
  }

  /** Ends every stream; clients may come again. */
  dropStreams(): void {
    for (const raw of [...this.#streams.keys()]) {
      this.#streams.delete(raw);
      raw.emit('error', { code: status.UNAVAILABLE, details: 'dropped' });
    }
  }

  /** Breaks every connection. */
  close(): void {
    this.#server.forceShutdown();
  }

  async #listen(port: number): Promise<void> {
    for (const { sotw, delta } of [aggregatedMethods, ...resourceTypes.map(({ methods }) => methods)]) {
      if (sotw !== undefined) this.#serve(sotw, 'sotw');
      if (delta !== undefined) this.#serve(delta, 'delta');
    }
    const bound = Promise.withResolvers<number>();
    this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      if (error === null) bound.resolve(at);
      else bound.reject(error);
    });
    this.#port = await bound.promise;
  }

  #serve(path: string, variant: XdsVariant): void {
    const handler: handleBidiStreamingCall<Uint8Array, Uint8Array> = (raw) => {
      raw.sendMetadata(new Metadata());
      const stream = this.model.openStream(variant);
      this.#streams.set(raw, stream);
      const forget = () => this.#streams.delete(raw);
      for (const event of ['end', 'cancelled', 'error']) raw.on(event, forget);
      raw.on('data', (bytes: Uint8Array) => {
        this.#note(variant, bytes);
        stream.receive(bytes);
        for (const response of stream.produce()) raw.write(response);
      });
    };
    const identity = (bytes: Uint8Array) => Buffer.from(bytes);
    this.#server.register(path, handler, identity, (bytes: Buffer) => new Uint8Array(bytes), 'bidi');
  }

  #note(variant: XdsVariant, bytes: Uint8Array): void {
    this.requestCount += 1;
    const { typeUrl, errorDetail } = variant === 'sotw' ? readSotwRequest(bytes) : readDeltaRequest(bytes);
    if (errorDetail !== undefined) this.rejections.push({ typeUrl, reason: errorDetail.message });
  }
}
