/** A CustomResourceDefinition is held until all its objects are gone. */
import type { ApiObject } from '@weft/api';
import { CRD_CLEANUP_FINALIZER } from '../../controllers/crds.ts';
import { kinds } from '../../kinds.ts';
import type { AdmissionRequest, MutatingPlugin } from '../types.ts';

/** Adds the cleanup finalizer. */
export const crdFinalizer: MutatingPlugin = {
  name: 'CustomResourceCleanup',
  handles: ({ info, operation }) => info.kind === kinds.customResourceDefinition && operation === 'CREATE',
  mutate(object: ApiObject, _request: AdmissionRequest): ApiObject {
    const others = (object.metadata.finalizers ?? []).filter((f) => f !== CRD_CLEANUP_FINALIZER);
    return { ...object, metadata: { ...object.metadata, finalizers: [...others, CRD_CLEANUP_FINALIZER] } };
  },
};
