/** Which injectors of a cluster would be asked about a pod, and why the others would not. Pure. */
import { formatLabelSelector, type kubernetes, type LabelSelector, selectsLabels } from '@weft/api';
import { DEFAULT_REVISION, LABEL } from '../names.ts';
import type { PodInNamespace } from '../revision-rules.ts';

type MutatingWebhookConfiguration = kubernetes.admissionregistration.MutatingWebhookConfiguration;
type Webhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** A configuration that has pods injected. */
export interface Injector {
  readonly name: string;
  readonly revision: string;
  /** Empty when it is the revision's own. */
  readonly tag: string;
  readonly webhooks: readonly Webhook[];
}

/** What one injector makes of a pod. */
export interface InjectorVerdict {
  readonly injector: string;
  readonly revision: string;
  readonly isAsked: boolean;
  readonly reason: string;
}

/** The injectors among the configurations of a cluster, Istio's too: they are known by their label. */
export function findInjectors(configurations: readonly MutatingWebhookConfiguration[]): Injector[] {
  return configurations
    .filter(({ metadata }) => metadata.labels?.['app'] === 'sidecar-injector')
    .map(({ metadata, webhooks = [] }) => ({
      name: metadata.name ?? '',
      revision: metadata.labels?.[LABEL.revision] ?? DEFAULT_REVISION,
      tag: metadata.labels?.[LABEL.tag] ?? '',
      webhooks,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What each injector makes of a pod with these labels. */
export function explainInjectors(injectors: readonly Injector[], labels: PodInNamespace): InjectorVerdict[] {
  return injectors.map(({ name, revision, webhooks }) => {
    const asked = webhooks.find((webhook) => failuresOf(webhook, labels).length === 0);
    const reason = asked === undefined ? whyNot(webhooks, labels) : whyAsked(asked, labels);
    return { injector: name, revision, isAsked: asked !== undefined, reason };
  });
}

/** A condition of a webhook, and what it is about. */
interface Condition {
  readonly on: 'namespace' | 'pod';
  readonly requirement: Requirement;
}

function conditionsOf({ namespaceSelector, objectSelector }: Webhook): Condition[] {
  const of = (on: Condition['on'], { matchLabels = {}, matchExpressions = [] }: LabelSelector): Condition[] =>
    [
      ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
      ...matchExpressions,
    ].map((requirement) => ({ on, requirement }));
  return [...of('namespace', namespaceSelector ?? {}), ...of('pod', objectSelector ?? {})];
}

function failuresOf(webhook: Webhook, labels: PodInNamespace): Condition[] {
  return conditionsOf(webhook).filter(
    ({ on, requirement }) => !selectsLabels({ matchExpressions: [requirement] }, labels[on]),
  );
}

/** The labels that are asked for, rather than those that must not be there. */
function whyAsked(webhook: Webhook, labels: PodInNamespace): string {
  const found = conditionsOf(webhook)
    .filter(({ requirement: { operator } }) => operator === 'In' || operator === 'Exists')
    .map(({ on, requirement: { key } }) => `${on} has ${key}=${labels[on][key]}`);
  return found.length === 0 ? 'neither namespace nor pod says anything' : found.join(', ');
}

/** What is missing for the webhook that comes nearest. */
function whyNot(webhooks: readonly Webhook[], labels: PodInNamespace): string {
  const [nearest] = webhooks.map((one) => failuresOf(one, labels)).toSorted((a, b) => a.length - b.length);
  if (nearest === undefined) return 'it has no webhooks';
  return nearest
    .map(({ on, requirement }) => {
      const has = labels[on][requirement.key];
      const wanted = formatLabelSelector({ matchExpressions: [requirement] });
      return `${on} must fit "${wanted}" and ${has === undefined ? 'has no such label' : `has ${has}`}`;
    })
    .join(', ');
}
