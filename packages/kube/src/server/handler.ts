/** The way of every request through the server: who, may they, is there room, what is asked, the answer. */
import { type Clock, isMeshError, type Logger } from '@weft/core';
import {
  badRequest,
  forbiddenAction,
  internalError,
  methodNotAllowed,
  noneOfferable,
  unauthorized,
  unknownPath,
} from '../shared/api-errors.ts';
import { exactField, parseFieldSelector } from '../shared/field-selector.ts';
import { ApiStatusError } from '../shared/status.ts';
import { impersonate } from './auth/impersonation.ts';
import type { Attributes, Authenticator, Authorizer, Credentials } from './auth/types.ts';
import { anonymousUser, type UserInfo } from './auth/user.ts';
import { type ApiRequest, type ApiResponse, type BodyResponse, bodyText } from './exchange.ts';
import type { RequestLimits } from './http/limits.ts';
import { negotiate } from './http/negotiate.ts';
import { toYaml } from './http/yaml.ts';
import type { RequestMetrics } from './metrics.ts';
import { isWatchRequest, parseRequestInfo, type RequestInfo, type ResourceRequest, verbOf } from './request-info.ts';
import { type Dispatcher, dispatch } from './rest/dispatch.ts';
import { statusResponse } from './status-response.ts';

/** A request as a transport delivers it. */
export interface IncomingCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** All values of a header that may come more than once; without it `headers` has the only one. */
  readonly headerValues?: (name: string) => readonly string[];
  readonly credentials: Credentials;
  readonly readBody: () => Promise<Uint8Array>;
  readonly signal: AbortSignal;
}

/** Answers paths that are not resources: discovery, health, version and so on. */
export interface PathHandler {
  readonly name: string;
  /** Undefined when the path is not its own. */
  answer(request: ApiRequest): ApiResponse | undefined;
}

/** What the handler works with. */
export interface HandlerParts {
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly limits: RequestLimits;
  readonly paths: readonly PathHandler[];
  readonly rest: Dispatcher;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Answers every request; never rejects. */
export class ApiHandler {
  private readonly parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.parts = parts;
  }

  async handle(call: IncomingCall): Promise<ApiResponse> {
    const startedAt = this.parts.clock.monotonic();
    const info = parseRequestInfo(call.path);
    const labels = this.labelsOf(call, info);
    let response: ApiResponse;
    try {
      if (info === undefined) throw badRequest(`the path ${JSON.stringify(call.path)} is not well formed`);
      response = await this.answer(call, info);
    } catch (error) {
      response = this.failure(error, call);
    }
    response = inWantedFormat(call, response);
    this.parts.metrics.observe(labels, response.status, this.parts.clock.monotonic() - startedAt);
    return response;
  }

  /** Who makes the call: the first authenticator that knows; refused credentials alone never make anybody anonymous. */
  private authenticate(credentials: Credentials): UserInfo {
    let isRefused = false;
    for (const authenticator of this.parts.authenticators) {
      const result = authenticator.authenticate(credentials);
      if (result.kind === 'user') return result.user;
      if (result.kind === 'refused') {
        this.parts.log.info('refused credentials', { authenticator: authenticator.name, reason: result.reason });
        isRefused = true;
      }
    }
    if (isRefused) throw unauthorized();
    return anonymousUser;
  }

  private async answer(call: IncomingCall, info: RequestInfo): Promise<ApiResponse> {
    const { authorizer, limits } = this.parts;
    const caller = this.authenticate(call.credentials);
    if (!METHODS.has(call.method)) throw methodNotAllowed();
    const user = impersonate(caller, impersonationHeaders(call), authorizer);
    const attributes = attributesOf(call, info, user);
    this.authorize(attributes);
    limits.admit(caller.username);
    const isWrite = call.method !== 'GET' && call.method !== 'HEAD';
    // A body takes as long as its sender likes; meanwhile others work.
    const body = isWrite ? await call.readBody() : undefined;
    limits.enter(isWrite);
    try {
      const readBody = body === undefined ? call.readBody : () => Promise.resolve(body);
      const authorizeCreate = (): void => this.authorize({ ...attributes, verb: 'create' });
      return await this.route({ ...call, user, readBody, authorizeCreate }, info);
    } finally {
      // A watch has its own bound; what counts here is the work until its head is sent.
      limits.leave(isWrite);
    }
  }

