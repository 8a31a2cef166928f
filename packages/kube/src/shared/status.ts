/**
 * `Status` is what the Kubernetes API answers when something did not work. The server throws `ApiStatusError` and writes it
 * as JSON; the client reads the JSON back into the same error. Factories for each reason are in `api-errors.ts`.
 */
import { MeshError, type MeshErrorOptions } from '@weft/core';

/** The machine-readable reasons of the Kubernetes API. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServerTimeout'
  | 'ServiceUnavailable'
  | 'Timeout'
  | '';

/** One of several things that made a request fail. */
export interface StatusCause {
  /** Such as `FieldValueInvalid` or `FieldManagerConflict`. */
  readonly reason?: string;
  readonly message?: string;
  /** The field concerned, such as `spec.replicas`. */
  readonly field?: string;
}

/** What the failure is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The resource's plural, or the kind where no resource is concerned. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A `Status` object as it goes over the wire. */
export interface StatusObject {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What an `ApiStatusError` is made of. */
export interface ApiStatus {
  /** The HTTP status. */
  readonly statusCode: number;
  readonly reason: StatusReason;
  readonly message: string;
  readonly details?: StatusDetails;
}

/** A request that the Kubernetes API refuses; the one error of everything that speaks this API. */
export class ApiStatusError extends MeshError {
  /** The HTTP status. */
  readonly statusCode: number;
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;

  constructor(status: ApiStatus, options: MeshErrorOptions = {}) {
    super('MESH_API_STATUS', status.message, {
      source: status.statusCode >= 500 ? 'upstream' : 'downstream',
      retry: isTransient(status) ? 'safe' : 'never',
      ...options,
    });
    this.statusCode = status.statusCode;
    this.reason = status.reason;
    this.details = status.details;
  }

  /** The `Status` object to answer with. */
  toStatus(): StatusObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: withoutEmpty(this.details) }),
      code: this.statusCode,
    };
  }
}

/** Tells whether a thrown value is an `ApiStatusError`, optionally with one of these reasons. */
export function isApiStatusError(thrown: unknown, ...reasons: readonly StatusReason[]): thrown is ApiStatusError {
  return thrown instanceof ApiStatusError && (reasons.length === 0 || reasons.includes(thrown.reason));
}

/** The answer to something that worked and has no object to show, such as a completed deletion. */
export function successStatus(details?: StatusDetails): StatusObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details: withoutEmpty(details) }),
  };
}

/** Reads a failure that a server answered: its `Status` when the body is one, otherwise what the HTTP status alone says. */
export function statusErrorOf(statusCode: number, body: unknown): ApiStatusError {
  if (isStatusBody(body)) {
    return new ApiStatusError({
      statusCode: typeof body.code === 'number' && body.code >= 400 ? body.code : statusCode,
      reason: typeof body.reason === 'string' ? (body.reason as StatusReason) : '',
      message: typeof body.message === 'string' && body.message !== '' ? body.message : unexplained(statusCode),
      ...(typeof body.details === 'object' && body.details !== null ? { details: body.details as StatusDetails } : {}),
    });
  }
  const said = typeof body === 'string' ? body.trim().slice(0, MAX_QUOTED_BODY) : '';
  const message = said === '' ? unexplained(statusCode) : `${unexplained(statusCode)}: ${said}`;
  return new ApiStatusError({ statusCode, reason: REASON_OF_CODE[statusCode] ?? '', message });
}

const MAX_QUOTED_BODY = 500;

const REASON_OF_CODE: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const TRANSIENT_CODES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function isTransient(status: ApiStatus): boolean {
  return TRANSIENT_CODES.has(status.statusCode) || status.reason === 'ServerTimeout';
}

function isStatusBody(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}

function unexplained(statusCode: number): string {
  return `the server responded with the status code ${statusCode} but did not return more information`;
}

/** Go omits empty members; so do we, because clients compare the texts. */
function withoutEmpty(details: StatusDetails): StatusDetails {
  const { name, group, kind, uid, causes, retryAfterSeconds } = details;
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(group === undefined || group === '' ? {} : { group }),
    ...(kind === undefined || kind === '' ? {} : { kind }),
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(causes === undefined || causes.length === 0 ? {} : { causes }),
    ...(retryAfterSeconds === undefined || retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
  };
}
