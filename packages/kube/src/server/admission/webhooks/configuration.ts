/** Webhook configurations, compiled: which requests each webhook wants, and how to reach it. Pure. */
import { type AnyKind, type ApiObject, isPlainObject } from '@weft/api';
import { LabelSelector, type LabelSelectorObject, labelSelectorOf } from '../../../shared/label-selector.ts';
import { plainText } from '../../plain-text.ts';
import type { AdmissionRequest } from '../types.ts';
import { compileConditions, type MatchCondition } from './conditions.ts';

/** One webhook of one configuration. */
export interface Webhook {
  readonly name: string;
  readonly configuration: string;
  readonly isMutating: boolean;
  readonly rules: readonly WebhookRule[];
  readonly matchPolicy: 'Exact' | 'Equivalent';
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly conditions: readonly MatchCondition[];
  readonly failsClosed: boolean;
  readonly timeoutMs: number;
  readonly hasSideEffects: boolean;
  readonly isReinvoked: boolean;
  /** The first version of AdmissionReview that both sides know. */
  readonly reviewVersion: string | undefined;
  readonly client: WebhookClientConfig;
}

/** Where a webhook answers. */
export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  };
  /** PEM, from base64; undefined trusts the system's CAs. */
  readonly caPem: string | undefined;
}

interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

const DEFAULT_TIMEOUT_SECONDS = 10;
const REVIEW_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v1beta1']);

/** Compiles all webhooks of a configuration object, which has been validated when it was stored. */
export function compileWebhooks(configuration: ApiObject, isMutating: boolean): Webhook[] {
  const webhooks = Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : [];
  return webhooks.filter(isPlainObject).map((webhook) => compileWebhook(configuration, webhook, isMutating));
}

function compileWebhook(configuration: ApiObject, given: Record<string, unknown>, isMutating: boolean): Webhook {
  const timeout = typeof given['timeoutSeconds'] === 'number' ? given['timeoutSeconds'] : DEFAULT_TIMEOUT_SECONDS;
  const versions = strings(given['admissionReviewVersions']);
  return {
    name: String(given['name']),
    configuration: configuration.metadata.name!,
    isMutating,
    rules: (Array.isArray(given['rules']) ? given['rules'] : []).filter(isPlainObject).map(compileRule),
    matchPolicy: given['matchPolicy'] === 'Exact' ? 'Exact' : 'Equivalent',
    namespaceSelector: selectorOf(given['namespaceSelector']),
    objectSelector: selectorOf(given['objectSelector']),
    conditions: compileConditions(given['matchConditions']),
    failsClosed: given['failurePolicy'] !== 'Ignore',
    timeoutMs: timeout * 1000,
    hasSideEffects: given['sideEffects'] !== 'None' && given['sideEffects'] !== 'NoneOnDryRun',
    isReinvoked: given['reinvocationPolicy'] === 'IfNeeded',
    reviewVersion: versions.find((version) => REVIEW_VERSIONS.has(version)),
    client: clientOf(isPlainObject(given['clientConfig']) ? given['clientConfig'] : {}),
  };
}

function compileRule(rule: Record<string, unknown>): WebhookRule {
  return {
    operations: strings(rule['operations']),
    apiGroups: strings(rule['apiGroups']),
    apiVersions: strings(rule['apiVersions']),
    resources: strings(rule['resources']),
    scope: typeof rule['scope'] === 'string' ? rule['scope'] : '*',
  };
}

function selectorOf(value: unknown): LabelSelector {
  return isPlainObject(value) ? labelSelectorOf(value as LabelSelectorObject) : LabelSelector.everything;
}

function clientOf(given: Record<string, unknown>): WebhookClientConfig {
  const { caBundle } = given;
  const caPem =
    typeof caBundle === 'string' && caBundle !== '' ? Buffer.from(caBundle, 'base64').toString('utf8') : undefined;
  if (typeof given['url'] === 'string') return { url: given['url'], caPem };
  const service = isPlainObject(given['service']) ? given['service'] : {};
  return {
    service: {
      namespace: plainText(service['namespace']),
      name: plainText(service['name']),
      path: typeof service['path'] === 'string' ? service['path'] : '/',
      port: typeof service['port'] === 'number' ? service['port'] : 443,
    },
    caPem,
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The version in which the webhook wants to see the object, or undefined when its rules do not name the request. */
export function matchedVersion(webhook: Webhook, request: AdmissionRequest): string | undefined {
  const { info } = request;
  if (webhook.rules.some((rule) => ruleMatches(rule, request, info.version))) return info.version;
  if (webhook.matchPolicy === 'Exact') return undefined;
  // A webhook for v1 must not be passed by writing v1beta1.
  return info.kind.versions
    .map((v) => v.name)
    .find((version) => webhook.rules.some((r) => ruleMatches(r, request, version)));
}

function ruleMatches(rule: WebhookRule, request: AdmissionRequest, version: string): boolean {
  const { kind } = request.info;
  return (
    includes(rule.operations, request.operation) &&
    includes(rule.apiGroups, kind.group) &&
    includes(rule.apiVersions, version) &&
    resourceMatches(rule.resources, kind, request.subresource) &&
    (rule.scope === '*' || rule.scope === kind.scope)
  );
}

function includes(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value);
}

function resourceMatches(allowed: readonly string[], kind: AnyKind, subresource: string): boolean {
  return allowed.some((pattern) => {
    const [resource = '', sub = ''] = pattern.split('/');
    const isResource = resource === '*' || resource === kind.plural;
    return isResource && (sub === subresource || sub === '*');
  });
}
