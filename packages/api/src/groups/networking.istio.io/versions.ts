/** What all networking kinds have in common. */
import type { VersionDefinition } from '../../kind/index.ts';

export { ageColumn } from '../meta/columns.ts';

/** API group of the kinds in this folder. */
export const NETWORKING_GROUP = 'networking.istio.io';

/** Every version has the same fields, so conversion between them changes the apiVersion only. */
export const networkingVersions: readonly VersionDefinition[] = [
  { name: 'v1', isStorage: true },
  { name: 'v1beta1' },
  { name: 'v1alpha3' },
];

/** Categories under which `kubectl get` lists the kinds. */
export const networkingCategories: readonly string[] = ['istio-io', 'networking-istio-io'];
