/**
 * Which pods a revision of the control plane, or a tag that points to it, is asked about: the selectors of its webhooks.
 * A namespace's `istio-injection` beats any `istio.io/rev`; a pod decides where its namespace has neither.
 */
import { type kubernetes, selectsLabels } from '@weft/api';
import { DEFAULT_REVISION, IGNORED_NAMESPACES, LABEL } from './names.ts';

type LabelSelector = NonNullable<
  NonNullable<kubernetes.admissionregistration.MutatingWebhookConfiguration['webhooks']>[number]['namespaceSelector']
>;

/** Pods of some namespaces; both selectors must fit. */
export interface RevisionRule {
  /** First part of the name of the webhook that asks by this rule. */
  readonly name: string;
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector;
}

/** What the rules are made of. */
export interface RevisionRuleOptions {
  /** A revision or a tag; `default` takes what names no revision. */
  readonly revision: string;
  /** Injects in namespaces that say nothing. */
  readonly injectsByDefault: boolean;
}

const isAbsent = (key: string) => ({ key, operator: 'DoesNotExist' });
const isNot = (key: string, ...values: string[]) => ({ key, operator: 'NotIn', values });
const is = (key: string, ...values: string[]) => ({ key, operator: 'In', values });
const all = (...matchExpressions: NonNullable<LabelSelector['matchExpressions']>): LabelSelector => ({
  matchExpressions,
});

/** The rules of a revision; at most one of them fits a pod. */
export function revisionRules({ revision, injectsByDefault }: RevisionRuleOptions): RevisionRule[] {
  const notRefused = isNot(LABEL.inject, 'false');
  const unlabelled = [isAbsent(LABEL.namespaceInjection), isAbsent(LABEL.revision)] as const;
  const rules: RevisionRule[] = [
    {
      name: 'rev.namespace',
      namespaces: all(is(LABEL.revision, revision), isAbsent(LABEL.namespaceInjection)),
      pods: all(notRefused),
    },
    { name: 'rev.object', namespaces: all(...unlabelled), pods: all(notRefused, is(LABEL.revision, revision)) },
  ];
  if (revision !== DEFAULT_REVISION) return rules;
  rules.push(
    { name: 'namespace', namespaces: all(is(LABEL.namespaceInjection, 'enabled')), pods: all(notRefused) },
    {
      name: 'object',
      namespaces: all(...unlabelled),
      pods: all(is(LABEL.inject, 'true'), isAbsent(LABEL.revision)),
    },
  );
  if (!injectsByDefault) return rules;
  rules.push({
    name: 'auto',
    namespaces: all(...unlabelled, isNot('kubernetes.io/metadata.name', ...IGNORED_NAMESPACES)),
    pods: all(isAbsent(LABEL.inject), isAbsent(LABEL.revision)),
  });
  return rules;
}

/** Labels of a pod and of its namespace. */
export interface PodInNamespace {
  readonly namespace: Readonly<Record<string, string>>;
  readonly pod: Readonly<Record<string, string>>;
}

/** Whether one of the rules fits. */
export function fitsRevision(rules: readonly RevisionRule[], { namespace, pod }: PodInNamespace): boolean {
  return rules.some((rule) => selectsLabels(rule.namespaces, namespace) && selectsLabels(rule.pods, pod));
}
