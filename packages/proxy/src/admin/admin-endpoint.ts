/** The interface of the admin interface's endpoints: one file each, listed in `endpoints/all.ts`. */
import type { AdminSubject } from './admin-subject.ts';

/** A parameter of an endpoint, for help and the home page. */
export interface AdminParam {
  readonly name: string;
  readonly description: string;
}

/** What somebody asks for. */
export interface AdminRequest {
  /** Of the query, and of a form that was posted. */
  readonly params: URLSearchParams;
}

/** An answer. */
export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  /** All of it, or pieces that are made while they are sent. */
  readonly body: string | Iterator<string>;
  /** Called once the answer is on its way. */
  readonly afterwards?: () => void;
}

/** One endpoint. */
export interface AdminEndpoint {
  /** With the leading slash. */
  readonly path: string;
  readonly description: string;
  /** Whether it changes something: only POST is taken then. */
  readonly isMutating: boolean;
  readonly params: readonly AdminParam[];
  handle(request: AdminRequest, subject: AdminSubject): AdminAnswer;
}

const TEXT = 'text/plain; charset=UTF-8';

/** An answer for people. */
export function textAnswer(body: string, status = 200): AdminAnswer {
  return { status, contentType: TEXT, body };
}

/** An answer for programs, laid out as Envoy does. */
export function jsonAnswer(value: unknown): AdminAnswer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 1)}\n` };
}
