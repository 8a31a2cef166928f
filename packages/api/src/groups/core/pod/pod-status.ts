import { enumeration, type Infer, integer, list, object, required, string } from '../../../schema/index.ts';
import { stringList, timestamp } from '../../meta/index.ts';
import { resourceList, resourceRequirements } from '../resources.ts';
import { containerStatus } from './container-status.ts';

const CORE = 'io.k8s.api.core.v1';

const podCondition = object(
  'One aspect of the state of the pod.',
  {
    type: required(string('What the condition is about: PodScheduled, Initialized, ContainersReady, Ready …')),
    status: required(string('True, False or Unknown.')),
    observedGeneration: integer('Generation that the condition was made for.', { format: 'int64' }),
    lastProbeTime: { ...timestamp('When it was last looked at.'), nullable: true },
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${CORE}.PodCondition` },
);

const extendedResourceClaimStatus = object(
  'Claim that was made for extended resources.',
  {
    requestMappings: required(
      list(
        'Which request serves which container.',
        object(
          'A request of a container.',
          {
            containerName: required(string('Container.')),
            resourceName: required(string('Resource.')),
            requestName: required(string('Request in the claim.')),
          },
          { name: `${CORE}.ContainerExtendedResourceRequest` },
        ),
        { listType: 'atomic' },
      ),
    ),
    resourceClaimName: required(string('Name of the claim.')),
  },
  { name: `${CORE}.PodExtendedResourceClaimStatus` },
);

const statuses = (description: string) => list(description, containerStatus, { listType: 'atomic' });

/** How a pod is doing. */
export const podStatus = object(
  'How the pod is doing.',
  {
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    phase: enumeration('Where the pod is in its life.', ['Failed', 'Pending', 'Running', 'Succeeded', 'Unknown']),
    conditions: list('Aspects of the state.', podCondition, {
      listType: 'map',
      mapKeys: ['type'],
      patch: { strategy: 'merge', mergeKey: 'type' },
    }),
    message: string('Why the pod is in this state, in a sentence.'),
    reason: string('Why the pod is in this state, as one CamelCase word.'),
    nominatedNodeName: string('Node on which room is being made for the pod.'),
    hostIP: string('Address of the node.'),
    hostIPs: list(
      'Addresses of the node.',
      object('An address.', { ip: required(string('The address.')) }, { name: `${CORE}.HostIP` }),
      { listType: 'atomic', patch: { strategy: 'merge', mergeKey: 'ip' } },
    ),
    podIP: string('Address of the pod.'),
    podIPs: list(
      'Addresses of the pod, one per IP family.',
      object('An address.', { ip: required(string('The address.')) }, { name: `${CORE}.PodIP` }),
      { listType: 'map', mapKeys: ['ip'], patch: { strategy: 'merge', mergeKey: 'ip' } },
    ),
    startTime: timestamp('When the node took the pod over.'),
    initContainerStatuses: statuses('State of the init containers.'),
    containerStatuses: statuses('State of the containers.'),
    ephemeralContainerStatuses: statuses('State of the ephemeral containers.'),
    qosClass: enumeration('How the pod is treated when memory is short.', ['BestEffort', 'Burstable', 'Guaranteed']),
    resize: string('How far a change of amounts has come.'),
    resourceClaimStatuses: list(
      'Claims that were made for the pod.',
      object(
        'A claim.',
        { name: required(string('Name of the claim in the pod.')), resourceClaimName: string('Name of the claim.') },
        { name: `${CORE}.PodResourceClaimStatus` },
      ),
      { listType: 'map', mapKeys: ['name'], patch: { strategy: 'merge,retainKeys', mergeKey: 'name' } },
    ),
    extendedResourceClaimStatus,
    allocatedResources: resourceList('What is set aside for the pod.'),
    resources: resourceRequirements,
    nodeAllocatableResourceClaimStatuses: list(
      'Resources of the node that claims use.',
      object(
        'Resources of one claim.',
        {
          resourceClaimName: required(string('Name of the claim.')),
          containers: stringList('Containers that use the claim.', 'A container.'),
          resources: required(resourceList('The amounts.')),
        },
        { name: `${CORE}.NodeAllocatableResourceClaimStatus` },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: `${CORE}.PodStatus` },
);

/** How a pod is doing. */
export type PodStatus = Infer<typeof podStatus>;
