import type { OpenStreamOptions, StreamEvents, XdsStream, XdsTransport } from '../client/transport.ts';

/** A stream whose every step the test makes: nothing moves by itself. */
export class ManualStream implements XdsStream {
  readonly method: string;
  readonly events: StreamEvents;
  /** Bytes from the client that the test has not taken yet. */
  readonly sent: Uint8Array[] = [];
  /** What `send` answers. */
  isWritable = true;
  isCancelled = false;

  constructor(options: OpenStreamOptions, events: StreamEvents) {
    this.method = options.method;
    this.events = events;
  }

  send(bytes: Uint8Array): boolean {
    this.sent.push(bytes);
    return this.isWritable;
  }

  end(): void {
    this.isCancelled = true;
  }

  cancel(): void {
    this.isCancelled = true;
  }
}

/** Opens streams in memory, for tests on a fake clock. */
export class ManualTransport implements XdsTransport {
  readonly streams: ManualStream[] = [];

  openStream(options: OpenStreamOptions, events: StreamEvents): XdsStream {
    const stream = new ManualStream(options, events);
    this.streams.push(stream);
    return stream;
  }

  /** The newest stream. */
  get current(): ManualStream {
    return this.streams.at(-1)!;
  }
}
