/** GET of one object and of a collection. */
import { badRequest, expired, notFound, revisionTooLarge } from '../../shared/api-errors.ts';
import type { BodyResponse } from '../exchange.ts';
import type { Entry, ListRequest, ListResult } from '../store/types.ts';
import type { RestContext, Target } from './context.ts';
import { entryFilter } from './filter.ts';
import { type ListOptions, parseRevision } from './options.ts';
import { type ListMeta, VIEW_TYPE, type View } from './view.ts';

/** Answers one object. */
export function getObject(context: RestContext, target: Target, view: View, query: URLSearchParams): BodyResponse {
  refuseFuture(context, parseRevision(query.get('resourceVersion') ?? ''));
  const entry = context.storage.get(target.info.id, target.namespace, target.name);
  if (entry === undefined) throw notFound(target.info.kind, target.name);
  return { kind: 'body', status: 200, contentType: VIEW_TYPE, body: view.entry(entry) };
}

/** Answers a page of a collection. */
export function listObjects(context: RestContext, target: Target, view: View, options: ListOptions): BodyResponse {
  const { entries, meta } = readPage(context, target, options);
  return { kind: 'body', status: 200, contentType: VIEW_TYPE, body: view.list(entries, meta) };
}

/** A page of a collection, and what a list answer says of it. */
export function readPage(
  context: RestContext,
  target: Target,
  options: ListOptions,
): { readonly entries: readonly Entry[]; readonly meta: ListMeta } {
  const page = pageOrThrow(context.storage.list(listRequest(context, target, options)));
  const meta = {
    resourceVersion: String(page.revision),
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.continueToken === undefined || page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  return { entries: page.entries, meta };
}

function listRequest(context: RestContext, target: Target, options: ListOptions): ListRequest {
  const { resourceVersionMatch: match } = options;
  const revision = parseRevision(options.resourceVersion);
  if (options.continueToken !== '' && revision !== undefined && revision !== 0) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  refuseFuture(context, revision);
  return {
    resource: target.info.id,
    namespace: target.namespace === '' ? undefined : target.namespace,
    limit: options.limit === 0 ? undefined : options.limit,
    continueToken: options.continueToken === '' ? undefined : options.continueToken,
    atRevision: match === 'Exact' ? revision : undefined,
    filter: entryFilter(target.info, options, target.name),
  };
}

/** A client that asks for a version this server has not reached talks to the wrong history, or is early. */
export function refuseFuture(context: RestContext, revision: number | undefined): void {
  const current = context.storage.revision;
  if (revision === undefined || revision <= current) return;
  throw revisionTooLarge(revision, current);
}

function pageOrThrow(result: ListResult): Extract<ListResult, { kind: 'ok' }> {
  switch (result.kind) {
    case 'ok':
      return result;
    case 'expired':
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    case 'badToken':
      throw badRequest(`continue key is not valid: ${result.reason}`);
  }
}
