// The socket under the control planes of tests: every method of discovery, state of the world and delta, with messages as bytes.
import {
  type handleBidiStreamingCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import type { XdsVariant } from '../protocol/messages.ts';
import { aggregatedMethods, resourceTypes } from '../protocol/resource-types.ts';

/** A stream as the server sees it. */
export type RawStream = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Called for each stream that a client opens; `path` is the method that it called. */
export type OpenStream = (raw: RawStream, variant: XdsVariant, path: string) => void;

/** See the file's head. */
export class StreamServer {
  readonly #server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
  #port = 0;

  constructor(open: OpenStream) {
    for (const { sotw, delta } of [aggregatedMethods, ...resourceTypes.map(({ methods }) => methods)]) {
      if (sotw !== undefined) this.#serve(sotw, 'sotw', open);
      if (delta !== undefined) this.#serve(delta, 'delta', open);
    }
  }

  get port(): number {
    return this.#port;
  }

  /** Listens on a port of the loopback interface; 0 is a free one. */
  async listen(port: number): Promise<void> {
    const bound = Promise.withResolvers<number>();
    this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      if (error === null) bound.resolve(at);
      else bound.reject(error);
    });
    this.#port = await bound.promise;
  }

  /** Breaks every connection. */
  close(): void {
    this.#server.forceShutdown();
  }

  #serve(path: string, variant: XdsVariant, open: OpenStream): void {
    const handler: handleBidiStreamingCall<Uint8Array, Uint8Array> = (raw) => {
      raw.sendMetadata(new Metadata());
      open(raw, variant, path);
    };
    const identity = (bytes: Uint8Array) => Buffer.from(bytes);
    this.#server.register(path, handler, identity, (bytes: Buffer) => new Uint8Array(bytes), 'bidi');
  }
}
