/** What mutating and validating webhooks have in common. */
import { enumeration, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { filledIn, stringList } from '../meta/index.ts';
import { webhookClientConfig } from '../meta/webhook-client-config.ts';

const PREFIX = 'io.k8s.api.admissionregistration.v1';

const ruleWithOperations = object(
  'Requests that the webhook wants to see.',
  {
    operations: list(
      'Operations; * for all.',
      enumeration('An operation.', ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']),
      { listType: 'atomic' },
    ),
    apiGroups: stringList('API groups; empty text for the core group, * for all.', 'A group.'),
    apiVersions: stringList('API versions; * for all.', 'A version.'),
    resources: stringList(
      'Resources, optionally with a subresource (pods/log, */scale); * for all resources.',
      'A resource.',
    ),
    scope: enumeration(
      'Cluster for cluster-wide objects, Namespaced for the others, * for both.',
      ['*', 'Cluster', 'Namespaced'],
      {
        default: '*',
      },
    ),
  },
  { name: `${PREFIX}.RuleWithOperations` },
);

const matchCondition = object(
  'A condition on requests.',
  {
    name: required(string('Name of the condition.')),
    expression: required(string('CEL expression over object, oldObject, request and authorizer.')),
  },
  { name: `${PREFIX}.MatchCondition` },
);

/** Fields of webhooks of both kinds. */
export const webhookFields = {
  name: required(string('Full domain name of the webhook, such as inject.example.com.')),
  clientConfig: required(webhookClientConfig('How the webhook is called.', `${PREFIX}.WebhookClientConfig`)),
  rules: list('Requests that the webhook sees; one matching rule is enough.', ruleWithOperations, {
    listType: 'atomic',
  }),
  failurePolicy: enumeration('Whether a request passes when the webhook cannot be asked.', ['Fail', 'Ignore'], {
    default: 'Fail',
  }),
  matchPolicy: enumeration(
    'Exact: only requests in the named versions; Equivalent: also requests in other versions of the same kind.',
    ['Equivalent', 'Exact'],
    { default: 'Equivalent' },
  ),
  namespaceSelector: filledIn(labelSelector('Namespaces whose objects the webhook sees.')),
  objectSelector: filledIn(labelSelector('Labels of objects that the webhook sees.')),
  sideEffects: required(
    enumeration('Whether a call changes anything besides the answer.', ['None', 'NoneOnDryRun', 'Some', 'Unknown']),
  ),
  timeoutSeconds: integer('Seconds that the webhook may take.', { default: 10 }),
  admissionReviewVersions: required(
    stringList('Versions of AdmissionReview that it understands, best first.', 'A version.'),
  ),
  matchConditions: list('Conditions on requests that must all hold for the webhook to be called.', matchCondition, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge', mergeKey: 'name' },
    uniqueItems: false,
  }),
} as const;

const anyWebhook = object('A webhook.', webhookFields);

/** A webhook of either kind. */
export type Webhook = Infer<typeof anyWebhook>;
