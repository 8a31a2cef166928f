/** Every kind that Weft knows, in the order in which discovery lists them. Adding a group is one import and one line. */

import { gatewayApiKinds } from './groups/gateway.networking.k8s.io/index.ts';
import { istioKinds } from './groups/istio.ts';
import { kubernetesKinds } from './groups/kubernetes.ts';
import type { AnyKind } from './kind/index.ts';
import { KindRegistry } from './kind/index.ts';

/** All built-in kinds. */
export const allKinds: readonly AnyKind[] = [...kubernetesKinds, ...istioKinds, ...gatewayApiKinds];

/** The built-in kinds, ready for look-up. */
export const builtinKinds: KindRegistry = new KindRegistry(allKinds);
