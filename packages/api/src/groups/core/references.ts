import { type Infer, object, required, type Schema, string } from '../../schema/index.ts';

const localReference = object(
  'An object in the same namespace.',
  { name: string('Name of the object.') },
  { name: 'io.k8s.api.core.v1.LocalObjectReference', mapType: 'atomic' },
);

/** The static type of a reference within a namespace. */
export type LocalObjectReference = Infer<typeof localReference>;

/** A reference to an object in the same namespace. */
export function localObjectReference(description: string): Schema<LocalObjectReference> {
  return { ...localReference, description };
}

const anyReference = object(
  'An object anywhere.',
  {
    kind: string('Kind of the object.'),
    namespace: string('Namespace of the object.'),
    name: string('Name of the object.'),
    uid: string('Identity of the object.'),
    apiVersion: string('Version of the API that the object is named in.'),
    resourceVersion: string('Version of the object that the reference was made to.'),
    fieldPath: string('Part of the object that is meant, such as spec.containers{web}.'),
  },
  { name: 'io.k8s.api.core.v1.ObjectReference', mapType: 'atomic' },
);

/** The static type of a reference to any object. */
export type ObjectReference = Infer<typeof anyReference>;

/** A reference to an object of any kind. */
export function objectReference(description: string): Schema<ObjectReference> {
  return { ...anyReference, description };
}

/** A reference to an object of any kind in the same namespace. */
export function typedLocalObjectReference(description: string): Schema<TypedLocalObjectReference> {
  return { ...typedReference, description };
}

const typedReference = object(
  'An object of a named kind in the same namespace.',
  {
    apiGroup: string('API group of the object; empty for the core group.'),
    kind: required(string('Kind of the object.')),
    name: required(string('Name of the object.')),
  },
  { name: 'io.k8s.api.core.v1.TypedLocalObjectReference', mapType: 'atomic' },
);

/** The static type of a typed reference within a namespace. */
export type TypedLocalObjectReference = Infer<typeof typedReference>;
