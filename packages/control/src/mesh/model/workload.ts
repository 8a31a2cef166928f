/** A pod or a WorkloadEntry as the mesh sees it. */
import type { Locality } from './locality.ts';
import type { ObjectRef } from './object-ref.ts';

/** Something that runs, has an address, and may serve services. */
export interface Workload {
  readonly source: ObjectRef;
  readonly namespace: string;
  /** Name of the pod or entry. */
  readonly name: string;
  /** Name and kind of what keeps it running, such as the Deployment of the pod. */
  readonly workloadName: string;
  readonly workloadKind: string;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly identity: string;
  readonly tlsMode: 'istio' | 'disabled';
  readonly health: 'ready' | 'draining' | 'unhealthy';
  readonly locality: Locality;
  readonly network: string;
  readonly nodeName: string;
  readonly weight: number;
  /** Ports by name: those of the containers, or those that the entry gives. */
  readonly ports: Readonly<Record<string, number>>;
}
