/** With which rights processes run. */
import { boolean, enumeration, type Infer, integer, list, object, required, string } from '../../../schema/index.ts';
import { stringList } from '../../meta/index.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'] as const;

const seLinuxOptions = object(
  'SELinux label of the processes.',
  {
    user: string('SELinux user.'),
    role: string('SELinux role.'),
    type: string('SELinux type.'),
    level: string('SELinux level.'),
  },
  { name: 'io.k8s.api.core.v1.SELinuxOptions' },
);

const seccompProfile = object(
  'Which system calls are allowed.',
  {
    type: required(enumeration('Which profile applies.', PROFILE_TYPES)),
    localhostProfile: string('Path of a profile on the node, for type Localhost.'),
  },
  { name: 'io.k8s.api.core.v1.SeccompProfile' },
);

const appArmorProfile = object(
  'Which AppArmor profile confines the processes.',
  {
    type: required(enumeration('Which profile applies.', PROFILE_TYPES)),
    localhostProfile: string('Name of a profile loaded on the node, for type Localhost.'),
  },
  { name: 'io.k8s.api.core.v1.AppArmorProfile' },
);

const windowsOptions = object(
  'Rights on Windows.',
  {
    gmsaCredentialSpecName: string('Name of the managed service account credential.'),
    gmsaCredentialSpec: string('The managed service account credential itself.'),
    runAsUserName: string('Windows user that processes run as.'),
    hostProcess: boolean('The container runs directly on the host; all containers of a pod or none.'),
  },
  { name: 'io.k8s.api.core.v1.WindowsSecurityContextOptions' },
);

/** Rights that all containers of a pod share. */
export const podSecurityContext = object(
  'Rights of all containers, unless they say otherwise.',
  {
    seLinuxOptions,
    windowsOptions,
    runAsUser: integer('User id of the processes.', { format: 'int64' }),
    runAsGroup: integer('Group id of the processes.', { format: 'int64' }),
    runAsNonRoot: boolean('Containers that would run as root do not start.'),
    supplementalGroups: list('Further group ids of the processes.', integer('A group id.', { format: 'int64' }), {
      listType: 'atomic',
    }),
    supplementalGroupsPolicy: enumeration('Whether groups from the image count too.', ['Merge', 'Strict']),
    fsGroup: integer('Group that owns the files of volumes.', { format: 'int64' }),
    sysctls: list(
      'Kernel parameters of the pod.',
      object(
        'A kernel parameter.',
        {
          name: required(string('Name of the parameter.')),
          value: required(string('Value of the parameter.', { default: '' })),
        },
        { name: 'io.k8s.api.core.v1.Sysctl' },
      ),
      { listType: 'atomic' },
    ),
    fsGroupChangePolicy: enumeration('When the owner of files in volumes is changed.', ['Always', 'OnRootMismatch']),
    seccompProfile,
    appArmorProfile,
    seLinuxChangePolicy: string('How SELinux labels reach volumes: MountOption or Recursive.'),
  },
  { name: 'io.k8s.api.core.v1.PodSecurityContext' },
);

/** Rights of one container. */
export const securityContext = object(
  'Rights of the container; they win over those of the pod.',
  {
    capabilities: object(
      'Linux capabilities.',
      {
        add: stringList('Capabilities that are added.', 'A capability.'),
        drop: stringList('Capabilities that are taken away.', 'A capability.'),
      },
      { name: 'io.k8s.api.core.v1.Capabilities' },
    ),
    privileged: boolean('The container has nearly all rights of the node.'),
    seLinuxOptions,
    windowsOptions,
    runAsUser: integer('User id of the processes.', { format: 'int64' }),
    runAsGroup: integer('Group id of the processes.', { format: 'int64' }),
    runAsNonRoot: boolean('The container does not start if it would run as root.'),
    readOnlyRootFilesystem: boolean('The root file system cannot be written.'),
    allowPrivilegeEscalation: boolean('A process may gain more rights than its parent.'),
    procMount: enumeration('Which parts of /proc are hidden.', ['Default', 'Unmasked']),
    seccompProfile,
    appArmorProfile,
  },
  { name: 'io.k8s.api.core.v1.SecurityContext' },
);

/** Rights that all containers of a pod share. */
export type PodSecurityContext = Infer<typeof podSecurityContext>;

/** Rights of one container. */
export type SecurityContext = Infer<typeof securityContext>;
