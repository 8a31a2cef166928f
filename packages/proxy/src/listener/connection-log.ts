/** The line that a connection gets in the access logs of its listener. */
import type { Clock } from '@weft/core';
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { ConnectionRecord } from '../tcp/connection-record.ts';
import type { ByteStream } from '../transport/byte-stream.ts';

/** See the file's head. */
export class ConnectionLog {
  readonly record: ConnectionRecord;
  readonly #loggers: readonly AccessLogger[];
  readonly #clock: Clock;
  #stream: ByteStream | undefined;
  /** Read before the connection's filters saw anything: what listener filters took. */
  #bytesBefore = 0;

  constructor(record: ConnectionRecord, loggers: readonly AccessLogger[], clock: Clock) {
    this.record = record;
    this.#loggers = loggers;
    this.#clock = clock;
  }

  /** The stream that the filters see; `first` was read of it already, and is for them. */
  begin(stream: ByteStream, first: Buffer | undefined): void {
    this.#stream = stream;
    this.#bytesBefore = stream.bytesRead - (first?.length ?? 0);
  }

  /** The connection has ended. */
  write(): void {
    const { record } = this;
    if (this.#stream !== undefined) {
      record.bytesReceived = this.#stream.bytesRead - this.#bytesBefore;
      record.bytesSent = this.#stream.bytesWritten;
    }
    record.timings.end = this.#clock.now() * 1000 - record.startTimeUs;
    for (const logger of this.#loggers) logger.log(record, 'NotSet');
  }
}
