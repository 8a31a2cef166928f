/** The fields of nodes. */
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
} from '../../schema/index.ts';
import { stringList, timestamp } from '../meta/index.ts';
import { resourceList } from './resources.ts';

const CORE = 'io.k8s.api.core.v1';

const configSource = object(
  'Where the node took its configuration from; no longer used.',
  {
    configMap: object(
      'A ConfigMap with the configuration.',
      {
        namespace: required(string('Namespace of the ConfigMap.')),
        name: required(string('Name of the ConfigMap.')),
        uid: string('Identity of the ConfigMap.'),
        resourceVersion: string('Version of the ConfigMap.'),
        kubeletConfigKey: required(string('Key of the configuration.')),
      },
      { name: `${CORE}.ConfigMapNodeConfigSource` },
    ),
  },
  { name: `${CORE}.NodeConfigSource` },
);

const taint = object(
  'Keeps pods away that do not tolerate it.',
  {
    key: required(string('Key of the taint.')),
    value: string('Value of the taint.'),
    effect: required(enumeration('What happens to such pods.', ['NoExecute', 'NoSchedule', 'PreferNoSchedule'])),
    timeAdded: timestamp('When the taint was added.'),
  },
  { name: `${CORE}.Taint` },
);

/** How the node takes part. */
export const nodeSpec = object(
  'How the node takes part in the cluster.',
  {
    podCIDR: string('Block of addresses for pods of the node.'),
    podCIDRs: list('Blocks of addresses for pods, one per IP family.', string('A CIDR block.'), {
      listType: 'set',
      patch: { strategy: 'merge' },
    }),
    providerID: string('Identity at the cloud provider.'),
    unschedulable: boolean('No new pods are placed on the node.'),
    taints: list('Taints of the node.', taint, { listType: 'atomic' }),
    configSource,
    externalID: string('No longer used.'),
  },
  { name: `${CORE}.NodeSpec` },
);

const nodeCondition = object(
  'One aspect of the state of the node.',
  {
    type: required(string('What the condition is about: Ready, MemoryPressure, DiskPressure …')),
    status: required(string('True, False or Unknown.')),
    lastHeartbeatTime: timestamp('When the node last said so.'),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${CORE}.NodeCondition` },
);

const systemInfo = object(
  'Software and identity of the node.',
  {
    machineID: required(string('Identity of the machine.')),
    systemUUID: required(string('Identity of the hardware.')),
    bootID: required(string('Identity of this boot.')),
    kernelVersion: required(string('Version of the kernel.')),
    osImage: required(string('Operating system, as it calls itself.')),
    containerRuntimeVersion: required(string('Container runtime and its version.')),
    kubeletVersion: required(string('Version of the node agent.')),
    kubeProxyVersion: required(string('No longer used.')),
    operatingSystem: required(string('Operating system.')),
    architecture: required(string('Architecture of the processor.')),
    swap: object(
      'Swap space.',
      { capacity: integer('Its size in bytes.', { format: 'int64' }) },
      { name: `${CORE}.NodeSwapStatus` },
    ),
  },
  { name: `${CORE}.NodeSystemInfo` },
);

const runtimeHandler = object(
  'A way in which the runtime can run pods.',
  {
    name: string('Name of the handler; empty for the default one.'),
    features: object(
      'What it can do.',
      {
        recursiveReadOnlyMounts: boolean('Mounts below a read-only mount can be read-only.'),
        userNamespaces: boolean('Pods can have user ids of their own.'),
      },
      { name: `${CORE}.NodeRuntimeHandlerFeatures` },
    ),
  },
  { name: `${CORE}.NodeRuntimeHandler` },
);

/** How the node is doing. */
export const nodeStatus = object(
  'How the node is doing.',
  {
    capacity: resourceList('What the node has.'),
    allocatable: resourceList('What pods may use.'),
    phase: enumeration('No longer used.', ['Pending', 'Running', 'Terminated']),
    conditions: list('Aspects of the state.', nodeCondition, {
      listType: 'map',
      mapKeys: ['type'],
      patch: { strategy: 'merge', mergeKey: 'type' },
    }),
    addresses: list(
      'Addresses of the node.',
      object(
        'An address.',
        {
          type: required(string('Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.')),
          address: required(string('The address.')),
        },
        { name: `${CORE}.NodeAddress` },
      ),
      { listType: 'map', mapKeys: ['type'], patch: { strategy: 'merge', mergeKey: 'type' }, uniqueItems: false },
    ),
    daemonEndpoints: object(
      'Ports of the node agent.',
      {
        kubeletEndpoint: object(
          'The agent.',
          { Port: required(integer('Its port.')) },
          { name: `${CORE}.DaemonEndpoint` },
        ),
      },
      { name: `${CORE}.NodeDaemonEndpoints` },
    ),
    nodeInfo: systemInfo,
    images: list(
      'Images that the node has.',
      object(
        'An image.',
        { names: stringList('Its names.', 'A name.'), sizeBytes: integer('Its size in bytes.', { format: 'int64' }) },
        { name: `${CORE}.ContainerImage` },
      ),
      { listType: 'atomic' },
    ),
    volumesInUse: stringList('Volumes that are mounted.', 'A volume.'),
    volumesAttached: list(
      'Volumes that are attached.',
      object(
        'A volume.',
        { name: required(string('Its name.')), devicePath: required(string('Path of its device.')) },
        { name: `${CORE}.AttachedVolume` },
      ),
      { listType: 'atomic' },
    ),
    config: object(
      'Configuration of the node; no longer used.',
      {
        assigned: described(configSource, 'What the node should use.'),
        active: described(configSource, 'What the node uses.'),
        lastKnownGood: described(configSource, 'What the node falls back to.'),
        error: string('What is wrong with it.'),
      },
      { name: `${CORE}.NodeConfigStatus` },
    ),
    runtimeHandlers: list('Ways in which the runtime can run pods.', runtimeHandler, { listType: 'atomic' }),
    features: object(
      'What the runtime can do.',
      { supplementalGroupsPolicy: boolean('Pods can choose how groups are made up.') },
      { name: `${CORE}.NodeFeatures` },
    ),
    declaredFeatures: stringList('Features that the node has switched on.', 'A feature.'),
  },
  { name: `${CORE}.NodeStatus` },
);

/** How a node takes part. */
export type NodeSpec = Infer<typeof nodeSpec>;

/** How a node is doing. */
export type NodeStatus = Infer<typeof nodeStatus>;
