/** Answers one request to the admin interface; long answers are made piece by piece, as the client takes them. */
import type { Clock, Timer } from '@weft/core';
import type { RequestHead } from '../http/head.ts';
import type { Terminal, TerminalHost } from '../http/manager/terminal.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { inCallback } from '../transport/turn.ts';
import type { AdminCall } from './admin-call.ts';
import type { AdminAnswer } from './admin-endpoint.ts';
import type { AdminSubject } from './admin-subject.ts';
import type { AdminWorkers } from './admin-workers.ts';
import { answerForAll } from './answer-for-all.ts';
import { answerRequest } from './answer-request.ts';

/** What a form may be long. */
const MAX_FORM_BYTES = 64 * 1024;

/** After so long everything else has its turn. */
const SLICE_MS = 2;

const NO_BYTES = Buffer.alloc(0);
const FORM = 'application/x-www-form-urlencoded';

/** See the file's head. */
export class AdminTerminal implements Terminal {
  readonly #stream: TerminalHost;
  readonly #subject: AdminSubject;
  readonly #clock: Clock;
  #head: RequestHead | undefined;
  #form = '';
  #pieces: Iterator<string> | undefined;
  #isCongested = false;
  #isStopped = false;
  #turn: Timer | undefined;

  constructor(stream: TerminalHost, subject: AdminSubject) {
    this.#stream = stream;
    this.#subject = subject;
    this.#clock = subject.clock;
  }

  onHead(head: RequestHead, endStream: boolean): void {
    this.#head = head;
    if (endStream) this.#answer();
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#form.length + end - start > MAX_FORM_BYTES) {
      this.#stream.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      return;
    }
    this.#form += bytes.toString('latin1', start, end);
    if (endStream) this.#answer();
  }

  onTrailers(): void {
    this.#answer();
  }

  onDownstreamDrain(): void {
    this.#isCongested = false;
    if (this.#pieces !== undefined && this.#turn === undefined) this.#sendPieces();
  }

  onDeadline(): void {
    // It has set none.
  }

  stop(): void {
    this.#isStopped = true;
    this.#pieces = undefined;
    this.#turn?.cancel();
    this.#turn = undefined;
  }

  #answer(): void {
    const { method, path } = this.#head!;
    const isForm = this.#head!.get('content-type') === FORM;
    const call = { method, path, form: isForm ? this.#form : '' };
    if (this.#subject.workers === undefined) this.#give(answerRequest(call, this.#subject), method === 'HEAD');
    else void this.#answerForAll(call, this.#subject.workers);
  }

  async #answerForAll(call: AdminCall, workers: AdminWorkers): Promise<void> {
    const answer = await answerForAll(call, this.#subject, workers);
    if (!this.#isStopped) inCallback(() => this.#give(answer, call.method === 'HEAD'));
  }

  #give(answer: AdminAnswer, isHead: boolean): void {
    this.#send(answer, isHead);
    answer.afterwards?.();
  }

  #send({ status, contentType, body }: AdminAnswer, isHead: boolean): void {
    this.#stream.responseCodeDetails = 'admin_filter_response';
    const head = ResponseFields.of(status, [
      ['content-type', contentType],
      ['cache-control', 'no-cache, max-age=0'],
      ['x-content-type-options', 'nosniff'],
    ]);
    this.#stream.respondHead(head, isHead);
    if (isHead) return;
    this.#pieces = typeof body === 'string' ? [body][Symbol.iterator]() : body;
    this.#sendPieces();
  }

  #sendPieces(): void {
    this.#turn = undefined;
    const until = this.#clock.monotonic() + SLICE_MS;
    while (this.#pieces !== undefined && !this.#isCongested) {
      if (this.#clock.monotonic() > until) {
        this.#turn = this.#clock.setTimer(0, () => this.#sendPieces());
        return;
      }
      this.#sendPiece(this.#pieces);
    }
  }

  #sendPiece(pieces: Iterator<string>): void {
    const next = pieces.next();
    if (next.done === true) {
      this.#pieces = undefined;
      this.#stream.respondData(NO_BYTES, 0, 0, true);
    } else if (next.value !== '') {
      const bytes = Buffer.from(next.value);
      this.#isCongested = !this.#stream.respondData(bytes, 0, bytes.length, false);
    }
  }
}
