/** Asks webhooks: mutating ones in order, validating ones at once; what fails is decided by each one's failure policy. */
import { type ApiObject, convertObject, isPlainObject } from '@weft/api';
import { type Logger, type Random, thrownMessage } from '@weft/core';
import { applyJsonPatch } from '../../../patch/index.ts';
import { badRequest, forbidden, internalError } from '../../../shared/api-errors.ts';
import { ApiStatusError, isApiStatusError } from '../../../shared/status.ts';
import type { ResourceInfo } from '../../catalog.ts';
import { kinds } from '../../kinds.ts';
import type { AdmissionContext, AdmissionRequest, WebhookDispatcher } from '../types.ts';
import { matchedVersion, type Webhook } from './configuration.ts';
import { readVerdict, reviewRequest, type Verdict } from './review.ts';
import type { ServiceResolver } from './service-resolver.ts';
import type { WebhookCaller } from './transport/call.ts';
import type { WebhookIndex } from './webhook-index.ts';

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly index: WebhookIndex;
  readonly caller: WebhookCaller;
  readonly resolver: ServiceResolver;
  readonly random: Random;
  readonly log: Logger;
}

/** Objects that webhooks may not judge: a broken webhook could otherwise never be removed. */
const EXEMPT: ReadonlySet<unknown> = new Set([
  kinds.mutatingWebhookConfiguration,
  kinds.validatingWebhookConfiguration,
]);

