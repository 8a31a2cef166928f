/** Whether a pod is injected. Pure; the reasons not to are told in words. */
import { isEmptySelector, selectsLabels } from '@weft/api';
import type { InjectionConfig } from './injection-config.ts';
import { ANNOTATION, DEFAULT_REVISION, LABEL } from './names.ts';
import { annotationsOf, labelsOf, type PodLike } from './pod-types.ts';
import { fitsRevision, revisionRules } from './revision-rules.ts';

/** The namespace of a pod. */
export interface InjectedNamespace {
  readonly name: string;
  /** Undefined when somebody else has looked at them already, as the API server does before it asks a webhook. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Why a pod is left as it is. */
export interface SkipReason {
  readonly code:
    | 'host-network'
    | 'ignored-namespace'
    | 'namespace-disabled'
    | 'namespace-not-labelled'
    | 'other-revision'
    | 'disabled-by-label'
    | 'disabled-by-annotation'
    | 'never-inject-selector'
    | 'policy-disabled';
  /** With what to do to have it injected, where there is something. */
  readonly message: string;
}

/** YAML 1.1 has many words for true. */
const YES: ReadonlySet<string> = new Set(['y', 'yes', 'true', 'on']);

/** The reason not to inject, or undefined. */
export function reasonToSkip(
  pod: PodLike,
  namespace: InjectedNamespace,
  config: InjectionConfig,
): SkipReason | undefined {
  if (pod.spec?.hostNetwork === true) {
    return skip('host-network', 'the pod uses the network of its node, where capture would catch everybody');
  }
  if (config.ignoredNamespaces.includes(namespace.name)) {
    return skip('ignored-namespace', `namespace ${namespace.name} belongs to Kubernetes itself`);
  }
  if (namespace.labels !== undefined) {
    const reason = reasonOfNamespace(pod, namespace.name, namespace.labels, config);
    if (reason !== undefined) return reason;
  }
  return reasonOfPod(pod, config);
}

function reasonOfNamespace(
  pod: PodLike,
  name: string,
  labels: Readonly<Record<string, string>>,
  { revision, tags, injectsByDefault }: InjectionConfig,
): SkipReason | undefined {
  const own = labelsOf(pod);
  const rules = [revision, ...tags].flatMap((one) => revisionRules({ revision: one, injectsByDefault }));
  if (fitsRevision(rules, { namespace: labels, pod: own })) return undefined;
  if (own[LABEL.inject] === 'false') return disabledByLabel();
  const injection = labels[LABEL.namespaceInjection];
  if (injection !== undefined && injection !== 'enabled') {
    return skip('namespace-disabled', `namespace ${name} has the label ${LABEL.namespaceInjection}=${injection}`);
  }
  const asked = injection === undefined ? (labels[LABEL.revision] ?? own[LABEL.revision]) : 'default';
  if (asked !== undefined) {
    const known = [revision, ...tags].join(', ');
    return skip('other-revision', `revision ${asked} is asked for, and this is ${known}`);
  }
  const enable = [revision, ...tags].includes(DEFAULT_REVISION)
    ? `${LABEL.namespaceInjection}=enabled, or the pod ${LABEL.inject}=true`
    : `${LABEL.revision}=${revision}, or the pod`;
  return skip('namespace-not-labelled', `namespace ${name} is not labelled for injection: label it ${enable}`);
}

function reasonOfPod(pod: PodLike, config: InjectionConfig): SkipReason | undefined {
  const labels = labelsOf(pod);
  const label = labels[LABEL.inject];
  const said = (label ?? annotationsOf(pod)[ANNOTATION.inject] ?? '').toLowerCase();
  if (said !== '') {
    if (YES.has(said)) return undefined;
    return label === undefined
      ? skip('disabled-by-annotation', `the pod has the annotation ${ANNOTATION.inject}: ${JSON.stringify(said)}`)
      : disabledByLabel();
  }
  const selects = (selector: (typeof config.neverInject)[number]) =>
    !isEmptySelector(selector) && selectsLabels(selector, labels);
  if (config.neverInject.some(selects)) {
    return skip('never-inject-selector', 'the labels of the pod fit neverInjectSelector of the configuration');
  }
  if (config.policy === 'enabled' || config.alwaysInject.some(selects)) return undefined;
  return skip('policy-disabled', `the policy is disabled: label the pod ${LABEL.inject}=true`);
}

function disabledByLabel(): SkipReason {
  return skip('disabled-by-label', `the pod has the label ${LABEL.inject}, and it is not true`);
}

function skip(code: SkipReason['code'], message: string): SkipReason {
  return { code, message };
}
