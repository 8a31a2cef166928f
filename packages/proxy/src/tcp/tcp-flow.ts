/** One end of a proxied connection: what arrives there goes out at the other end. */
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';

/** What a flow tells about itself. */
export interface FlowOwner {
  handleBytes(flow: TcpFlow, count: number): void;
  /** Bytes of a client whose upstream is not there yet. */
  handleEarly(bytes: Buffer, start: number, end: number): void;
  handlePause(flow: TcpFlow): void;
  handleResume(flow: TcpFlow): void;
  handleClose(flow: TcpFlow, fault: StreamFault | undefined): void;
}

/** See the file's head. */
export class TcpFlow implements ByteSink {
  readonly stream: ByteStream;
  /** The other end, as soon as it is there. */
  peer: TcpFlow | undefined;
  isClosed = false;
  /** This end sends no more. */
  hasEnded = false;
  readonly #owner: FlowOwner;

  constructor(stream: ByteStream, owner: FlowOwner) {
    this.stream = stream;
    this.#owner = owner;
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    const { peer } = this;
    if (peer === undefined) {
      this.#owner.handleEarly(bytes, start, end);
      return;
    }
    this.#owner.handleBytes(this, end - start);
    // Nobody is left to take them; this end is about to close.
    if (peer.isClosed) return;
    const to = peer.stream;
    to.write(bytes, start, end);
    if (!to.isCongested) return;
    this.stream.pause();
    this.#owner.handlePause(this);
  }

  onEnd(): void {
    this.hasEnded = true;
    this.peer?.stream.end();
  }

  onDrain(): void {
    const { peer } = this;
    if (peer === undefined || peer.isClosed) return;
    peer.stream.resume();
    this.#owner.handleResume(peer);
  }

  onClose(fault: StreamFault | undefined): void {
    this.isClosed = true;
    this.#owner.handleClose(this, fault);
  }
}
