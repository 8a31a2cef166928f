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
    // When several claim to be the default, the newest is most likely what its author wants now.
    const [fallback] = context
      .list(kinds.ingressClass)
      .filter((c) => c.metadata.annotations?.[DEFAULT_ANNOTATION] === 'true')
      .toSorted(newestFirst);
    if (fallback === undefined) return object;
    return { ...object, spec: { ...spec, ingressClassName: fallback.metadata.name } };
  },
};

function newestFirst(a: ApiObject, b: ApiObject): number {
  const [x, y] = [a, b].map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  return y! - x! || (a.metadata.name! < b.metadata.name! ? -1 : 1);
}
