/** The ways in which Gateway API objects name other objects. */
import { object, required } from '../../schema/index.ts';
import { groupName, kindName, namespaceName, objectName } from './scalars.ts';

/** An object in the same namespace. */
export const localObjectReference = object('An object in the namespace of the one that names it.', {
  group: required(groupName('API group of the object; empty for the core group.')),
  kind: required(kindName('Kind of the object.')),
  name: required(objectName('Name of the object.')),
});

/** An object, possibly in another namespace, whose kind must be said. */
export const objectReference = object('An object, in another namespace only where a ReferenceGrant allows it.', {
  group: required(groupName('API group of the object; empty for the core group.')),
  kind: required(kindName('Kind of the object, such as ConfigMap.')),
  name: required(objectName('Name of the object.')),
  namespace: namespaceName('Namespace of the object; that of the one naming it when absent.'),
});

/** An object that holds a certificate; a Secret unless said otherwise. */
export const secretObjectReference = object('An object that holds a certificate and its key.', {
  group: groupName('API group of the object; empty for the core group.', { default: '' }),
  kind: kindName('Kind of the object.', { default: 'Secret' }),
  name: required(objectName('Name of the object.')),
  namespace: namespaceName('Namespace of the object; elsewhere only where a ReferenceGrant allows it.'),
});

/** An object in the same namespace that holds settings for a controller. */
export const localParametersReference = object(
  'An object in the same namespace that holds settings for the controller.',
  {
    group: required(groupName('API group of the object; empty for the core group.')),
    kind: required(kindName('Kind of the object.')),
    name: required(objectName('Name of the object.')),
  },
);

/** An object anywhere in the cluster that holds settings for a controller. */
export const parametersReference = object('An object that holds settings for the controller.', {
  group: required(groupName('API group of the object; empty for the core group.')),
  kind: required(kindName('Kind of the object.')),
  name: required(objectName('Name of the object.')),
  namespace: namespaceName('Namespace of the object; absent for a cluster-wide one.'),
});
