/** The fields of pods. */
import {
  boolean,
  enumeration,
  type Infer,
  integer,
  list,
  map,
  object,
  required,
  string,
} from '../../../schema/index.ts';
import { filledIn, stringList } from '../../meta/index.ts';
import { localObjectReference } from '../references.ts';
import { resourceList, resourceRequirements } from '../resources.ts';
import { container, ephemeralContainer } from './container.ts';
import { affinity, toleration, topologySpreadConstraint } from './scheduling.ts';
import { podSecurityContext } from './security-context.ts';
import { volume } from './volume.ts';

const CORE = 'io.k8s.api.core.v1';

/** A list whose items are known by their name, in patches and in ownership. */
const byName = {
  listType: 'map',
  mapKeys: ['name'],
  patch: { strategy: 'merge', mergeKey: 'name' },
  uniqueItems: false,
} as const;

const byNameAsAWhole = { ...byName, patch: { strategy: 'merge,retainKeys', mergeKey: 'name' } } as const;

const what = {
  volumes: list('Directories that containers can mount.', volume, byNameAsAWhole),
  initContainers: list('Containers that run one after the other before the others start.', container, byName),
  containers: required(list('Containers that run side by side.', container, byName)),
  ephemeralContainers: list('Containers that were added to look into the pod.', ephemeralContainer, byName),
  restartPolicy: enumeration('When containers that ended are started again.', ['Always', 'Never', 'OnFailure'], {
    default: 'Always',
  }),
  terminationGracePeriodSeconds: integer('Seconds that containers get to end.', { format: 'int64', default: 30 }),
  activeDeadlineSeconds: integer('Seconds after which the pod is ended and counts as failed.', { format: 'int64' }),
  imagePullSecrets: list('Secrets with which images are fetched.', localObjectReference('A Secret.'), byName),
  resources: resourceRequirements,
  overhead: resourceList('What the pod needs beside its containers; set from its runtime class.'),
  resourceClaims: list(
    'Resource claims that containers can use.',
    object(
      'A resource claim.',
      {
        name: required(string('Name of the claim in this pod.')),
        resourceClaimName: string('Claim that is used.'),
        resourceClaimTemplateName: string('Template from which a claim is made for the pod.'),
      },
      { name: `${CORE}.PodResourceClaim` },
    ),
    byNameAsAWhole,
  ),
};

const network = {
  dnsPolicy: enumeration('Where names are resolved.', ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], {
    default: 'ClusterFirst',
  }),
  dnsConfig: object(
    'Settings of the resolver, added to those of dnsPolicy.',
    {
      nameservers: stringList('Addresses of name servers.', 'An address.'),
      searches: stringList('Domains that are searched.', 'A domain.'),
      options: list(
        'Options of the resolver.',
        object(
          'An option.',
          { name: string('Name of the option.'), value: string('Value of the option.') },
          { name: `${CORE}.PodDNSConfigOption` },
        ),
        { listType: 'atomic' },
      ),
    },
    { name: `${CORE}.PodDNSConfig` },
  ),
  hostNetwork: boolean('The pod uses the network of the node.'),
  hostPID: boolean('The pod sees the processes of the node.'),
  hostIPC: boolean('The pod shares IPC with the node.'),
  hostUsers: boolean('User ids are those of the node.'),
  shareProcessNamespace: boolean('Containers see the processes of each other.'),
  hostname: string('Host name of the pod; its name when absent.'),
  hostnameOverride: string('Host name that replaces the one made from name and subdomain.'),
  subdomain: string('Middle part of the full host name.'),
  setHostnameAsFQDN: boolean('The host name is the full name.'),
  hostAliases: list(
    'Entries of the hosts file.',
    object(
      'An entry.',
      { ip: required(string('Address.')), hostnames: stringList('Names of the address.', 'A name.') },
      { name: `${CORE}.HostAlias` },
    ),
    { listType: 'map', mapKeys: ['ip'], patch: { strategy: 'merge', mergeKey: 'ip' }, uniqueItems: false },
  ),
  enableServiceLinks: boolean('Services appear as environment variables.'),
};

const identity = {
  serviceAccountName: string('Service account that the pod runs as.'),
  serviceAccount: string('Older name of serviceAccountName.'),
  automountServiceAccountToken: boolean('A token of the service account is mounted.'),
  securityContext: filledIn(podSecurityContext),
  runtimeClassName: string('Runtime class that runs the pod.'),
  os: object(
    'Operating system of the containers.',
    { name: required(string('Name of the operating system: linux or windows.')) },
    { name: `${CORE}.PodOS` },
  ),
};

const placement = {
  nodeName: string('Node that runs the pod; set by the scheduler.'),
  nodeSelector: map('Labels that the node must have.', string('A label value.'), { mapType: 'atomic' }),
  affinity,
  tolerations: list('Taints of nodes that the pod puts up with.', toleration, { listType: 'atomic' }),
  topologySpreadConstraints: list('How evenly pods are spread.', topologySpreadConstraint, {
    listType: 'map',
    mapKeys: ['topologyKey', 'whenUnsatisfiable'],
    patch: { strategy: 'merge', mergeKey: 'topologyKey' },
    uniqueItems: false,
  }),
  schedulerName: string('Scheduler that places the pod.', { default: 'default-scheduler' }),
  schedulingGates: list(
    'Reasons to wait; the pod is placed when there are none.',
    object('A reason to wait.', { name: required(string('Name of the gate.')) }, { name: `${CORE}.PodSchedulingGate` }),
    byName,
  ),
  schedulingGroup: object(
    'Pods that are placed together with this one.',
    { podGroupName: string('Name of the pod group.') },
    { name: `${CORE}.PodSchedulingGroup` },
  ),
  priorityClassName: string('Priority class of the pod.'),
  priority: integer('Priority; set from the class.'),
  preemptionPolicy: enumeration('Whether the pod may displace pods of lower priority.', [
    'Never',
    'PreemptLowerPriority',
  ]),
  readinessGates: list(
    'Conditions of the pod that must be true for it to be ready.',
    object(
      'A condition.',
      { conditionType: required(string('Type of the condition.')) },
      { name: `${CORE}.PodReadinessGate` },
    ),
    { listType: 'atomic' },
  ),
};

/** What runs in a pod, and how. */
export const podSpec = object(
  'What runs in the pod, and how.',
  { ...what, ...network, ...identity, ...placement },
  { name: `${CORE}.PodSpec` },
);

/** What runs in a pod, and how. */
export type PodSpec = Infer<typeof podSpec>;
