/** Asks webhooks: mutating ones in order, validating ones at once; what fails is decided by each one's failure policy. */
import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, isPlainObject } from '@weft/api';
import { type Logger, type Random, thrownMessage } from '@weft/core';
import { applyJsonPatch } from '../../../patch/index.ts';
import { badRequest, internalError } from '../../../shared/api-errors.ts';
import { ApiStatusError, isApiStatusError, type StatusDetails, type StatusReason } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import { plainText } from '../../plain-text.ts';
import type { AdmissionContext, AdmissionRequest, WebhookDispatcher } from '../types.ts';
import { conditionsHold } from './conditions.ts';
import { matchedVersion, type Webhook } from './configuration.ts';
import { readVerdict, reviewDocument, reviewRequest, shownObject, takeShown, type Verdict } from './review.ts';
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
    const { mutating, validating } = this.parts.index.current();
    // A deletion has no object to change, but mutating webhooks may refuse it.
    if (request.object === undefined) for (const webhook of mutating) await this.refuseOnly(webhook, request, context);
    const outcomes = await Promise.allSettled(validating.map((webhook) => this.ask(webhook, request, context)));
    // The first in order, not the fastest: the same request is refused with the same words.
    const refusal = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refusal !== undefined) throw refusal.reason;
  }

  private async refuseOnly(webhook: Webhook, request: AdmissionRequest, context: AdmissionContext): Promise<void> {
    const verdict = await this.ask(webhook, request, context);
    if (verdict === undefined || isEmptyPatch(verdict.patch)) return;
    throw internalError(
      `admission webhook "${webhook.name}" attempted to modify the object, which is not supported for this operation`,
    );
  }

  private async mutateBy(
    webhook: Webhook,
    object: ApiObject,
    request: AdmissionRequest,
    context: AdmissionContext,
  ): Promise<ApiObject> {
    const current = { ...request, object };
    const verdict = await this.ask(webhook, current, context);
    if (verdict === undefined || isEmptyPatch(verdict.patch)) return object;
    const version = matchedVersion(webhook, current) ?? request.info.version;
    const patched = patchObject(webhook, { request, object, version }, verdict);
    return isDeepStrictEqual(patched, object) ? object : patched;
  }

  /** The verdict of one webhook; undefined when it does not want the request, or failed and may be ignored. */
  private async ask(
    webhook: Webhook,
    request: AdmissionRequest,
    context: AdmissionContext,
  ): Promise<Verdict | undefined> {
    const version = matchedVersion(webhook, request);
    if (version === undefined || !selects(webhook, request, context)) return undefined;
    let verdict: Verdict;
    try {
      const review = reviewRequest(request, version, newUid(this.parts.random));
      if (!conditionsHold(webhook.conditions, review)) return undefined;
      if (request.isDryRun && webhook.hasSideEffects) throw noDryRun(webhook);
      verdict = await this.call(webhook, review, context.signal);
    } catch (error) {
      if (isApiStatusError(error)) throw error;
      return this.failed(webhook, error);
    }
    for (const warning of verdict.warnings) context.warn(warning);
    if (!verdict.isAllowed) throw refused(webhook, verdict);
    return verdict;
  }

  private async call(webhook: Webhook, review: Record<string, unknown>, signal: AbortSignal): Promise<Verdict> {
    const { reviewVersion, timeoutMs } = webhook;
    if (reviewVersion === undefined) throw new Error('it understands no version of AdmissionReview that is known here');
    const endpoint = this.parts.resolver.resolve(webhook.client);
    const body = reviewDocument(review, reviewVersion);
    const name = `${webhook.configuration}/${webhook.name}`;
    const answer = await this.parts.caller.post({ webhook: name, endpoint, body, timeoutMs, signal });
    const verdict = readVerdict(answer, review['uid'] as string, reviewVersion);
    if (typeof verdict === 'string') throw new Error(`received invalid webhook response: ${verdict}`);
    return verdict;
  }

  private failed(webhook: Webhook, error: unknown): undefined {
    const why = thrownMessage(error);
    this.parts.log.warning('webhook failed', { webhook: webhook.name, configuration: webhook.configuration, why });
    if (!webhook.failsClosed) return undefined;
    throw internalError(`failed calling webhook "${webhook.name}": ${why}`);
  }
}

