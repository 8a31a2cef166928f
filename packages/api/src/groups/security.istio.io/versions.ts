/** What all security kinds have in common. */
import type { VersionDefinition } from '../../kind/index.ts';

/** API group of the kinds in this folder. */
export const SECURITY_GROUP = 'security.istio.io';

/** Every version has the same fields. */
export const securityVersions: readonly VersionDefinition[] = [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }];

/** Categories under which `kubectl get` lists the kinds. */
export const securityCategories: readonly string[] = ['istio-io', 'security-istio-io'];
