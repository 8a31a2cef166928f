/** The payload of a CONNECT that ends here: a connection to the upstream that is spoken to as if it were an HTTP exchange. */
import type { ClientStream, ClientStreamHandler, ResetReason } from '../http/codec.ts';
import type { FieldList, RequestHead } from '../http/head.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { ByteSink, StreamFault } from '../transport/byte-stream.ts';
import { runLater } from '../transport/turn.ts';
import type { TcpUpstream } from '../upstream/tcp-connections.ts';

const NOTHING = Buffer.alloc(0);

/** See the file's head. The head of the request is answered here: the connection stands. */
export class TcpTunnel implements ClientStream, ByteSink {
  /** Nothing that has a name among the versions of HTTP. */
  readonly protocol = '';
  readonly #upstream: TcpUpstream;
  readonly #handler: ClientStreamHandler;
  readonly #preface: Buffer;
  #isReset = false;
  #isReceived = false;
  #isSent = false;

  /** The preface goes in front of the payload. */
  constructor(upstream: TcpUpstream, handler: ClientStreamHandler, preface: Buffer) {
    this.#upstream = upstream;
    this.#handler = handler;
    this.#preface = preface;
  }

  sendHead(_head: RequestHead, _endStream: boolean): void {
    if (this.#preface.length > 0) {
      const { stream } = this.#upstream;
      stream.write(this.#preface, 0, this.#preface.length);
      stream.flush();
    }
    // Not from inside this call; and what the server says first must come behind the head.
    runLater(() => {
      if (this.#isReset) return;
      this.#handler.onHead(ResponseFields.of(200), false);
      if (!this.#isReset) this.#upstream.stream.attach(this);
    });
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const { stream } = this.#upstream;
    if (end > start) stream.write(bytes, start, end);
    if (endStream) this.#end();
    return !stream.isCongested;
  }

  /** TCP has none: they are the end. */
  sendTrailers(_trailers: FieldList): void {
    this.#end();
  }

  reset(_reason: ResetReason): void {
    if (this.#isReset) return;
    this.#isReset = true;
    // A server that has ended its side is not to lose what it was sent.
    this.#upstream.stream.destroy(!this.#isReceived);
    this.#upstream.closed(false);
  }

  pause(): void {
    this.#upstream.stream.pause();
  }

  resume(): void {
    this.#upstream.stream.resume();
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    if (!this.#isReset) this.#handler.onData(bytes, start, end, false);
  }

  onEnd(): void {
    if (this.#isReset || this.#isReceived) return;
    this.#isReceived = true;
    this.#handler.onData(NOTHING, 0, 0, true);
  }

  onDrain(): void {
    if (!this.#isReset) this.#handler.onDrain();
  }

  onClose(fault: StreamFault | undefined): void {
    if (this.#isReset) return;
    this.#isReset = true;
    this.#upstream.closed(true);
    if (this.#isReceived) return;
    this.#handler.onReset({ kind: 'connectionClosed', details: fault?.message ?? '' });
  }

  #end(): void {
    if (this.#isSent) return;
    this.#isSent = true;
    this.#upstream.stream.end();
  }
}
