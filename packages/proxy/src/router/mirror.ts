/** Copies of requests that are sent to another cluster, whose answers nobody looks at. */
import { applyMutationSteps, type MirrorPick, mirrorHost, type StreamView } from '@weft/engine';
import type { FieldList, RequestHead } from '../http/head.ts';
import type { Deadlined } from '../http/manager/deadlines.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { RequestFields } from '../http/request-fields.ts';
import type { HostRequester, UpstreamCluster } from '../upstream/upstream-cluster.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { RequestBody } from './request-body.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** The head of the copy: what the original sends upstream, as one of this mesh's own. */
export function mirroredHead(
  head: RequestHead,
  { policy }: MirrorPick,
  ownHost: string,
  view: StreamView,
): RequestHead {
  const pairs: [string, string][] = [];
  head.forEach((name, value) => {
    pairs.push([name, value]);
  });
  const { method, path, scheme, authority } = head;
  const copy = RequestFields.of({ method, path, scheme, authority: mirrorHost(policy, authority) }, pairs);
  applyMutationSteps(policy.headers, copy, view);
  copy.set('x-envoy-internal', 'true');
  const before = copy.get('x-forwarded-for');
  copy.set('x-forwarded-for', before === undefined || before === '' ? ownHost : `${before},${ownHost}`);
  return copy;
}

/** One copy. It is sent when its body is complete, and dropped when that is larger than what may be kept. */
export class Mirror implements AttemptOwner, Deadlined {
  deadlineMs = NEVER;
  deadlineSlot = -1;
  readonly #cluster: UpstreamCluster;
  readonly #head: RequestHead;
  readonly #services: TerminalHost['services'];
  readonly #randomValue: number;
  readonly #requester: HostRequester;
  readonly #timeoutMs: number;
  readonly #body = new RequestBody();
  #attempt: Attempt | undefined;

  constructor(cluster: UpstreamCluster, head: RequestHead, stream: TerminalHost, timeoutMs: number) {
    this.#cluster = cluster;
    this.#head = head;
    this.#services = stream.services;
    this.#randomValue = stream.randomValue;
    this.#requester = stream;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes a part of the body; false when there is too much of it, and the copy is none any more. */
  add(bytes: Buffer, start: number, end: number, limitBytes: number): boolean {
    this.#body.add(bytes, start, end, false);
    return this.#body.bytes <= limitBytes;
  }

  /** The request is complete. `protocol` is the client's. */
  send(protocol: string, trailers: FieldList | undefined): void {
    const cluster = this.#cluster;
    const { requests } = cluster.resources('default');
    const host = cluster.chooseHost({
      randomValue: this.#randomValue,
      hash: undefined,
      isRejected: undefined,
      maxSelections: 1,
      requester: this.#requester,
      priority: 'default',
    });
    if (host === undefined || !requests.isAvailable) return;
    this.#body.isComplete = true;
    this.#body.trailers = trailers;
    const { deadlines, clock } = this.#services;
    this.#attempt = new Attempt(host, this, false, requests, cluster.stats);
    if (this.#timeoutMs > 0) {
      this.deadlineMs = clock.monotonic() + this.#timeoutMs;
      deadlines.add(this);
    }
    this.#attempt.start(cluster.httpPool(host, protocol, 'default', this.#head));
    // Where there is no place to wait it is over already, and nobody else says so.
    this.#settle();
  }

  onAttemptReady(attempt: Attempt): void {
    const hasBody = this.#body.bytes > 0 || this.#body.trailers !== undefined;
    attempt.sendHead(this.#head, !hasBody);
    if (hasBody) this.#body.sendTo(attempt.stream!);
  }

  onDeadline(): void {
    this.deadlineMs = NEVER;
    this.#attempt?.cancel({ kind: 'timeout' });
    this.#settle();
  }

  onAttemptInformational(): void {
    // Nobody looks at the answer.
  }

  onAttemptHead(): void {
    this.#settle();
  }

  onAttemptData(): void {
    this.#settle();
  }

  onAttemptTrailers(): void {
    this.#settle();
  }

  onAttemptReset(): void {
    this.#settle();
  }

  onAttemptDrain(): void {
    // The whole body has been queued.
  }

  /** Nobody looks at the answer, but its end. */
  #settle(): void {
    if (this.#attempt?.isOver === true) this.#services.deadlines.remove(this);
  }
}
