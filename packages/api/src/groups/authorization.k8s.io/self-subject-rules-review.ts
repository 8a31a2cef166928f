import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, FieldPath, list, object, required, string } from '../../schema/index.ts';
import { REVIEW_VERBS } from '../authentication.k8s.io/index.ts';
import { stringList } from '../meta/index.ts';

const PREFIX = 'io.k8s.api.authorization.v1';

const resourceRule = object(
  'Something that the asker may do with resources.',
  {
    verbs: required(stringList('What may be done; * for everything.', 'A verb.')),
    apiGroups: stringList('API groups; * for all.', 'A group.'),
    resources: stringList('Resources; * for all.', 'A resource.'),
    resourceNames: stringList('Names; any when empty.', 'A name.'),
  },
  { name: `${PREFIX}.ResourceRule` },
);

const nonResourceRule = object(
  'Something that the asker may do with paths outside the resources.',
  {
    verbs: required(stringList('What may be done; * for everything.', 'A verb.')),
    nonResourceURLs: stringList('Paths, with an optional * at the end.', 'A path.'),
  },
  { name: `${PREFIX}.NonResourceRule` },
);

/** Asks for all that the asker may do in a namespace. */
export const selfSubjectRulesReview = defineBuiltin({
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks for everything that the asker may do in a namespace.',
  fields: {
    spec: required(
      object(
        'The question.',
        { namespace: string('Namespace that is asked about.') },
        { name: `${PREFIX}.SelfSubjectRulesReviewSpec` },
      ),
    ),
    status: object(
      'The answer.',
      {
        resourceRules: required(list('Permissions on resources.', resourceRule, { listType: 'atomic' })),
        nonResourceRules: required(list('Permissions on other paths.', nonResourceRule, { listType: 'atomic' })),
        incomplete: required(boolean('There may be permissions that are not listed.')),
        evaluationError: string('What went wrong while collecting them.'),
      },
      { name: `${PREFIX}.SubjectRulesReviewStatus` },
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  check(object, report) {
    if ((object.spec.namespace ?? '') === '') {
      report.required(FieldPath.root.child('spec', 'namespace'), 'no namespace on request');
    }
  },
});

/** Asks for all that the asker may do in a namespace. */
export type SelfSubjectRulesReview = ObjectOf<typeof selfSubjectRulesReview>;
