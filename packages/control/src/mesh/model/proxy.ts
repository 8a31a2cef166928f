/** A proxy that asks for its configuration. */
import type { Locality } from './locality.ts';

/** Who asks; made from the node of the request and, where there is one, the pod. */
export interface MeshProxy {
  /** Unique in the mesh: `name.namespace` of the pod. */
  readonly id: string;
  /** `sidecar` stands beside a workload, `router` is a gateway. */
  readonly type: 'sidecar' | 'router';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly serviceAccount: string;
  readonly locality: Locality;
  readonly network: string;
  readonly cluster: string;
  readonly nodeName: string;
  /** As the proxy sent it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}
