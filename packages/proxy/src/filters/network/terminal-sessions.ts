import { DelayedClose } from '../../http1/delayed-close.ts';
import type { ByteSink, ByteStream } from '../../transport/byte-stream.ts';
import type { DownstreamSetup, NetworkFilterPlace, TerminalNetworkFilter } from './network-filter.ts';

/** A connection that the proxy itself talks to. */
export interface TerminalSession extends Omit<ByteSink, 'onClose'> {
  /** `first` was read before. */
  start(first: Buffer | undefined): void;
}

/** Makes a session; `close` ends the connection once everything is sent. */
export type CreateSession = (stream: ByteStream, close: DelayedClose) => TerminalSession;

/** A terminal filter whose connections go nowhere. */
export class TerminalSessions implements TerminalNetworkFilter {
  readonly #create: CreateSession;
  readonly #place: NetworkFilterPlace;
  readonly #details: string;
  readonly #streams = new Set<ByteStream>();

  /** `details` are those of every connection, for logs. */
  constructor(place: NetworkFilterPlace, details: string, create: CreateSession) {
    this.#place = place;
    this.#details = details;
    this.#create = create;
  }

  take({ stream, first, record }: DownstreamSetup): void {
    if (record !== undefined) record.responseCodeDetails = this.#details;
    const close = new DelayedClose(stream, this.#place.services.timers, 0);
    const session = this.#create(stream, close);
    this.#streams.add(stream);
    stream.attach({
      onBytes: (bytes, start, end) => session.onBytes(bytes, start, end),
      onEnd: () => session.onEnd(),
      onDrain: () => session.onDrain(),
      onClose: () => {
        close.cancel();
        this.#streams.delete(stream);
      },
    });
    session.start(first);
  }

  /** Nothing tells such clients to leave. */
  drain(): void {}

  endDrain(): void {}

  close(): void {
    for (const stream of [...this.#streams]) stream.destroy();
  }

  get connectionCount(): number {
    return this.#streams.size;
  }
}
