/** One factory per way in which the Kubernetes API refuses, with its own words: tools and people match on them. */
import { CAUSE_REASON, type FieldIssue, formatIssue, issueBody } from '@weft/api';
import { thrownMessage } from '@weft/core';
import { goQuote } from './go-quote.ts';
import { ApiStatusError, type StatusCause, type StatusDetails } from './status.ts';

/** Names a collection; every `Kind` is one. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

/** Names a kind; every `Kind` is one. */
export interface KindName {
  readonly group: string;
  readonly kind: string;
}

/** What somebody was not allowed to do. */
export type DeniedAction =
  | {
      readonly kind: 'resource';
      readonly user: string;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      /** Empty or absent for cluster-wide requests. */
      readonly namespace?: string;
      readonly name?: string;
      /** Why the authorizer said no, when it says. */
      readonly why?: string;
    }
  | {
      readonly kind: 'path';
      readonly user: string;
      readonly verb: string;
      readonly path: string;
      readonly why?: string;
    };

/** One field that another manager owns, as `applyConflict` tells it. */
export interface FieldOwnerConflict {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Version in which an Update was written. */
  readonly apiVersion?: string;
  readonly subresource?: string;
  /** Such as `.spec.replicas`. */
  readonly field: string;
}

/** The text of a lost update. */
export const MODIFIED_MESSAGE =
  'the object has been modified; please apply your changes to the latest version and try again';

/** `virtualservices.networking.istio.io`, or the plural alone in the core group. */
export function qualifiedName(resource: ResourceName): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** 404: no such object. */
export function notFound(resource: ResourceName, name: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 404,
    reason: 'NotFound',
    message: `${qualifiedName(resource)} ${goQuote(name)} not found`,
    details: detailsOf(resource, name),
  });
}

/** 404: no such path or resource. */
export function unknownPath(): ApiStatusError {
  const message = 'the server could not find the requested resource';
  return new ApiStatusError({ statusCode: 404, reason: 'NotFound', message, details: {} });
}

/** 409: the name is taken. */
export function alreadyExists(resource: ResourceName, name: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 409,
    reason: 'AlreadyExists',
    message: `${qualifiedName(resource)} ${goQuote(name)} already exists`,
    details: detailsOf(resource, name),
  });
}

/** 409: no free name was found for a `generateName`. */
export function generateNameExhausted(resource: ResourceName, name: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 409,
    reason: 'AlreadyExists',
    message: `${qualifiedName(resource)} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`,
    details: { ...detailsOf(resource, name), retryAfterSeconds: 1 },
  });
}

/** 409: the write was based on an older version, or a precondition does not hold. */
export function conflict(resource: ResourceName, name: string, why: string = MODIFIED_MESSAGE): ApiStatusError {
  return new ApiStatusError({
    statusCode: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualifiedName(resource)} ${goQuote(name)}: ${why}`,
    details: detailsOf(resource, name),
  });
}

/** 409: a server-side apply would change fields of other managers. */
export function applyConflict(conflicts: readonly FieldOwnerConflict[]): ApiStatusError {
  return new ApiStatusError({
    statusCode: 409,
    reason: 'Conflict',
    message: applyConflictMessage(conflicts),
    details: {
      causes: conflicts.map((c) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${describeManager(c)}`,
        field: c.field,
      })),
    },
  });
}

/** 422: the object breaks rules of its kind; all of them are told. */
export function invalid(kind: KindName, name: string, issues: readonly FieldIssue[]): ApiStatusError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = [...new Set(issues.map(formatIssue))];
  const told = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiStatusError({
    statusCode: 422,
    reason: 'Invalid',
    message: `${qualified} ${goQuote(name)} is invalid${texts.length === 0 ? '' : `: ${told}`}`,
    details: {
      name,
      group: kind.group,
      kind: kind.kind,
      causes: issues.map((issue) => ({
        reason: CAUSE_REASON[issue.kind],
        message: issueBody(issue),
        field: issue.field === '' ? '<nil>' : issue.field,
      })),
    },
  });
}

/** 422: a patch that is well formed but cannot be applied to this object. */
export function unprocessable(message: string, details?: StatusDetails): ApiStatusError {
  return new ApiStatusError({
    statusCode: 422,
    reason: 'Invalid',
    message,
    ...(details === undefined ? {} : { details }),
  });
}

/** 400: the request cannot be understood. */
export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError({ statusCode: 400, reason: 'BadRequest', message });
}

/** 403: nobody with these permissions may do this. */
export function forbiddenAction(action: DeniedAction): ApiStatusError {
  const told = action.why === undefined || action.why === '' ? '' : `: ${action.why}`;
  if (action.kind === 'path') {
    return forbidden(
      { group: '', plural: '' },
      '',
      `User ${goQuote(action.user)} cannot ${action.verb} path ${goQuote(action.path)}${told}`,
    );
  }
  const { user, verb, group, resource, subresource, namespace } = action;
  const full = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined || namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return forbidden(
    { group, plural: resource },
    action.name ?? '',
    `User ${goQuote(user)} cannot ${verb} resource ${goQuote(full)} in API group ${goQuote(group)} ${where}${told}`,
  );
}

