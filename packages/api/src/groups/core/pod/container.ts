/** The fields of containers. */
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
import { alwaysPresent, stringList } from '../../meta/index.ts';
import { resourceRequirements } from '../resources.ts';
import { envFromSource, envVar } from './env.ts';
import { lifecycle, probe } from './probe.ts';
import { securityContext } from './security-context.ts';

const containerPort = object(
  'A port on which the container listens.',
  {
    name: string('Name of the port, by which services refer to it.'),
    containerPort: required(integer('Port number in the pod.')),
    hostPort: integer('Port of the node that leads here.'),
    hostIP: string('Address of the node that the host port is bound to.'),
    protocol: enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'], { default: 'TCP' }),
  },
  { name: 'io.k8s.api.core.v1.ContainerPort' },
);

const volumeMount = object(
  'Where a volume appears in the container.',
  {
    name: required(string('Volume of the pod.')),
    mountPath: required(string('Path in the container.')),
    readOnly: boolean('The volume cannot be written here.'),
    recursiveReadOnly: string('Whether mounts below are read-only too: Disabled, IfPossible or Enabled.'),
    subPath: string('Path in the volume that is mounted instead of its root.'),
    subPathExpr: string('The same, with $(NAME) standing for variables of the container.'),
    mountPropagation: enumeration('Whether later mounts cross between node and container.', [
      'Bidirectional',
      'HostToContainer',
      'None',
    ]),
  },
  { name: 'io.k8s.api.core.v1.VolumeMount' },
);

const volumeDevice = object(
  'Where a raw device appears in the container.',
  { name: required(string('Volume of the pod.')), devicePath: required(string('Path in the container.')) },
  { name: 'io.k8s.api.core.v1.VolumeDevice' },
);

const resizePolicy = object(
  'What a change of an amount means for the running container.',
  {
    resourceName: required(string('Resource: cpu or memory.')),
    restartPolicy: required(string('NotRequired or RestartContainer.')),
  },
  { name: 'io.k8s.api.core.v1.ContainerResizePolicy' },
);

const restartRule = object(
  'When a container that ended is started again.',
  {
    action: required(string('What happens: Restart or RestartAllContainers.')),
    exitCodes: object(
      'Exit codes that the rule is for.',
      {
        operator: required(string('In or NotIn.')),
        values: list('The codes.', integer('A code.'), { listType: 'set' }),
      },
      { name: 'io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes' },
    ),
  },
  { name: 'io.k8s.api.core.v1.ContainerRestartRule' },
);

const containerFields = {
  name: required(string('Name of the container, unique in the pod.')),
  image: string('Image that the container is made of.'),
  command: stringList('Program to run; that of the image when absent.', 'An argument.'),
  args: stringList('Arguments of the program; those of the image when absent.', 'An argument.'),
  workingDir: string('Directory in which the program starts.'),
  ports: list('Ports on which the container listens; for information only.', containerPort, {
    listType: 'map',
    mapKeys: ['containerPort', 'protocol'],
    patch: { strategy: 'merge', mergeKey: 'containerPort' },
    uniqueItems: false,
  }),
  envFrom: list('ConfigMaps and Secrets whose values become variables.', envFromSource, { listType: 'atomic' }),
  env: list('Environment variables.', envVar, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge', mergeKey: 'name' },
    uniqueItems: false,
  }),
  resources: alwaysPresent(resourceRequirements),
  resizePolicy: list('What changes of amounts mean for the running container.', resizePolicy, { listType: 'atomic' }),
  restartPolicy: string('Always for an init container that keeps running beside the others.'),
  restartPolicyRules: list('Rules that override the restart policy.', restartRule, { listType: 'atomic' }),
  volumeMounts: list('Volumes that appear in the container.', volumeMount, {
    listType: 'map',
    mapKeys: ['mountPath'],
    patch: { strategy: 'merge', mergeKey: 'mountPath' },
    uniqueItems: false,
  }),
  volumeDevices: list('Raw devices that appear in the container.', volumeDevice, {
    listType: 'map',
    mapKeys: ['devicePath'],
    patch: { strategy: 'merge', mergeKey: 'devicePath' },
    uniqueItems: false,
  }),
  livenessProbe: described(probe, 'Whether the container works; it is started again when the check fails.'),
  readinessProbe: described(probe, 'Whether the container takes traffic; services leave it out while the check fails.'),
  startupProbe: described(probe, 'Whether the container has started; the other checks wait for this one.'),
  lifecycle,
  terminationMessagePath: string('File from which the last message is read.', { default: '/dev/termination-log' }),
  terminationMessagePolicy: enumeration('Where the last message comes from.', ['FallbackToLogsOnError', 'File'], {
    default: 'File',
  }),
  imagePullPolicy: enumeration('When the image is fetched.', ['Always', 'IfNotPresent', 'Never']),
  securityContext,
  stdin: boolean('Standard input stays open.'),
  stdinOnce: boolean('Standard input closes when the first client detaches.'),
  tty: boolean('Standard streams are a terminal.'),
};

/** A program that runs in a pod. */
export const container = object('A program that runs in the pod.', containerFields, {
  name: 'io.k8s.api.core.v1.Container',
});

/** A program that is added to a running pod, to look into it. */
export const ephemeralContainer = object(
  'A program that is added to the running pod, to look into it.',
  { ...containerFields, targetContainerName: string('Container whose processes are visible.') },
  { name: 'io.k8s.api.core.v1.EphemeralContainer' },
);

/** A program that runs in a pod. */
export type Container = Infer<typeof container>;

/** A program that is added to a running pod. */
export type EphemeralContainer = Infer<typeof ephemeralContainer>;
