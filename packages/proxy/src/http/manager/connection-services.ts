/** What client connections need of their connection manager. */
import type { CoarseTimers } from '@weft/core';
import type { Histogram } from '@weft/telemetry';
import type { Http1ServerOptions } from '../../http1/server-session.ts';
import type { Http2ServerParts } from '../../http2/http2-server.ts';
import type { StreamServices } from './services.ts';
import type { Terminal, TerminalHost } from './terminal.ts';
import type { TimedStream } from './timed-stream.ts';

/** What a client connection needs. */
export interface ConnectionServices extends StreamServices {
  readonly timers: CoarseTimers;
  readonly createTerminal: (stream: TerminalHost) => Terminal;
  readonly connectionLength: Histogram;
  readonly http1Options: Http1ServerOptions;
  readonly https1Options: Http1ServerOptions;
  readonly http2Parts: Pick<Http2ServerParts, 'options' | 'timers' | 'clock' | 'random' | 'stats'>;
  handleClose(connection: Closable): void;
  handleEnd(stream: TimedStream): void;
}

/** A client connection as its manager sees it. */
export interface Closable {
  /** Asks the client to leave. */
  drain(): void;
  close(): void;
}
