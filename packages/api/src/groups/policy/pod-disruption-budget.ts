import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { enumeration, FieldPath, type Infer, integer, map, object } from '../../schema/index.ts';
import { checkAtMostHundredPercent, checkPositiveIntOrPercent, intOrPercent } from '../../validation/int-or-percent.ts';
import { checkLabelSelector, labelSelector } from '../../validation/label-selector.ts';
import { ageColumn, alwaysPresent, conditions, timestamp } from '../meta/index.ts';

const POLICY = 'io.k8s.api.policy.v1';
const specPath = FieldPath.root.child('spec');
const UNSET = 'N/A';

const podDisruptionBudgetSpec = object(
  'How many pods may be missing.',
  {
    minAvailable: intOrPercent('Pods that must stay available, as a number or share.'),
    selector: labelSelector('Pods that are counted; none when absent, all when empty.'),
    maxUnavailable: intOrPercent('Pods that may be missing, as a number or share.'),
    unhealthyPodEvictionPolicy: enumeration('Whether pods that are not ready may always be evicted.', [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]),
  },
  { name: `${POLICY}.PodDisruptionBudgetSpec` },
);

/** How many pods may be missing. */
export type PodDisruptionBudgetSpec = Infer<typeof podDisruptionBudgetSpec>;

/** Limits how many pods of a workload are evicted at once. */
export const podDisruptionBudget = defineBuiltin({
  group: 'policy',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Limits how many pods of a workload are evicted at the same time.',
  fields: {
    spec: alwaysPresent(podDisruptionBudgetSpec),
    status: alwaysPresent(
      object(
        'How many pods are missing.',
        {
          observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
          disruptedPods: map('Pods that are being evicted, with the time of the eviction.', timestamp('When.')),
          disruptionsAllowed: integer('Pods that may be evicted now.', { default: 0 }),
          currentHealthy: integer('Pods that are healthy.', { default: 0 }),
          desiredHealthy: integer('Pods that must be healthy.', { default: 0 }),
          expectedPods: integer('Pods that are counted.', { default: 0 }),
          conditions: conditions('Aspects of the state.'),
        },
        { name: `${POLICY}.PodDisruptionBudgetStatus` },
      ),
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Min Available',
      type: 'string',
      description: 'Pods that must stay available.',
      value: (o) => String((o['spec'] as PodDisruptionBudgetSpec | undefined)?.minAvailable ?? UNSET),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'Pods that may be missing.',
      value: (o) => String((o['spec'] as PodDisruptionBudgetSpec | undefined)?.maxUnavailable ?? UNSET),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Pods that may be evicted now.',
      value: (o) => (o['status'] as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
  initialStatus: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  check({ spec = {} }, report) {
    const { minAvailable, maxUnavailable, selector } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      report.invalid(specPath, spec, 'minAvailable and maxUnavailable cannot be both set');
    }
    for (const field of ['minAvailable', 'maxUnavailable'] as const) {
      checkPositiveIntOrPercent(specPath.child(field), spec[field], report);
      checkAtMostHundredPercent(specPath.child(field), spec[field], report);
    }
    checkLabelSelector(specPath.child('selector'), selector, report);
  },
});

/** Limits how many pods of a workload are evicted at once. */
export type PodDisruptionBudget = ObjectOf<typeof podDisruptionBudget>;
