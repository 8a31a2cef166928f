/** The fields of stateful sets. */
import { embeddedMeta } from '../../kind/index.ts';
import { enumeration, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { intOrPercent } from '../../validation/int-or-percent.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { persistentVolumeClaimFields } from '../core/persistent-volume-claim-fields.ts';
import { podTemplateSpec } from '../core/pod/pod-template.ts';
import { alwaysPresent, filledIn } from '../meta/index.ts';
import { workloadConditions } from './workload-condition.ts';

const APPS = 'io.k8s.api.apps.v1';

const claimTemplate = object(
  'A claim that every pod gets for itself.',
  {
    apiVersion: string('Version of the claim: v1.', { default: 'v1' }),
    kind: string('Kind of the claim: PersistentVolumeClaim.', { default: 'PersistentVolumeClaim' }),
    metadata: embeddedMeta,
    ...persistentVolumeClaimFields,
  },
  { name: 'io.k8s.api.core.v1.PersistentVolumeClaim' },
);

const updateStrategy = object(
  'How old pods are replaced by new ones.',
  {
    type: enumeration(
      'RollingUpdate: by the controller; OnDelete: when somebody deletes them.',
      ['OnDelete', 'RollingUpdate'],
      {
        default: 'RollingUpdate',
      },
    ),
    rollingUpdate: object(
      'Limits of a rolling update.',
      {
        partition: integer('Pods with a lower number keep the old template.'),
        maxUnavailable: intOrPercent('Pods that may be missing, as a number or share.'),
      },
      { name: `${APPS}.RollingUpdateStatefulSetStrategy` },
    ),
  },
  { name: `${APPS}.StatefulSetUpdateStrategy` },
);

/** Which numbered pods should run. */
export const statefulSetSpec = object(
  'Which numbered pods should run, and how they are replaced.',
  {
    replicas: integer('How many pods should run.', { default: 1 }),
    selector: required(labelSelector('Pods that belong to the set; cannot be changed.')),
    template: required(podTemplateSpec),
    volumeClaimTemplates: list('Claims that every pod gets for itself.', claimTemplate, { listType: 'atomic' }),
    serviceName: string('Headless service that gives the pods their names.', { default: '' }),
    podManagementPolicy: enumeration('Whether pods start and end one after the other.', ['OrderedReady', 'Parallel'], {
      default: 'OrderedReady',
    }),
    updateStrategy: alwaysPresent(updateStrategy),
    revisionHistoryLimit: integer('Old revisions that are kept.', { default: 10 }),
    minReadySeconds: integer('Seconds for which a new pod must be ready to count as available.'),
    persistentVolumeClaimRetentionPolicy: filledIn(
      object(
        'What happens to claims of pods that are gone.',
        {
          whenDeleted: string('When the set is deleted: Delete or Retain.', { default: 'Retain' }),
          whenScaled: string('When there are fewer pods: Delete or Retain.', { default: 'Retain' }),
        },
        { name: `${APPS}.StatefulSetPersistentVolumeClaimRetentionPolicy` },
      ),
    ),
    ordinals: object(
      'Numbers of the pods.',
      { start: integer('Number of the first pod.') },
      { name: `${APPS}.StatefulSetOrdinals` },
    ),
  },
  { name: `${APPS}.StatefulSetSpec` },
);

/** How many numbered pods there are. */
export const statefulSetStatus = object(
  'How far the set is.',
  {
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    replicas: required(integer('Pods that exist.', { default: 0 })),
    readyReplicas: integer('Pods that are ready.'),
    currentReplicas: integer('Pods of the current revision.'),
    updatedReplicas: integer('Pods of the update revision.'),
    availableReplicas: integer('Pods that have been ready for long enough.', { default: 0 }),
    currentRevision: string('Revision from which pods with low numbers are made.'),
    updateRevision: string('Revision that is being rolled out.'),
    collisionCount: integer('Collisions of revision names so far.'),
    conditions: workloadConditions(`${APPS}.StatefulSetCondition`),
  },
  { name: `${APPS}.StatefulSetStatus` },
);

/** Which numbered pods should run. */
export type StatefulSetSpec = Infer<typeof statefulSetSpec>;

/** How many numbered pods there are. */
export type StatefulSetStatus = Infer<typeof statefulSetStatus>;
