/** One attempt to have a request answered by one host. */
import type { ClientStream, ClientStreamHandler, StreamReset, StreamResetKind } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import type { HttpPool, PooledConnection, StreamWaiter, WaitingRequest } from '../upstream/http-pool.ts';
import type { HostOutcome, UpstreamHost } from '../upstream/upstream-cluster.ts';

/** What an attempt tells the router. `isOver` attempts tell nothing any more. */
export interface AttemptOwner {
  /** A connection is there: the head goes out now, and the body after it. */
  onAttemptReady(attempt: Attempt): void;
  onAttemptInformational(attempt: Attempt, head: ResponseHead): void;
  onAttemptHead(attempt: Attempt, head: ResponseHead, endStream: boolean): void;
  onAttemptData(attempt: Attempt, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onAttemptTrailers(attempt: Attempt, trailers: FieldList): void;
  onAttemptReset(attempt: Attempt, kind: StreamResetKind, details: string): void;
  onAttemptDrain(attempt: Attempt): void;
}

/** See the file's head. */
export class Attempt implements ClientStreamHandler, StreamWaiter {
  readonly host: UpstreamHost;
  readonly #owner: AttemptOwner;
  readonly #onEnd: () => void;
  stream: ClientStream | undefined;
  connection: PooledConnection | undefined;
  /** Whether anything of the response has come. */
  hasResponded = false;
  isOver = false;
  #waiting: WaitingRequest | undefined;

  /** `onEnd` is called once, when the attempt uses no request slot of the cluster any more. */
  constructor(host: UpstreamHost, owner: AttemptOwner, onEnd: () => void) {
    this.host = host;
    this.#owner = owner;
    this.#onEnd = onEnd;
    host.activeRequests++;
  }

  /** Takes a connection of the pool, or waits for one. False when there is no place to wait. */
  start(pool: HttpPool): boolean {
    const ready = pool.takeReady();
    if (ready !== undefined) {
      this.onReady(ready);
      return true;
    }
    const waiting = pool.wait(this);
    if (waiting === 'overflow') {
      this.#end();
      return false;
    }
    this.#waiting = waiting;
    return true;
  }

  /** Gives up; nothing is heard of it any more. */
  cancel(outcome?: HostOutcome): void {
    if (this.isOver) return;
    this.#waiting?.cancel();
    this.stream?.reset('cancel');
    if (outcome !== undefined) this.host.report(outcome);
    this.#end();
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    this.stream?.sendHead(head, endStream);
  }

  // The pool.

  onReady(connection: PooledConnection): void {
    this.#waiting = undefined;
    this.connection = connection;
    this.stream = connection.open(this);
    this.#owner.onAttemptReady(this);
  }

  onFailure(kind: StreamResetKind, details: string): void {
    this.#waiting = undefined;
    this.host.report({ kind: kind === 'connectTimeout' ? 'timeout' : 'connectFailure' });
    this.#end();
    this.#owner.onAttemptReset(this, kind, details);
  }

  // The upstream.

  onInformational(head: ResponseHead): void {
    if (!this.isOver) this.#owner.onAttemptInformational(this, head);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.isOver) return;
    this.hasResponded = true;
    this.host.report({ kind: 'response', status: head.status });
    if (endStream) this.#end();
    this.#owner.onAttemptHead(this, head, endStream);
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    // An attempt that was given up may have ended the exchange already; its last bytes are nobody's.
    if (this.isOver) return;
    if (endStream) this.#end();
    this.#owner.onAttemptData(this, bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    if (this.isOver) return;
    this.#end();
    this.#owner.onAttemptTrailers(this, trailers);
  }

  onReset(reset: StreamReset): void {
    if (this.isOver) return;
    if (!this.hasResponded) this.host.report({ kind: 'reset' });
    this.#end();
    this.#owner.onAttemptReset(this, reset.kind, reset.details);
  }

  onDrain(): void {
    if (!this.isOver) this.#owner.onAttemptDrain(this);
  }

  #end(): void {
    this.isOver = true;
    this.host.activeRequests--;
    this.#onEnd();
  }
}
