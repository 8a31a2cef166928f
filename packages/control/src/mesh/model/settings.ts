/** What holds for the mesh as a whole. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef } from './object-ref.ts';

/** What the process that builds snapshots is told when it starts. */
export interface MeshOptions {
  /** Ending of the names of Kubernetes Services. */
  readonly clusterDomain: string;
  /** Name of the cluster whose API is read. */
  readonly cluster: string;
  /** Namespace of the control plane, where the ConfigMap of the mesh is. */
  readonly systemNamespace: string;
  /** Name of the ConfigMap with the keys `mesh` and `meshNetworks`. */
  readonly configMapName: string;
  /** Gateways select proxies of their own namespace only; those of all namespaces when absent. */
  readonly scopesGatewaysToNamespace?: boolean;
}

/** Configuration of the mesh, with defaults. */
export interface MeshSettings {
  readonly options: MeshOptions;
  readonly config: DeepReadonly<istio.mesh.MeshConfig>;
  readonly networks: DeepReadonly<istio.mesh.MeshNetworks>;
  readonly rootNamespace: string;
  readonly trustDomain: string;
  /** Network of the workloads that nobody places elsewhere; empty when there is only one. */
  readonly defaultNetwork: string;
  /** The ConfigMap, when there is one. */
  readonly source?: ObjectRef;
}
