import { enumeration, type Infer, list, object, required, string } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { alwaysPresent } from '../meta/index.ts';
import { typedLocalObjectReference } from './references.ts';
import { resourceList } from './resources.ts';

/** A way in which a volume may be mounted. */
export const accessMode = enumeration('How the volume may be mounted.', [
  'ReadOnlyMany',
  'ReadWriteMany',
  'ReadWriteOnce',
  'ReadWriteOncePod',
]);

/** What a claim asks of storage. */
export const persistentVolumeClaimSpec = object(
  'What is asked of storage.',
  {
    accessModes: list('Ways in which the volume must be mountable.', accessMode, { listType: 'atomic' }),
    selector: labelSelector('Volumes that may satisfy the claim.'),
    resources: alwaysPresent(
      object(
        'Size of the volume.',
        { limits: resourceList('Largest acceptable size.'), requests: resourceList('Smallest acceptable size.') },
        { name: 'io.k8s.api.core.v1.VolumeResourceRequirements' },
      ),
    ),
    volumeName: string('Volume that the claim is bound to.'),
    storageClassName: string('Class of storage; empty text for volumes without a class.'),
    volumeMode: enumeration('Whether the volume is a file system or a raw device.', ['Block', 'Filesystem'], {
      default: 'Filesystem',
    }),
    dataSource: typedLocalObjectReference('Snapshot or claim from which the volume is filled.'),
    dataSourceRef: object(
      'Object from which the volume is filled, of any kind.',
      {
        apiGroup: string('API group of the object; empty for the core group.'),
        kind: required(string('Kind of the object.')),
        name: required(string('Name of the object.')),
        namespace: string('Namespace of the object; needs a grant there.'),
      },
      { name: 'io.k8s.api.core.v1.TypedObjectReference' },
    ),
    volumeAttributesClassName: string('Class of changeable attributes of the volume.'),
  },
  { name: 'io.k8s.api.core.v1.PersistentVolumeClaimSpec' },
);

/** What a claim asks of storage. */
export type PersistentVolumeClaimSpec = Infer<typeof persistentVolumeClaimSpec>;
