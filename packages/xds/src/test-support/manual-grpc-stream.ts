import type { GrpcFailure } from '../server/transport/grpc-status.ts';
import type { GrpcPeer, GrpcStream, PeerIdentity } from '../server/transport/grpc-stream.ts';

/** The bytes in front of each message. */
const PREFIX_BYTES = 5;

/** The server's end of a call whose every step the test makes. */
export class ManualGrpcStream implements GrpcStream {
  readonly method: string;
  readonly identity: PeerIdentity | undefined = undefined;
  readonly peer: GrpcPeer = { address: 'test', isTls: false, certificate: undefined, certificateProblem: undefined };
  /** Messages to the client that the test has not taken yet. */
  readonly sent: Uint8Array[] = [];
  /** What `send` answers. */
  isWritable = true;
  isReading = true;
  /** How the server ended the call. */
  ended: { readonly failure: GrpcFailure | undefined } | undefined;

  constructor(method: string) {
    this.method = method;
  }

  metadata(): string | undefined {
    return undefined;
  }

  send(frame: Buffer): boolean {
    this.sent.push(new Uint8Array(frame.subarray(PREFIX_BYTES)));
    return this.isWritable;
  }

  end(failure?: GrpcFailure): void {
    this.ended ??= { failure };
  }

  setReading(isReading: boolean): void {
    this.isReading = isReading;
  }
}
