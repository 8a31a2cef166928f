/** Questions and answers that the access reviews share. */
import {
  boolean,
  FieldPath,
  type Infer,
  type IssueReport,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';

const PREFIX = 'io.k8s.api.authorization.v1';

const fieldSelector = object(
  'Limits the question to objects with certain fields.',
  {
    rawSelector: string('The selector as it stands in a query.'),
    requirements: list(
      'The selector, parsed.',
      object(
        'A condition on a field.',
        {
          key: required(string('Field that the condition is about.')),
          operator: required(string('In, NotIn, Exists or DoesNotExist.')),
          values: stringList('Values for In and NotIn.', 'A value.'),
        },
        { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement' },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: `${PREFIX}.FieldSelectorAttributes` },
);

const labelSelectorAttributes = object(
  'Limits the question to objects with certain labels.',
  {
    rawSelector: string('The selector as it stands in a query.'),
    requirements: list(
      'The selector, parsed.',
      object(
        'A condition on a label.',
        {
          key: required(string('Label that the condition is about.')),
          operator: required(string('In, NotIn, Exists or DoesNotExist.')),
          values: stringList('Values for In and NotIn.', 'A value.'),
        },
        { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement' },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: `${PREFIX}.LabelSelectorAttributes` },
);

/** A request for a resource, as access reviews describe it. */
export const resourceAttributes = object(
  'A request for a resource.',
  {
    namespace: string('Namespace of the request; empty for cluster-wide resources and for all namespaces.'),
    verb: string('What is to be done: get, list, watch, create, update, patch, delete, proxy or *.'),
    group: string('API group; * for all.'),
    version: string('API version; * for all.'),
    resource: string('Resource; * for all.'),
    subresource: string('Subresource.'),
    name: string('Name of the object; empty for all.'),
    fieldSelector,
    labelSelector: labelSelectorAttributes,
  },
  { name: `${PREFIX}.ResourceAttributes` },
);

/** A request for a path outside the resources. */
export const nonResourceAttributes = object(
  'A request for a path outside the resources.',
  { path: string('Path of the request.'), verb: string('HTTP method in lower case.') },
  { name: `${PREFIX}.NonResourceAttributes` },
);

/** The answer of an access review. */
export const accessReviewStatus = object(
  'The answer.',
  {
    allowed: required(boolean('The request is allowed.')),
    denied: boolean('The request is forbidden outright, whatever other authorizers would say.'),
    reason: string('Why.'),
    evaluationError: string('What went wrong while deciding; the answer may still be right.'),
  },
  { name: `${PREFIX}.SubjectAccessReviewStatus` },
);

/** What an access review asks about. */
export interface AccessQuestion {
  readonly resourceAttributes?: Infer<typeof resourceAttributes>;
  readonly nonResourceAttributes?: Infer<typeof nonResourceAttributes>;
}

const specPath = FieldPath.root.child('spec');

/** Exactly one thing is asked about. */
export function checkAccessQuestion(spec: AccessQuestion, report: IssueReport): void {
  if ((spec.resourceAttributes === undefined) === (spec.nonResourceAttributes === undefined)) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    report.invalid(specPath.child('resourceAttributes'), spec.resourceAttributes, message);
  }
}

/** A question about somebody names them. */
export function checkAccessSubject(spec: { user?: string; groups?: string[] }, report: IssueReport): void {
  if ((spec.user ?? '') === '' && (spec.groups ?? []).length === 0) {
    report.invalid(specPath.child('user'), spec.user ?? '', 'at least one of user or group must be specified');
  }
}
