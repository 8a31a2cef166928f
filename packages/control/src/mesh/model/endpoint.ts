/** Places where services are served. */
import type { Locality } from './locality.ts';
import type { ObjectRef } from './object-ref.ts';

/**
 * `draining`: it still answers, and is not given new work except where sessions stick to it. Which unhealthy ones are
 * published is decided in the translation.
 */
export type EndpointHealth = 'ready' | 'draining' | 'unhealthy';

/** One address that serves a service. */
export interface Endpoint {
  /** IP address, DNS name, or `unix:///path`. */
  readonly address: string;
  /** Port of the address by the name of the port of the service; a service port that is absent is not served. */
  readonly ports: Readonly<Record<string, number>>;
  /** Labels of the workload, which subsets select by. */
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Name of the service account; empty when not known. */
  readonly serviceAccount: string;
  /** `spiffe://trust-domain/ns/namespace/sa/account`; empty when the account is not known. */
  readonly identity: string;
  /** What the workload accepts: `istio` when it has a proxy or speaks mutual TLS itself. */
  readonly tlsMode: 'istio' | 'disabled';
  readonly health: EndpointHealth;
  /** Relative share; 1 when nobody says otherwise. */
  readonly weight: number;
  readonly locality: Locality;
  /** Empty when not known. */
  readonly network: string;
  readonly cluster: string;
  /** Empty when not known, as are the next two. */
  readonly nodeName: string;
  readonly workloadName: string;
  readonly hostname: string;
  /** Zones whose clients should use it, from the hints of the EndpointSlice; empty when all may. */
  readonly hintedZones: readonly string[];
  /** The object that lists it: EndpointSlice, ServiceEntry, WorkloadEntry, or the Pod that a ServiceEntry selects. Without generation. */
  readonly source: ObjectRef;
}

/** The endpoints of one service, one for each address, in a stable order. */
export type ServiceEndpoints = readonly Endpoint[];
