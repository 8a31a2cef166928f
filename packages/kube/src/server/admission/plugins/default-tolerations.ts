/** Lets every pod stay for five minutes on a node that is not ready or cannot be reached, unless it says otherwise. */
import type { ApiObject } from '@weft/api';
import { kinds } from '../../kinds.ts';
import type { MutatingPlugin } from '../types.ts';

interface Toleration {
  readonly key?: string;
  readonly effect?: string;
}

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const EFFECT = 'NoExecute';
const SECONDS = 300;

/** Adds the tolerations that are missing. */
export const defaultTolerations: MutatingPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: ({ info, subresource }) => info.kind === kinds.pod && subresource === '',
  mutate(object: ApiObject): ApiObject {
    const spec = object['spec'] as { readonly tolerations?: readonly Toleration[] };
    const given = spec.tolerations ?? [];
    const missing = TAINTS.filter((taint) => !given.some((one) => tolerates(one, taint)));
    if (missing.length === 0) return object;
    const added = missing.map((key) => ({ key, operator: 'Exists', effect: EFFECT, tolerationSeconds: SECONDS }));
    return { ...object, spec: { ...spec, tolerations: [...given, ...added] } };
  },
};

function tolerates({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === '' || key === taint) && (effect === '' || effect === EFFECT);
}
