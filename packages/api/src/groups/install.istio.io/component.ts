/** Parts of an installation of the mesh. */
import {
  any,
  anyObject,
  boolean,
  type Infer,
  integer,
  list,
  map,
  object,
  required,
  type Schema,
  string,
} from '../../schema/index.ts';

function asPods(what: string): Schema<Record<string, unknown>> {
  return anyObject(`${what}, as Kubernetes writes it.`);
}

function asPodLists(what: string): Schema<Record<string, unknown>[]> {
  return list(`${what}, as Kubernetes writes them.`, anyObject('An entry.'));
}

const overlay = object('Changes of an object that the installation makes.', {
  apiVersion: string('Version of the object.'),
  kind: string('Kind of the object.'),
  name: string('Name of the object.'),
  patches: list(
    'The changes.',
    object('A change.', {
      path: string('Place in the object, such as spec.template.spec.containers.[name:discovery].args.'),
      value: any('What is put there; the place is removed when absent.'),
    }),
  ),
});

const kubernetes = object('Settings of the Kubernetes objects of the component.', {
  affinity: asPods('Affinity of the pods'),
  env: asPodLists('Environment variables'),
  hpaSpec: asPods('Autoscaling'),
  imagePullPolicy: string('When images are fetched again.'),
  nodeSelector: map('Labels of the nodes that pods may run on.', string('Value of the label.')),
  podDisruptionBudget: asPods('Disruption budget'),
  podAnnotations: map('Annotations of the pods.', string('Value of the annotation.')),
  priorityClassName: string('Priority class of the pods.'),
  readinessProbe: asPods('Readiness probe'),
  replicaCount: integer('Number of pods.', { minimum: 0 }),
  resources: asPods('Resources of the containers'),
  service: asPods('Service'),
  strategy: asPods('Update strategy of the Deployment'),
  tolerations: asPodLists('Taints that pods tolerate'),
  serviceAnnotations: map('Annotations of the Service.', string('Value of the annotation.')),
  securityContext: asPods('Security context of the pods'),
  volumes: asPodLists('Volumes'),
  volumeMounts: asPodLists('Mounts of volumes'),
  overlays: list('Changes of objects after they are made.', overlay),
});

const componentFields = {
  enabled: boolean('Whether the component is installed.', { nullable: true }),
  namespace: string('Namespace of the component.'),
  hub: string('Registry and path of its images.'),
  tag: any('Tag of its images.'),
  k8s: kubernetes,
} as const;

const component = object('A component.', { ...componentFields, spec: anyObject('Further settings of the component.') });

const gatewayComponent = object('A gateway.', {
  ...componentFields,
  name: required(string('Name of the gateway.')),
  label: map('Labels of the gateway.', string('Value of the label.')),
});

/** A gateway of an installation. */
export type GatewayComponent = Infer<typeof gatewayComponent>;

const gateways = (description: string) =>
  list(description, gatewayComponent, {
    listType: 'map',
    mapKeys: ['name'],
    patch: { strategy: 'merge', mergeKey: 'name' },
  });

/** The components of an installation. */
export const components = object('Components of the installation.', {
  base: object('Kinds and roles that all else needs.', { enabled: componentFields.enabled, k8s: kubernetes }),
  pilot: component,
  cni: component,
  ztunnel: component,
  istiodRemote: component,
  ingressGateways: gateways('Gateways for incoming traffic.'),
  egressGateways: gateways('Gateways for outgoing traffic.'),
});
