/** On which nodes pods may and should run. */
import { enumeration, type Infer, integer, list, object, required, string } from '../../../schema/index.ts';
import { labelSelector } from '../../../validation/label-selector.ts';
import { stringList } from '../../meta/index.ts';

const nodeSelectorRequirement = object(
  'A condition on a label or field of nodes.',
  {
    key: required(string('Label or field.')),
    operator: required(enumeration('Relation to the values.', ['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'])),
    values: stringList('Values for In and NotIn; one number for Gt and Lt.', 'A value.'),
  },
  { name: 'io.k8s.api.core.v1.NodeSelectorRequirement' },
);

const nodeSelectorTerm = object(
  'Conditions that must all hold.',
  {
    matchExpressions: list('Conditions on labels.', nodeSelectorRequirement, { listType: 'atomic' }),
    matchFields: list('Conditions on fields; metadata.name only.', nodeSelectorRequirement, { listType: 'atomic' }),
  },
  { name: 'io.k8s.api.core.v1.NodeSelectorTerm', mapType: 'atomic' },
);

const nodeAffinity = object(
  'Nodes on which the pod may run.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: object(
      'Nodes on which the pod may be placed at all; one matching term is enough.',
      { nodeSelectorTerms: required(list('Alternatives.', nodeSelectorTerm, { listType: 'atomic' })) },
      { name: 'io.k8s.api.core.v1.NodeSelector', mapType: 'atomic' },
    ),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      'Nodes that are better than others.',
      object(
        'Nodes that are better by a weight.',
        { weight: required(integer('Weight from 1 to 100.')), preference: required(nodeSelectorTerm) },
        { name: 'io.k8s.api.core.v1.PreferredSchedulingTerm' },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: 'io.k8s.api.core.v1.NodeAffinity' },
);

const podAffinityTerm = object(
  'Being in the same place as certain pods.',
  {
    labelSelector: labelSelector('Pods that are meant.'),
    namespaces: stringList('Namespaces of those pods; the own one when empty.', 'A namespace.'),
    topologyKey: required(string('Node label whose equal value makes two nodes the same place.')),
    namespaceSelector: labelSelector('Further namespaces of those pods.'),
    matchLabelKeys: stringList('Labels whose values those pods share with this one.', 'A label.'),
    mismatchLabelKeys: stringList('Labels whose values those pods do not share with this one.', 'A label.'),
  },
  { name: 'io.k8s.api.core.v1.PodAffinityTerm' },
);

const weightedPodAffinityTerm = object(
  'A place that is better by a weight.',
  { weight: required(integer('Weight from 1 to 100.')), podAffinityTerm: required(podAffinityTerm) },
  { name: 'io.k8s.api.core.v1.WeightedPodAffinityTerm' },
);

const podAffinityFields = {
  requiredDuringSchedulingIgnoredDuringExecution: list('Terms that must all hold.', podAffinityTerm, {
    listType: 'atomic',
  }),
  preferredDuringSchedulingIgnoredDuringExecution: list('Terms that should hold.', weightedPodAffinityTerm, {
    listType: 'atomic',
  }),
};

/** Where a pod may and should be placed. */
export const affinity = object(
  'Where the pod may and should be placed.',
  {
    nodeAffinity,
    podAffinity: object('Pods that should be near.', podAffinityFields, { name: 'io.k8s.api.core.v1.PodAffinity' }),
    podAntiAffinity: object('Pods that should not be near.', podAffinityFields, {
      name: 'io.k8s.api.core.v1.PodAntiAffinity',
    }),
  },
  { name: 'io.k8s.api.core.v1.Affinity' },
);

/** A taint that a pod puts up with. */
export const toleration = object(
  'A taint of nodes that the pod puts up with.',
  {
    key: string('Key of the taint; every key when empty, with operator Exists.'),
    operator: string('Equal, or Exists for any value.'),
    value: string('Value of the taint, for Equal.'),
    effect: enumeration('Effect of the taint; every effect when absent.', [
      'NoExecute',
      'NoSchedule',
      'PreferNoSchedule',
    ]),
    tolerationSeconds: integer('Seconds for which a NoExecute taint is put up with; for ever when absent.', {
      format: 'int64',
    }),
  },
  { name: 'io.k8s.api.core.v1.Toleration' },
);

/** How evenly pods are spread over places. */
export const topologySpreadConstraint = object(
  'How evenly pods are spread over places.',
  {
    maxSkew: required(integer('Largest difference between the fullest and the emptiest place.')),
    topologyKey: required(string('Node label whose values are the places.')),
    whenUnsatisfiable: required(
      enumeration('What happens when the difference would be larger.', ['DoNotSchedule', 'ScheduleAnyway']),
    ),
    labelSelector: labelSelector('Pods that are counted.'),
    minDomains: integer('Fewest places that must exist.'),
    nodeAffinityPolicy: enumeration('Whether nodes outside the affinity count as places.', ['Honor', 'Ignore']),
    nodeTaintsPolicy: enumeration('Whether tainted nodes count as places.', ['Honor', 'Ignore']),
    matchLabelKeys: stringList('Labels whose values counted pods share with this one.', 'A label.'),
  },
  { name: 'io.k8s.api.core.v1.TopologySpreadConstraint' },
);

/** Where a pod may and should be placed. */
export type Affinity = Infer<typeof affinity>;

/** Conditions on nodes that must all hold. */
export type NodeSelectorTerm = Infer<typeof nodeSelectorTerm>;

/** Being in the same place as certain pods. */
export type PodAffinityTerm = Infer<typeof podAffinityTerm>;

/** A taint that a pod puts up with. */
export type Toleration = Infer<typeof toleration>;

/** How evenly pods are spread over places. */
export type TopologySpreadConstraint = Infer<typeof topologySpreadConstraint>;
