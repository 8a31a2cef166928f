/** Environment variables of containers. */
import { boolean, type Infer, object, required, string } from '../../../schema/index.ts';
import { quantity } from '../../../validation/quantity.ts';

/** A field of the pod itself. */
export const objectFieldSelector = object(
  'A field of the pod.',
  {
    apiVersion: string('Version in which the path is written.', { default: 'v1' }),
    fieldPath: required(string("Path of the field, such as metadata.name or metadata.labels['app'].")),
  },
  { name: 'io.k8s.api.core.v1.ObjectFieldSelector', mapType: 'atomic' },
);

/** A resource amount of a container. */
export const resourceFieldSelector = object(
  'A resource amount of a container.',
  {
    containerName: string('Container that is meant; needed in volumes, the container itself in variables.'),
    resource: required(string('The amount, such as limits.cpu.')),
    divisor: { ...quantity('Unit in which the amount is given.'), default: '0' },
  },
  { name: 'io.k8s.api.core.v1.ResourceFieldSelector', mapType: 'atomic' },
);

const configMapKeySelector = object(
  'A value of a ConfigMap.',
  {
    name: string('Name of the ConfigMap.'),
    key: required(string('Key of the value.')),
    optional: boolean('The container starts even when the value does not exist.'),
  },
  { name: 'io.k8s.api.core.v1.ConfigMapKeySelector', mapType: 'atomic' },
);

const secretKeySelector = object(
  'A value of a Secret.',
  {
    name: string('Name of the Secret.'),
    key: required(string('Key of the value.')),
    optional: boolean('The container starts even when the value does not exist.'),
  },
  { name: 'io.k8s.api.core.v1.SecretKeySelector', mapType: 'atomic' },
);

const fileKeySelector = object(
  'A variable of an env file in a volume.',
  {
    volumeName: required(string('Volume that holds the file.')),
    path: required(string('Path of the file in the volume.')),
    key: required(string('Variable in the file.')),
    optional: boolean('The container starts even when the variable does not exist.', { default: false }),
  },
  { name: 'io.k8s.api.core.v1.FileKeySelector', mapType: 'atomic' },
);

const envVarSource = object(
  'Where the value comes from.',
  {
    fieldRef: objectFieldSelector,
    resourceFieldRef: resourceFieldSelector,
    configMapKeyRef: configMapKeySelector,
    secretKeyRef: secretKeySelector,
    fileKeyRef: fileKeySelector,
  },
  { name: 'io.k8s.api.core.v1.EnvVarSource' },
);

/** One environment variable. */
export const envVar = object(
  'An environment variable.',
  {
    name: required(string('Name of the variable.')),
    value: string('Value; $(NAME) stands for an earlier variable, $$ for a dollar sign.'),
    valueFrom: envVarSource,
  },
  { name: 'io.k8s.api.core.v1.EnvVar' },
);

/** Many environment variables at once. */
export const envFromSource = object(
  'All values of a ConfigMap or Secret as variables.',
  {
    prefix: string('Put before every name.'),
    configMapRef: object(
      'ConfigMap whose values become variables.',
      { name: string('Name of the ConfigMap.'), optional: boolean('The ConfigMap need not exist.') },
      { name: 'io.k8s.api.core.v1.ConfigMapEnvSource' },
    ),
    secretRef: object(
      'Secret whose values become variables.',
      { name: string('Name of the Secret.'), optional: boolean('The Secret need not exist.') },
      { name: 'io.k8s.api.core.v1.SecretEnvSource' },
    ),
  },
  { name: 'io.k8s.api.core.v1.EnvFromSource' },
);

/** One environment variable. */
export type EnvVar = Infer<typeof envVar>;

/** Many environment variables at once. */
export type EnvFromSource = Infer<typeof envFromSource>;

/** A field of the pod itself. */
export type ObjectFieldSelector = Infer<typeof objectFieldSelector>;

/** A resource amount of a container. */
export type ResourceFieldSelector = Infer<typeof resourceFieldSelector>;