  private authorize(attributes: Attributes): void {
    const decision = this.parts.authorizer.authorize(attributes);
    if (!decision.isAllowed) throw denied(attributes, decision.reason);
  }

  private async route(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> {
    if (info.kind === 'resource') return dispatch(this.parts.rest, request, info);
    for (const handler of this.parts.paths) {
      const response = handler.answer(request);
      if (response === undefined) continue;
      if (request.method === 'GET' || request.method === 'HEAD') return response;
      throw methodNotAllowed();
    }
    throw unknownPath();
  }

  private failure(error: unknown, call: IncomingCall): ApiResponse {
    if (error instanceof ApiStatusError) return statusResponse(error);
    this.parts.log.error('request failed', { method: call.method, path: call.path, error });
    if (isMeshError(error) && error.source !== 'bug') return statusResponse(internalError(error.message));
    return statusResponse(internalError('an unexpected error; see the log of the API server'));
  }

  private labelsOf(call: IncomingCall, info: RequestInfo | undefined): { verb: string; resource: string } {
    if (info === undefined || info.kind !== 'resource')
      return { verb: METHODS.has(call.method) ? call.method : 'other', resource: '' };
    const isWatch = isWatchRequest(call.method, call.query);
    // Only resources that exist become label values: names made up by clients must not grow the metrics.
    const known = this.parts.rest.context.catalog.get().resource(info.group, info.version, info.plural);
    return { verb: verbOf(call.method, info, isWatch), resource: known === undefined ? 'unknown' : info.plural };
  }
}

function attributesOf(call: IncomingCall, info: RequestInfo, user: UserInfo): Attributes {
  if (info.kind === 'other') {
    return { kind: 'path', user, verb: call.method.toLowerCase(), path: call.path };
  }
  const { group, version, plural, subresource, namespace } = info;
  const verb = verbOf(call.method, info, isWatchRequest(call.method, call.query));
  return {
    kind: 'resource',
    user,
    verb,
    group,
    version,
    resource: plural,
    subresource,
    namespace,
    name: nameOf(call, info, verb),
  };
}

/** A list or watch of one object by its name is one of that object, so that rules with names can allow it. */
function nameOf(call: IncomingCall, info: ResourceRequest, verb: string): string {
  const selector = call.query.get('fieldSelector') ?? '';
  if (info.name !== '' || selector === '' || (verb !== 'list' && verb !== 'watch')) return info.name;
  try {
    return exactField(parseFieldSelector(selector), 'metadata.name') ?? '';
  } catch (error: unknown) {
    // What cannot be read is refused by the verb, once its caller is known to be allowed it.
    if (error instanceof ApiStatusError) return '';
    throw error;
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

function impersonationHeaders(call: IncomingCall): Parameters<typeof impersonate>[1] {
  const { headers, headerValues } = call;
  const single = (name: string): readonly string[] => (headers[name] === undefined ? [] : [headers[name]]);
  return { names: Object.keys(headers), values: headerValues ?? single };
}

const JSON_TYPE = 'application/json';

/** YAML for those who ask for it; everything is made as JSON first. */
function inWantedFormat(call: IncomingCall, response: ApiResponse): ApiResponse {
  if (negotiate(call.headers['accept'])?.isYaml !== true) return response;
  if (response.kind === 'stream') return asYaml(statusResponse(noneOfferable(['application/json;stream=watch'])));
  return asYaml(response);
}

function asYaml(response: BodyResponse): BodyResponse {
  if (!response.contentType.startsWith(JSON_TYPE)) return response;
  const contentType = `application/yaml${response.contentType.slice(JSON_TYPE.length)}`;
  return { ...response, contentType, body: toYaml(JSON.parse(bodyText(response.body))) };
}

function denied(attributes: Attributes, why: string): ApiStatusError {
  const user = attributes.user.username;
  if (attributes.kind === 'path') return forbiddenAction({ ...attributes, user, why });
  return forbiddenAction({ ...attributes, user, why });
}
