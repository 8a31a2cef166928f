/** Chooses what answers a request for a resource: a verb, a subresource, or a review. */
import { methodNotAllowed, noneOfferable, notAcceptable, unknownPath } from '../../shared/api-errors.ts';
import { ApiStatusError } from '../../shared/status.ts';
import type { ResourceInfo } from '../catalog.ts';
import { type ApiRequest, type ApiResponse, type BodyResponse, jsonResponse } from '../exchange.ts';
import { type Accepted, negotiate } from '../http/negotiate.ts';
import { isWatchRequest, type ResourceRequest, verbOf } from '../request-info.ts';
import { statusResponse } from '../status-response.ts';
import { mediaTypeOf, type ParsedBody, parseObjectBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { createObject } from './create.ts';
import { type Deleted, deleteObject, parseDeleteOptions } from './delete.ts';
import { deleteCollection } from './delete-collection.ts';
import { type ListOptions, parseListOptions } from './options.ts';
import { patchObject } from './patch.ts';
import { getObject, listObjects } from './read.ts';
import type { ReviewHandlers } from './reviews.ts';
import { subresources } from './subresources/all.ts';
import { objectPart, PART_VERBS } from './subresources/parts.ts';
import type { Subresource } from './subresources/types.ts';
import { updateObject } from './update.ts';
import { fitsUrl, verbsOf } from './verbs.ts';
import { createView, VIEW_TYPE, type View } from './view.ts';
import { type WatchHub, watchObjects } from './watch.ts';
import type { WrittenObject } from './write.ts';

/** What the dispatcher works with. */
export interface Dispatcher {
  readonly context: RestContext;
  readonly hub: WatchHub;
  /** Answers kinds that are not stored. */
  readonly reviews: ReviewHandlers;
}

/** One request for a resource, taken apart. */
interface Job {
  readonly request: ApiRequest;
  readonly target: Target;
  readonly call: Call;
  readonly accepted: Accepted;
  readonly view: View;
}

/** Answers a request for a resource. */
export async function dispatch(parts: Dispatcher, request: ApiRequest, url: ResourceRequest): Promise<ApiResponse> {
  const catalog = parts.context.catalog.get();
  const info = catalog.resource(url.group, url.version, url.plural);
  if (info === undefined) throw unknownPath();
  const job = jobOf(parts, request, url, info);
  const isWatch = url.subresource === '' && isWatchRequest(request.method, request.query);
  const verb = verbOf(request.method, url, isWatch);
  if (url.subresource !== '' && objectPart(info, url.subresource) === undefined) {
    return answerSubresource(parts, job, verb, url);
  }
  // What is only asked and answered has no objects with URLs of their own.
  if (info.kind.verbs !== undefined && url.name !== '') throw unknownPath();
  if (!verbsOf(info.kind, catalog).includes(verb) || !fitsUrl(info.kind, verb, url)) throw methodNotAllowed();
  if (info.kind.verbs !== undefined) return parts.reviews.answer(job.target, await readParsed(request), job.call);
  if (url.subresource !== '' && !PART_VERBS.includes(verb)) throw methodNotAllowed();
  checkShape(job, verb);
  try {
    return warned(await answerVerb(parts, job, verb), job.call.warnings);
  } catch (error: unknown) {
    // Who is refused is warned all the same.
    if (!(error instanceof ApiStatusError) || job.call.warnings.length === 0) throw error;
    return warned(statusResponse(error), job.call.warnings);
  }
}

function jobOf(parts: Dispatcher, request: ApiRequest, url: ResourceRequest, info: ResourceInfo): Job {
  const accepted = negotiate(request.headers['accept']);
  if (accepted === undefined) throw noneOfferable(['application/json', 'application/yaml']);
  const isNamespaced = info.kind.scope === 'Namespaced';
  // A namespace's own URL looks like one inside of it.
  const isOwnUrl = url.plural === 'namespaces' && url.namespace === url.name;
  if (!isNamespaced && url.namespace !== '' && !isOwnUrl) throw unknownPath();
  if (isNamespaced && url.namespace === '' && url.name !== '') throw unknownPath();
  const target: Target = {
    info,
    namespace: isNamespaced ? url.namespace : '',
    name: url.name,
    subresource: url.subresource,
  };
  const deprecation = info.kind.versions.find(({ name }) => name === info.version)?.deprecationWarning;
  const call: Call = {
    user: request.user,
    query: request.query,
    userAgent: request.headers['user-agent'],
    signal: request.signal,
    ...(request.authorizeCreate === undefined ? {} : { authorizeCreate: request.authorizeCreate }),
    warnings: deprecation === undefined ? [] : [deprecation],
  };
  const view = createView(info, accepted, request.query, () => parts.context.clock.now());
  return { request, target, call, accepted, view };
}

function warned(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  return response.kind === 'stream' || warnings.length === 0 ? response : { ...response, warnings };
}

/** Metadata of an object and metadata of a list are different types, and each is only had of its own. */
function checkShape({ accepted, target }: Job, verb: string): void {
  const isList = verb === 'list' || verb === 'deletecollection';
  const { kind, listKind } = target.info.kind;
  if (accepted.shape === 'partialMetadata' && isList) {
    throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${listKind})`);
  }
  if (accepted.shape === 'partialMetadataList' && !isList && verb !== 'watch') {
    throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (${kind})`);
  }
}

