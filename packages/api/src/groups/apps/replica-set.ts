import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { type Infer, integer, object, required } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { applyPodSpecDefaults } from '../core/pod/pod-spec.defaults.ts';
import { checkRunningTemplate, checkSelectsTemplate } from '../core/pod/pod-template.check.ts';
import { podTemplateSpec } from '../core/pod/pod-template.ts';
import { ageColumn, alwaysPresent } from '../meta/index.ts';
import { checkNonNegative, checkUnchanged, oldSpecOf, specPath } from './workload.check.ts';
import { containerColumns, countColumn, selectorColumn } from './workload.columns.ts';
import { workloadConditions } from './workload-condition.ts';

const APPS = 'io.k8s.api.apps.v1';

const replicaSetSpec = object(
  'Which pods should run.',
  {
    replicas: integer('How many pods should run.', { default: 1 }),
    minReadySeconds: integer('Seconds for which a new pod must be ready to count as available.'),
    selector: required(labelSelector('Pods that belong to the set; cannot be changed.')),
    template: alwaysPresent(podTemplateSpec),
  },
  { name: `${APPS}.ReplicaSetSpec` },
);

/** Which pods a replica set runs. */
export type ReplicaSetSpec = Infer<typeof replicaSetSpec>;

/** Keeps a number of equal pods running. */
export const replicaSet = defineBuiltin({
  group: 'apps',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.spec.selector',
  },
  description: 'Keeps a number of equal pods running; usually made by a Deployment.',
  fields: {
    spec: alwaysPresent(replicaSetSpec),
    status: alwaysPresent(
      object(
        'How many pods there are.',
        {
          replicas: required(integer('Pods that exist.', { default: 0 })),
          fullyLabeledReplicas: integer('Pods with all labels of the template.'),
          readyReplicas: integer('Pods that are ready.'),
          availableReplicas: integer('Pods that have been ready for long enough.'),
          terminatingReplicas: integer('Pods that are ending.'),
          observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
          conditions: workloadConditions(`${APPS}.ReplicaSetCondition`),
        },
        { name: `${APPS}.ReplicaSetStatus` },
      ),
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    countColumn('Desired', 'spec', 'replicas', 'Pods that should run.'),
    countColumn('Current', 'status', 'replicas', 'Pods that exist.'),
    countColumn('Ready', 'status', 'readyReplicas', 'Pods that are ready.'),
    ageColumn,
    ...containerColumns,
    selectorColumn,
  ],
  initialStatus: () => ({ replicas: 0 }),
  applyDefaults({ spec }) {
    if (spec?.template?.spec !== undefined) applyPodSpecDefaults(spec.template.spec);
  },
  check({ spec }, report, context) {
    if (spec === undefined) return;
    const template = spec.template ?? {};
    checkNonNegative(specPath, spec, ['replicas', 'minReadySeconds'], report);
    checkSelectsTemplate(specPath, spec.selector, template, 'deployment', report);
    checkRunningTemplate(specPath.child('template'), template, 'ReplicaSet', report);
    checkUnchanged(specPath, spec, oldSpecOf(context.old), ['selector'], report);
  },
});

/** Keeps a number of equal pods running. */
export type ReplicaSet = ObjectOf<typeof replicaSet>;
