/** `metadata` as every object has it. */
import {
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
} from '../schema/index.ts';

const managedFieldsEntry = object(
  'Which fields one manager has set through one way of writing.',
  {
    manager: string('Name of the writer.'),
    operation: string('How the fields were written: Apply or Update.'),
    apiVersion: string('Version of the kind that the field names belong to.'),
    time: string('When this set of fields last changed.', { format: 'date-time' }),
    fieldsType: string('Format of fieldsV1; always FieldsV1.'),
    fieldsV1: anyObject('The owned fields, as a set of path elements.'),
    subresource: string('Subresource through which the fields were written.'),
  },
  { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry' },
);

/** One object that this object depends on. */
export const ownerReference = object(
  'An object that this object depends on; when it is gone, so is this one.',
  {
    apiVersion: required(string('Version of the owner.')),
    kind: required(string('Kind of the owner.')),
    name: required(string('Name of the owner.')),
    uid: required(string('Identity of the owner.')),
    controller: boolean('The owner manages this object; at most one owner does.'),
    blockOwnerDeletion: boolean('A foreground deletion of the owner waits for this object.'),
  },
  { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference', mapType: 'atomic' },
);

/** The metadata of an object. */
export const objectMeta = object(
  'Name, identity and bookkeeping of the object.',
  {
    name: string('Name, unique among objects of the kind in the namespace.'),
    generateName: string('Prefix from which the server makes a unique name when none is given.'),
    namespace: string('Namespace that the object lives in; empty for cluster-wide objects.'),
    selfLink: string('No longer used.'),
    uid: string('Identity of this object in time and space, set by the server.'),
    resourceVersion: string('Version of the stored object; send it back to detect a lost update.'),
    generation: integer('Counts changes of the desired state.', { format: 'int64' }),
    creationTimestamp: string('When the object was created, set by the server.', { format: 'date-time' }),
    deletionTimestamp: string('When the object is to be gone; it is kept while finalizers remain.', {
      format: 'date-time',
    }),
    deletionGracePeriodSeconds: integer('Seconds a graceful deletion may take.', { format: 'int64' }),
    labels: map('Names that select and group objects.', string('Label value.')),
    annotations: map('Free information that tools attach.', string('Annotation value.')),
    ownerReferences: list('Objects that this object depends on.', ownerReference, {
      listType: 'map',
      mapKeys: ['uid'],
      patch: { strategy: 'merge', mergeKey: 'uid' },
    }),
    finalizers: list('Names that must be removed before the object is.', string('Name of a finalizer.'), {
      listType: 'set',
      patch: { strategy: 'merge' },
    }),
    managedFields: list('Which manager owns which fields.', managedFieldsEntry, { listType: 'atomic' }),
  },
  { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
);

/** The metadata of an object. */
export type ObjectMeta = Infer<typeof objectMeta>;

/** Metadata of a pod template or another embedded object: the same members. */
export const embeddedMeta: Schema<ObjectMeta> = objectMeta;
