import type { HostOverride, PreviousRoutes, RouteInput } from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { BodySender } from '../codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../head.ts';
import type { RouteChoice } from './route-choice.ts';
import type { StreamServices } from './services.ts';
import type { StreamRecord } from './stream-record.ts';

/** The last in the row of filters: it sends the request somewhere and brings the response, or answers itself. */
export interface Terminal {
  onHead(head: RequestHead, endStream: boolean): void;
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onTrailers(trailers: FieldList): void;
  /** The client takes more of the response again. */
  onDownstreamDrain(): void;
  /** The time of setTerminalDeadline has come. */
  onDeadline(nowMs: number): void;
  /** The stream is over on the client's side, or answered otherwise: whatever is under way is given up. */
  stop(): void;
}

/** What a terminal may do with its stream. */
export interface TerminalHost extends StreamRecord, Pick<RouteInput, 'randomValue' | 'runtime'> {
  readonly services: StreamServices;
  readonly route: RouteChoice;
  /** When the stream began, in the time of Clock.monotonic. */
  readonly startMs: number;
  readonly isOver: boolean;
  /** The host that a filter wants the request to go to. */
  readonly hostOverride: HostOverride | undefined;
  /** Redirects that led to this stream. */
  readonly redirects: RedirectHistory;
  /**
   * Ends this stream, which an upstream answered with a redirect of `status`, and sends the request, whose head has been changed, on its way
   * again. The request must be complete; `body` is what it carries, undefined for nothing.
   */
  startOver(status: number, body: ReplayedBody | undefined): void;
  /** The terminal looks at the head of the request no more: it may serve another one. */
  letRequestGo(): void;
  /** Microseconds since the start. */
  elapsedUs(): number;
  /** The route has limits of its own: `idleMs` undefined keeps the manager's, 0 is none; `durationMs` counts from the start. */
  setLimits(idleMs: number | undefined, durationMs: number | undefined): void;
  /** When the terminal's onDeadline is to be called; Infinity for never. */
  setTerminalDeadline(atMs: number): void;
  respondInformational(head: ResponseHead): void;
  respondHead(head: ResponseHead, endStream: boolean): void;
  /** False: stop until onDownstreamDrain. */
  respondData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  respondTrailers(trailers: FieldList): void;
  /** Answers from here. If a response is on its way already, all that is left is to cut it off. */
  reply(reply: LocalReply): void;
  /** Gives the stream up in the middle. */
  abort(details: string): void;
  /** The client sends too fast for the upstream, or may go on. */
  pauseRequest(isPaused: boolean): void;
}

/** The redirects that were followed for one request. */
export interface RedirectHistory {
  readonly count: number;
  readonly previousRoutes: PreviousRoutes;
}

/** The body of a complete request, to be sent again. */
export interface ReplayedBody {
  sendTo(receiver: Pick<BodySender, 'sendData' | 'sendTrailers'>): void;
}