function selects(webhook: Webhook, request: AdmissionRequest, context: AdmissionContext): boolean {
  const { objectSelector, namespaceSelector } = webhook;
  if (!objectSelector.isEverything) {
    const subjects = [request.object, request.oldObject].filter((object) => object !== undefined);
    if (!subjects.some((object) => objectSelector.matches(labelsOf(object)))) return false;
  }
  if (namespaceSelector.isEverything) return true;
  if (request.info.kind === kinds.namespace) {
    return namespaceSelector.matches(labelsOf(request.object ?? request.oldObject));
  }
  if (request.namespace === '') return true;
  return namespaceSelector.matches(labelsOf(context.get(kinds.namespace, '', request.namespace)));
}

/** A webhook before may have left labels that are none; validation refuses them later. */
function labelsOf(object: ApiObject | undefined): Readonly<Record<string, string>> | undefined {
  const labels: unknown = object?.metadata.labels;
  return isPlainObject(labels) ? (labels as Record<string, string>) : undefined;
}

function isEmptyPatch(patch: unknown): boolean {
  return Array.isArray(patch) && patch.length === 0;
}

/** Members of metadata that say which object this is. */
const IDENTITY = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation'] as const;

/** The failure policy covers a webhook that cannot be reached, not one that answers nonsense about this object. */
function patchObject(
  webhook: Webhook,
  subject: { readonly request: AdmissionRequest; readonly object: ApiObject; readonly version: string },
  verdict: Verdict,
): ApiObject {
  const { request, object, version } = subject;
  const before = shownObject(request, object, version);
  let after: unknown;
  try {
    after = applyJsonPatch(before, verdict.patch);
  } catch (error) {
    if (!isApiStatusError(error)) throw error;
    throw badPatch(webhook, `cannot be applied: ${error.message}`);
  }
  if (!isPlainObject(after)) throw badPatch(webhook, 'does not leave an object');
  const { metadata } = after;
  if (!isPlainObject(metadata)) throw badPatch(webhook, 'does not leave an object with metadata');
  for (const field of ['apiVersion', 'kind']) {
    if (after[field] !== before[field]) throw badPatch(webhook, `changes ${field}`);
  }
  for (const field of IDENTITY) {
    if (metadata[field] !== before.metadata[field]) throw badPatch(webhook, `changes metadata.${field}`);
  }
  return takeShown(request, object, after as ApiObject);
}

function badPatch(webhook: Webhook, what: string): ApiStatusError {
  return internalError(`admission webhook "${webhook.name}" answered a patch that ${what}`);
}

function noDryRun(webhook: Webhook): ApiStatusError {
  return badRequest(`admission webhook "${webhook.name}" does not support dry run`);
}

/** The webhook's own status, which always is a failure. */
function refused(webhook: Webhook, { status }: Verdict): ApiStatusError {
  const denial = `admission webhook "${webhook.name}" denied the request`;
  const reason = plainText(status['reason']);
  const said = [plainText(status['message']), reason].find((text) => text !== '');
  const { code, details } = status;
  return new ApiStatusError({
    statusCode: typeof code === 'number' && Number.isInteger(code) && code >= 400 && code < 600 ? code : 400,
    reason: reason as StatusReason,
    message: said === undefined ? `${denial} without explanation` : `${denial}: ${said}`,
    ...(isPlainObject(details) ? { details: details as StatusDetails } : {}),
  });
}

/** A UUID of version 4, as webhooks expect it. */
function newUid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
