/** Gives an Ingress that names no class the cluster's default one. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { kinds } from '../../kinds.ts';
import type { AdmissionContext, AdmissionRequest, MutatingPlugin } from '../types.ts';

const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';
const LEGACY_ANNOTATION = 'kubernetes.io/ingress.class';

/** Fills in `spec.ingressClassName`. */
export const defaultIngressClass: MutatingPlugin = {
  name: 'DefaultIngressClass',
  handles: ({ info, operation }) =>
    info.kind.group === 'networking.k8s.io' && info.kind.kind === 'Ingress' && operation === 'CREATE',
  mutate(object: ApiObject, _request: AdmissionRequest, context: AdmissionContext): ApiObject {
    const spec = isPlainObject(object['spec']) ? object['spec'] : {};
    if (spec['ingressClassName'] !== undefined) return object;
    if (object.metadata.annotations?.[LEGACY_ANNOTATION] !== undefined) return object;
    const fallback = context
      .list(kinds.ingressClass)
      .find((c) => c.metadata.annotations?.[DEFAULT_ANNOTATION] === 'true');
    if (fallback === undefined) return object;
    return { ...object, spec: { ...spec, ingressClassName: fallback.metadata.name } };
  },
};
