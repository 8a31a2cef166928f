import {
  boolean,
  described,
  enumeration,
  type Infer,
  integer,
  list,
  object,
  required,
  string,
} from '../../../schema/index.ts';
import { alwaysPresent, timestamp } from '../../meta/index.ts';
import { resourceList, resourceRequirements } from '../resources.ts';
import { SIGNALS } from './probe.ts';

const CORE = 'io.k8s.api.core.v1';

const containerState = object(
  'What the container is doing.',
  {
    waiting: object(
      'It has not started.',
      { reason: string('Why, as one CamelCase word.'), message: string('Why, in a sentence.') },
      { name: `${CORE}.ContainerStateWaiting` },
    ),
    running: object('It runs.', { startedAt: timestamp('Since when.') }, { name: `${CORE}.ContainerStateRunning` }),
    terminated: object(
      'It has ended.',
      {
        exitCode: required(integer('Exit code.')),
        signal: integer('Signal that ended it.'),
        reason: string('Why, as one CamelCase word.'),
        message: string('Its last message.'),
        startedAt: timestamp('When it started.'),
        finishedAt: timestamp('When it ended.'),
        containerID: string('Identity at the runtime.'),
      },
      { name: `${CORE}.ContainerStateTerminated` },
    ),
  },
  { name: `${CORE}.ContainerState` },
);

const resourceStatus = object(
  'Health of resources that the container uses.',
  {
    name: required(string('Name of the resource.')),
    resources: list(
      'Health of each unit.',
      object(
        'Health of one unit.',
        {
          resourceID: required(string('Identity of the unit.')),
          health: string('Healthy, Unhealthy or Unknown.'),
          message: string('More about it.'),
        },
        { name: `${CORE}.ResourceHealth` },
      ),
      { listType: 'map', mapKeys: ['resourceID'] },
    ),
  },
  { name: `${CORE}.ResourceStatus` },
);

const volumeMountStatus = object(
  'How a volume is mounted.',
  {
    name: required(string('Volume of the pod.')),
    mountPath: required(string('Path in the container.')),
    readOnly: boolean('It cannot be written.'),
    recursiveReadOnly: string('Whether mounts below are read-only too.'),
    volumeStatus: object(
      'State of the volume.',
      {
        image: object(
          'State of an image volume.',
          { imageRef: required(string('Digest of the image.')) },
          {
            name: `${CORE}.ImageVolumeStatus`,
          },
        ),
      },
      { name: `${CORE}.VolumeStatus` },
    ),
  },
  { name: `${CORE}.VolumeMountStatus` },
);

const containerUser = object(
  'User that the first process runs as.',
  {
    linux: object(
      'User on Linux.',
      {
        uid: required(integer('User id.', { format: 'int64' })),
        gid: required(integer('Group id.', { format: 'int64' })),
        supplementalGroups: list('Further group ids.', integer('A group id.', { format: 'int64' }), {
          listType: 'atomic',
        }),
      },
      { name: `${CORE}.LinuxContainerUser` },
    ),
  },
  { name: `${CORE}.ContainerUser` },
);

/** State of one container. */
export const containerStatus = object(
  'State of a container.',
  {
    name: required(string('Name of the container.')),
    state: alwaysPresent(containerState),
    lastState: alwaysPresent(
      described(containerState, 'What the container was doing before it was last started again.'),
    ),
    ready: required(boolean('It passes its readiness check.')),
    restartCount: required(integer('How often it was started again.')),
    image: required(string('Image that it runs.')),
    imageID: required(string('Identity of the image.')),
    containerID: string('Identity at the runtime.'),
    started: boolean('It passed its startup check.'),
    allocatedResources: resourceList('What is set aside for it.'),
    resources: resourceRequirements,
    volumeMounts: list('How volumes are mounted.', volumeMountStatus, {
      listType: 'map',
      mapKeys: ['mountPath'],
      patch: { strategy: 'merge', mergeKey: 'mountPath' },
    }),
    user: containerUser,
    allocatedResourcesStatus: list('Health of its resources.', resourceStatus, {
      listType: 'map',
      mapKeys: ['name'],
      patch: { strategy: 'merge', mergeKey: 'name' },
    }),
    stopSignal: enumeration('Signal that asks it to end.', SIGNALS),
  },
  { name: `${CORE}.ContainerStatus` },
);

/** State of one container. */
export type ContainerStatus = Infer<typeof containerStatus>;
