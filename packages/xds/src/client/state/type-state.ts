import type { XdsRequest, XdsResponse } from '../../protocol/messages.ts';
import type { AcceptedUpdate, ApplyUpdate, TypeParts } from './acceptance.ts';

/**
 * The protocol of one type on one stream after the other: what to ask, what to make of an answer, what to answer to that. No clock and no
 * socket; whoever owns the stream tells it what happened and sends what it wants sent.
 */
export interface TypeState extends TypeParts {
  /** The version of the last response that was accepted in full; empty before. */
  readonly acceptedVersion: string;
  /** Answers that the server still waits for. */
  readonly pendingAnswers: number;
  /** A stream begins: its server knows nothing of this client. */
  openStream(): void;
  /** Whether there is something to send. */
  hasRequest(): boolean;
  /** The next message to send, or undefined. */
  takeRequest(): XdsRequest | undefined;
  /** Takes a response of the current stream: hands what changed to `apply` and notes the answer to send. */
  handleResponse(response: XdsResponse, apply: ApplyUpdate): AcceptedUpdate;
}
