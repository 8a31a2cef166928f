/** Fields of claims, as objects of their own and inside stateful sets. */
import { enumeration, type Infer, list, map, object, required, string } from '../../schema/index.ts';
import { alwaysPresent, timestamp } from '../meta/index.ts';
import { accessMode, persistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { resourceList } from './resources.ts';

const CORE = 'io.k8s.api.core.v1';

const condition = object(
  'One aspect of the state of the claim.',
  {
    type: required(string('What the condition is about.')),
    status: required(string('True, False or Unknown.')),
    lastProbeTime: timestamp('When it was last looked at.'),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${CORE}.PersistentVolumeClaimCondition` },
);

const resizeState = enumeration('How far it has come.', [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]);

const persistentVolumeClaimStatus = object(
  'Whether the claim has its volume.',
  {
    phase: enumeration('Where the claim is in its life.', ['Bound', 'Lost', 'Pending']),
    accessModes: list('Ways in which the volume can be mounted.', accessMode, { listType: 'atomic' }),
    capacity: resourceList('Size of the volume.'),
    conditions: list('Aspects of the state.', condition, {
      listType: 'map',
      mapKeys: ['type'],
      patch: { strategy: 'merge', mergeKey: 'type' },
    }),
    allocatedResources: resourceList('Size that is being provided.'),
    allocatedResourceStatuses: map('How far a change of size has come.', resizeState, { mapType: 'granular' }),
    currentVolumeAttributesClassName: string('Class of attributes that the volume has.'),
    modifyVolumeStatus: object(
      'How far a change of attributes has come.',
      {
        targetVolumeAttributesClassName: string('Class that is being applied.'),
        status: required(enumeration('How far it has come.', ['InProgress', 'Infeasible', 'Pending'])),
      },
      { name: `${CORE}.ModifyVolumeStatus` },
    ),
  },
  { name: `${CORE}.PersistentVolumeClaimStatus` },
);

/** Top-level fields of claims. */
export const persistentVolumeClaimFields = {
  spec: alwaysPresent(persistentVolumeClaimSpec),
  status: alwaysPresent(persistentVolumeClaimStatus),
};

/** Whether a claim has its volume. */
export type PersistentVolumeClaimStatus = Infer<typeof persistentVolumeClaimStatus>;