/** 403: this request is refused whoever makes it, by an admission rule for instance. */
export function forbidden(resource: ResourceName, name: string, why: string): ApiStatusError {
  const isNamed = resource.group !== '' || resource.plural !== '';
  const subject = isNamed ? `${qualifiedName(resource)}${name === '' ? '' : ` ${goQuote(name)}`} is ` : '';
  return new ApiStatusError({
    statusCode: 403,
    reason: 'Forbidden',
    message: `${subject}forbidden: ${why}`,
    details: detailsOf(resource, name),
  });
}

/** 401: who asks is not known. */
export function unauthorized(message = 'Unauthorized'): ApiStatusError {
  return new ApiStatusError({ statusCode: 401, reason: 'Unauthorized', message });
}

/** 405: nothing answers this method at this path. */
export function methodNotAllowed(): ApiStatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiStatusError({ statusCode: 405, reason: 'MethodNotAllowed', message, details: {} });
}

/** 406: the server cannot answer in any of the wanted formats. */
export function noneOfferable(offered: readonly string[]): ApiStatusError {
  return notAcceptable(`only the following media types are accepted: ${offered.join(', ')}`);
}

/** 406: what is wanted cannot be had in the wanted form. */
export function notAcceptable(message: string): ApiStatusError {
  return new ApiStatusError({ statusCode: 406, reason: 'NotAcceptable', message });
}

/** 415: the server does not read this format. */
export function unsupportedMediaType(accepted: readonly string[]): ApiStatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiStatusError({ statusCode: 415, reason: 'UnsupportedMediaType', message });
}

/** 413: the body, or what a patch makes of the object, is too large. */
export function requestEntityTooLarge(message: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: ${message}`,
  });
}

/** 429: come back later. */
export function tooManyRequests(retryAfterSeconds: number, message?: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 429,
    reason: 'TooManyRequests',
    message: message ?? 'Too many requests, please try again later.',
    details: { retryAfterSeconds },
  });
}

/** 410: the history asked for is no longer held; the client must list again. */
export function expired(message: string): ApiStatusError {
  return new ApiStatusError({ statusCode: 410, reason: 'Expired', message });
}

/** 410: a watch or list starts at a version that has been forgotten. */
export function resourceVersionTooOld(asked: number, oldest: number): ApiStatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

/** 410: the object is gone for good. */
export function gone(message: string): ApiStatusError {
  return new ApiStatusError({ statusCode: 410, reason: 'Gone', message });
}

/** 500: something failed that is not the client's fault. */
export function internalError(thrown: unknown): ApiStatusError {
  const text = thrownMessage(thrown);
  return new ApiStatusError(
    {
      statusCode: 500,
      reason: 'InternalError',
      message: `Internal error occurred: ${text}`,
      details: { causes: [{ message: text }] },
    },
    { source: 'local', cause: thrown },
  );
}

/** 503: the server cannot do this now. */
export function serviceUnavailable(message: string): ApiStatusError {
  return new ApiStatusError({ statusCode: 503, reason: 'ServiceUnavailable', message });
}

/** 504: the client asks for a state that this server has not seen; clients know it by its cause. */
export function revisionTooLarge(asked: number, current: number): ApiStatusError {
  return new ApiStatusError({
    statusCode: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** 504: it took too long; it may still happen. */
export function timeout(message: string, retryAfterSeconds = 0): ApiStatusError {
  return new ApiStatusError({
    statusCode: 504,
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: { retryAfterSeconds },
  });
}

/** The causes of an error by reason, for callers that look for one kind of cause. */
export function causesOf(error: ApiStatusError, reason: string): readonly StatusCause[] {
  return (error.details?.causes ?? []).filter((cause) => cause.reason === reason);
}

function detailsOf(resource: ResourceName, name: string): StatusDetails {
  return { name, group: resource.group, kind: resource.plural };
}

/** Several fields of one manager are told together; several managers one after the other, sorted. */
function applyConflictMessage(conflicts: readonly FieldOwnerConflict[]): string {
  const byManager = new Map<string, FieldOwnerConflict[]>();
  for (const one of conflicts) {
    const identity = JSON.stringify([one.manager, one.operation, one.apiVersion ?? '', one.subresource ?? '']);
    const known = byManager.get(identity);
    if (known === undefined) byManager.set(identity, [one]);
    else known.push(one);
  }
  const count = conflicts.length;
  const head = `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: `;
  if (count === 1) return `${head}conflict with ${describeManager(conflicts[0]!)}: ${conflicts[0]!.field}`;
  const parts = [...byManager.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([, fields]) => `conflicts with ${describeManager(fields[0]!)}:\n${fields.map((c) => `- ${c.field}`).join('\n')}`,
    );
  return head + parts.join('\n');
}

function describeManager(conflict: FieldOwnerConflict): string {
  const { manager, operation, apiVersion, subresource } = conflict;
  let text = goQuote(manager);
  if (subresource !== undefined && subresource !== '') text += ` with subresource ${goQuote(subresource)}`;
  if (operation === 'Update') text += ` using ${apiVersion ?? ''}`;
  return text;
}
