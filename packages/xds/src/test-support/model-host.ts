// The model of a control plane on a real socket: it tells whoever asks what it has, and again whenever that changes.
import { status } from '@grpc/grpc-js';
import type { XdsVariant } from '../protocol/messages.ts';
import { ModelServer, type ModelStream } from './model-server.ts';
import { type RawStream, StreamServer } from './stream-server.ts';
import { readDeltaRequest, readSotwRequest } from './wire-messages.ts';

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
  readonly #server = new StreamServer((raw, variant) => this.#open(raw, variant));
  /** Open streams; written by `#open` and `dropStreams`. */
  readonly #streams = new Map<RawStream, ModelStream>();

  /** Listens on a free port, or on that of one that was closed. */
  static async start(port = 0): Promise<ModelHost> {
    const host = new ModelHost();
    await host.#server.listen(port);
    return host;
  }

  get port(): number {
    return this.#server.port;
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
    this.#server.close();
  }

  #open(raw: RawStream, variant: XdsVariant): void {
    const stream = this.model.openStream(variant);
    this.#streams.set(raw, stream);
    const forget = () => this.#streams.delete(raw);
    for (const event of ['end', 'cancelled', 'error']) raw.on(event, forget);
    raw.on('data', (bytes: Uint8Array) => {
      this.#note(variant, bytes);
      stream.receive(bytes);
      for (const response of stream.produce()) raw.write(response);
    });
  }

  #note(variant: XdsVariant, bytes: Uint8Array): void {
    this.requestCount += 1;
    const { typeUrl, errorDetail } = variant === 'sotw' ? readSotwRequest(bytes) : readDeltaRequest(bytes);
    if (errorDetail !== undefined) this.rejections.push({ typeUrl, reason: errorDetail.message });
  }
}