/** The webhooks of one server. */
export class HttpWebhookDispatcher implements WebhookDispatcher {
  private readonly parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.parts = parts;
  }

  mayHandle(request: AdmissionRequest): boolean {
    const { mutating, validating } = this.parts.index.current();
    return (mutating.length > 0 || validating.length > 0) && !EXEMPT.has(request.info.kind);
  }

  async mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): Promise<ApiObject> {
    const { mutating } = this.parts.index.current();
    let current = object;
    let lastChange = -1;
    for (const [i, webhook] of mutating.entries()) {
      const next = await this.mutateBy(webhook, current, request, context);
      if (next !== current) lastChange = i;
      current = next;
    }
    // Those that were asked before the last change and want to see the final object are asked once more.
    for (const webhook of mutating.slice(0, Math.max(0, lastChange))) {
      if (webhook.isReinvoked) current = await this.mutateBy(webhook, current, request, context);
    }
    return current;
  }

  async validate(request: AdmissionRequest, context: AdmissionContext): Promise<void> {
    const { validating } = this.parts.index.current();
    await Promise.all(validating.map((webhook) => this.ask(webhook, request, context)));
  }

  private async mutateBy(
    webhook: Webhook,
    object: ApiObject,
    request: AdmissionRequest,
    context: AdmissionContext,
  ): Promise<ApiObject> {
    const verdict = await this.ask(webhook, { ...request, object }, context);
    if (verdict === undefined || !Array.isArray(verdict.patch) || verdict.patch.length === 0) return object;
    const version = matchedVersion(webhook, request) ?? request.info.version;
    return this.patch(webhook, { object, info: request.info, version }, verdict);
  }

  private patch(
    webhook: Webhook,
    subject: { readonly object: ApiObject; readonly info: ResourceInfo; readonly version: string },
    verdict: Verdict,
  ): ApiObject {
    const { object, info, version } = subject;
    try {
      const patched = applyJsonPatch(convertObject(info.kind, object, version), verdict.patch);
      if (!isPlainObject(patched) || !isPlainObject(patched['metadata']))
        throw badRequest('the patch must leave an object with metadata');
      return convertObject(info.kind, patched as ApiObject, info.version);
    } catch (error) {
      // The failure policy covers a webhook that cannot be reached, not one that answers nonsense about this object.
      if (!isApiStatusError(error)) throw error;
      throw internalError(
        `admission webhook "${webhook.name}" answered a patch that cannot be applied: ${error.message}`,
      );
    }
  }

  /** The verdict of one webhook; undefined when it does not want the request, or failed and may be ignored. */
  private async ask(
    webhook: Webhook,
    request: AdmissionRequest,
    context: AdmissionContext,
  ): Promise<Verdict | undefined> {
    const version = matchedVersion(webhook, request);
    if (version === undefined || !this.selects(webhook, request, context)) return undefined;
    let verdict: Verdict;
    try {
      if (!conditionsHold(webhook, request)) return undefined;
      verdict = await this.call(webhook, request, version, context.signal);
    } catch (error) {
      if (isApiStatusError(error)) throw error;
      return this.failed(webhook, error);
    }
    for (const warning of verdict.warnings) context.warn(warning);
    if (!verdict.isAllowed) throw refused(webhook, request, verdict);
    return verdict;
  }

  private async call(
    webhook: Webhook,
    request: AdmissionRequest,
    version: string,
    signal: AbortSignal,
  ): Promise<Verdict> {
    if (request.isDryRun && webhook.hasSideEffects) {
      throw badRequest(
        `admission webhook "${webhook.name}" does not support dry run: its sideEffects must be None or NoneOnDryRun`,
      );
    }
    if (webhook.reviewVersion === undefined) throw new Error('it does not understand AdmissionReview v1');
    const uid = Buffer.from(this.parts.random.bytes(16)).toString('hex');
    const endpoint = this.parts.resolver.resolve(webhook.client);
    const answer = await this.parts.caller.post(
      endpoint,
      reviewRequest(request, version, uid),
      webhook.timeoutMs,
      signal,
    );
    const verdict = readVerdict(answer, uid);
    if (typeof verdict === 'string') throw new Error(`it received an invalid answer: ${verdict}`);
    return verdict;
  }

  private failed(webhook: Webhook, error: unknown): undefined {
    const why = thrownMessage(error);
    this.parts.log.warning('webhook failed', { webhook: webhook.name, configuration: webhook.configuration, why });
    if (!webhook.failsClosed) return undefined;
    throw internalError(`failed calling webhook "${webhook.name}": ${why}`);
  }

  private selects(webhook: Webhook, request: AdmissionRequest, context: AdmissionContext): boolean {
    const { objectSelector, namespaceSelector } = webhook;
    if (!objectSelector.isEverything) {
      const subjects = [request.object, request.oldObject].filter((object) => object !== undefined);
      if (!subjects.some((object) => objectSelector.matches(object.metadata.labels))) return false;
    }
    if (namespaceSelector.isEverything) return true;
    if (request.info.kind === kinds.namespace) {
      return namespaceSelector.matches((request.object ?? request.oldObject)?.metadata.labels);
    }
    if (request.namespace === '') return true;
    return namespaceSelector.matches(context.get(kinds.namespace, '', request.namespace)?.metadata.labels);
  }
}

function conditionsHold(webhook: Webhook, request: AdmissionRequest): boolean {
  if (webhook.conditions.length === 0) return true;
  const { info, operation, namespace, name, user } = request;
  const variables = {
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    request: {
      operation,
      namespace,
      name,
      userInfo: { username: user.username, groups: user.groups },
      kind: { group: info.kind.group, version: info.version, kind: info.kind.kind },
      resource: { group: info.kind.group, version: info.version, resource: info.kind.plural },
      subResource: request.subresource,
      dryRun: request.isDryRun,
    },
  };
  return webhook.conditions.every(({ program }) => program.evaluate(variables) === true);
}

function refused(webhook: Webhook, request: AdmissionRequest, verdict: Verdict): ApiStatusError {
  const denial = `admission webhook "${webhook.name}" denied the request`;
  const message = verdict.message === '' ? `${denial} without explanation` : `${denial}: ${verdict.message}`;
  const base = forbidden(request.info.kind, request.name, message);
  return new ApiStatusError({
    statusCode: verdict.code >= 400 && verdict.code < 600 ? verdict.code : 403,
    reason: base.reason,
    message,
    ...(base.details === undefined ? {} : { details: base.details }),
  });
}