async function answerVerb(parts: Dispatcher, job: Job, verb: string): Promise<ApiResponse> {
  const { context, hub } = parts;
  const { request, target, call, view } = job;
  switch (verb) {
    case 'get':
      return getObject(context, target, view, request.query);
    case 'list':
      return listObjects(context, target, view, listOptions(job));
    case 'watch':
      return watchObjects(context, hub, { target, view, options: listOptions(job) });
    case 'create':
      return written(job, 201, await createObject(context, target, await readParsed(request), call));
    case 'update':
      return written(job, 200, await updateObject(context, target, await readParsed(request), call));
    case 'patch': {
      const patched = await patchObject(context, target, patchBody(request, await request.readBody()), call);
      return written(job, patched.isNew ? 201 : 200, patched.written);
    }
    case 'delete':
      return deleted(job, await deleteObject(context, target, await readDeleteOptions(request), call));
    default:
      return deletedCollection(job, context, await readDeleteOptions(request));
  }
}

function listOptions(job: Job): ListOptions {
  return parseListOptions(job.request.query, isWatchRequest(job.request.method, job.request.query));
}

function patchBody(request: ApiRequest, body: Uint8Array): { mediaType: string; body: Uint8Array } {
  return { mediaType: mediaTypeOf(request.headers['content-type']), body };
}

async function deletedCollection(
  job: Job,
  context: RestContext,
  options: ReturnType<typeof parseDeleteOptions>,
): Promise<BodyResponse> {
  const { view, target, call } = job;
  const { entries, meta } = await deleteCollection(context, target, { options, list: listOptions(job), call });
  const body = view.list(entries, meta);
  return { kind: 'body', status: 200, contentType: VIEW_TYPE, body, warnings: call.warnings };
}

async function answerSubresource(
  parts: Dispatcher,
  job: Job,
  verb: string,
  url: ResourceRequest,
): Promise<ApiResponse> {
  const subresource = subresources.find((s) => s.name === url.subresource && s.offers(job.target.info));
  if (subresource === undefined) throw unknownPath();
  if (!subresource.verbs.includes(verb)) throw methodNotAllowed();
  return runSubresource(parts, job, verb, subresource);
}

async function runSubresource(
  parts: Dispatcher,
  job: Job,
  verb: string,
  subresource: Subresource,
): Promise<ApiResponse> {
  const { request, target, call } = job;
  const body = verb === 'get' ? new Uint8Array() : await request.readBody();
  const mediaType = mediaTypeOf(request.headers['content-type']);
  const answer = await subresource.answer(parts.context, { verb, target, call, mediaType, body });
  return jsonResponse(answer.status, answer.value, { warnings: call.warnings });
}

function written(job: Job, status: number, { object, entry }: WrittenObject): BodyResponse {
  const { view, call } = job;
  return {
    kind: 'body',
    status,
    contentType: VIEW_TYPE,
    body: entry === undefined ? view.object(object) : view.entry(entry),
    warnings: call.warnings,
  };
}

function deleted(job: Job, outcome: Deleted): BodyResponse {
  if (outcome.kind === 'object') return written(job, 200, { object: outcome.object, entry: undefined });
  return jsonResponse(200, outcome.status, { warnings: job.call.warnings });
}

async function readParsed(request: ApiRequest): Promise<ParsedBody> {
  return parseObjectBody(mediaTypeOf(request.headers['content-type']), await request.readBody());
}

async function readDeleteOptions(request: ApiRequest): Promise<ReturnType<typeof parseDeleteOptions>> {
  const body = await request.readBody();
  const parsed =
    body.length === 0 ? undefined : parseObjectBody(mediaTypeOf(request.headers['content-type']), body).value;
  return parseDeleteOptions(parsed, request.query);
}
