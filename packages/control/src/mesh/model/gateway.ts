/** Gateways of the mesh's own API, and what one proxy makes of all that select it. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef, RuleRef } from './object-ref.ts';
import type { Protocol } from './protocol.ts';

type Spec = NonNullable<istio.networking.Gateway['spec']>;

/** A server of a Gateway as users write it. */
export type ServerSpec = DeepReadonly<NonNullable<Spec['servers']>[number]>;
/** The TLS settings of a server as users write them. */
export type ServerTlsSpec = NonNullable<ServerSpec['tls']>;

/** A host of a server: a name, and the namespace whose VirtualServices may use it. */
export interface GatewayHost {
  /** A namespace, or `*` for all. */
  readonly namespace: string;
  /** Lower-case; may begin with `*`. */
  readonly host: string;
}

/** A port that accepts connections for some hosts. */
export interface GatewayServerIr {
  readonly gateway: ObjectRef;
  readonly source: RuleRef;
  readonly spec: ServerSpec;
  readonly protocol: Protocol;
  readonly hosts: readonly GatewayHost[];
  /** Address to listen on; empty for all. */
  readonly bind: string;
}

/** A Gateway. */
export interface GatewayIr {
  readonly ref: ObjectRef;
  readonly createdAtMs: number;
  /** `namespace/name`, as VirtualServices name it. */
  readonly name: string;
  /** Labels of the proxies that run it; empty selects all. */
  readonly selector: Readonly<Record<string, string>>;
  readonly servers: readonly GatewayServerIr[];
}

/** How the servers of one port of a gateway proxy get along. */
export type GatewayPortKind =
  /** HTTP in plain text: all servers share one route configuration. */
  | 'http'
  /** TLS, ended (HTTPS, TLS with certificates) or passed through: one filter chain for each server, chosen by server name. */
  | 'tls'
  /** Anything else: a single server. */
  | 'tcp';

/** The servers of one port and bind address, conflicts taken out. */
export interface GatewayPort {
  /** Port that the proxy listens on: the target port of its Service, where the Service offers the number. */
  readonly port: number;
  /** Number in the Gateway that led here. */
  readonly number: number;
  readonly bind: string;
  readonly kind: GatewayPortKind;
  /** Oldest Gateway first; hosts that an older server has already are taken out of `hosts`. */
  readonly servers: readonly GatewayServerIr[];
}

/** What a gateway proxy listens on. */
export interface MergedGateways {
  /** The Gateways that select the proxy, oldest first. */
  readonly gateways: readonly GatewayIr[];
  /** Sorted by port and bind address. */
  readonly ports: readonly GatewayPort[];
  readonly conflicts: readonly GatewayConflict[];
}

/** A server, or a host of it, that is left out since an older Gateway has the place. */
export interface GatewayConflict {
  readonly server: RuleRef;
  readonly other: RuleRef;
  readonly reason: 'protocol' | 'host' | 'port-name';
  readonly port: number;
  /** The host, for reason `host`. */
  readonly host?: string;
}
