/** A deployment, cut down to one field of each way in which Kubernetes merges, for the tests of this folder. */
import { boolean, integer, intOrString, list, map, object, objectMeta, required, type Schema, string } from '@weft/api';

const port = object('A port.', {
  containerPort: required(integer('Number.')),
  protocol: string('Protocol.', { default: 'TCP' }),
  name: string('Name.'),
  hostPort: integer('Host port.'),
});

const variable = object('A variable.', { name: required(string('Name.')), value: string('Value.') });

const mount = object('A mount.', {
  name: required(string('Volume.')),
  mountPath: required(string('Path.')),
  readOnly: boolean('Read only.'),
});

const container = object('A container.', {
  name: required(string('Name.')),
  image: string('Image.'),
  command: list('Command.', string('Part.'), { listType: 'atomic' }),
  args: list('Arguments.', string('Part.'), { listType: 'atomic' }),
  ports: list('Ports.', port, {
    listType: 'map',
    mapKeys: ['containerPort', 'protocol'],
    patch: { strategy: 'merge', mergeKey: 'containerPort' },
  }),
  env: list('Environment.', variable, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge', mergeKey: 'name' },
  }),
  volumeMounts: list('Mounts.', mount, {
    listType: 'map',
    mapKeys: ['mountPath'],
    patch: { strategy: 'merge', mergeKey: 'mountPath' },
  }),
  resources: object('Resources.', { limits: map('Limits.', intOrString('Amount.')) }),
});

const volume = object('A volume.', {
  name: required(string('Name.')),
  emptyDir: object('Empty.', { medium: string('Medium.') }),
  configMap: object('Config.', { name: string('Name.') }),
});

const podSpec = object('A pod.', {
  containers: list('Containers.', container, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge', mergeKey: 'name' },
  }),
  volumes: list('Volumes.', volume, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge,retainKeys', mergeKey: 'name' },
  }),
  nodeSelector: map('Node labels.', string('Value.'), { mapType: 'atomic' }),
  tolerations: list('Tolerations.', object('A toleration.', { key: string('Key.'), operator: string('Operator.') }), {
    listType: 'atomic',
  }),
  serviceAccountName: string('Account.'),
  hostNetwork: boolean('Host network.'),
});

/** Deployment `apps/v1` in small. */
export const workloadSchema: Schema = object('A workload.', {
  apiVersion: string('Version.'),
  kind: string('Kind.'),
  metadata: objectMeta,
  spec: object('Wanted.', {
    replicas: integer('Pods.'),
    selector: object('Selector.', { matchLabels: map('Labels.', string('Value.')) }, { mapType: 'atomic' }),
    strategy: object(
      'Strategy.',
      {
        type: string('Type.'),
        rollingUpdate: object('Rolling.', {
          maxSurge: intOrString('Surge.'),
          maxUnavailable: intOrString('Unavailable.'),
        }),
      },
      { patch: { strategy: 'retainKeys' } },
    ),
    template: object('Template.', { metadata: objectMeta, spec: podSpec }),
  }),
  status: object('Seen.', {
    replicas: integer('Pods.'),
    conditions: list(
      'Conditions.',
      object('A condition.', { type: required(string('Type.')), status: string('Status.') }),
      { listType: 'map', mapKeys: ['type'], patch: { strategy: 'merge', mergeKey: 'type' } },
    ),
  }),
});
