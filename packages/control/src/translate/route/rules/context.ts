/** Who applies rules: what they are read with. */
import type { DestinationRuleIr, MeshService, MeshSettings, RuleRef } from '../../../mesh/model/index.ts';

/** One place that applies rules: a port of the sidecars of a namespace, or a server of a gateway. */
export interface RuleContext {
  /** `mesh`, or the gateway as `namespace/name`. */
  readonly gateway: string;
  /** Port that requests are sent to: that of the services for sidecars, that of the server for gateways. */
  readonly port: number;
  /** Whether the place ends TLS. */
  readonly isTls: boolean;
  readonly namespace: string;
  /** Labels of the proxies; only those that rules ask for may count, see `ruleLabels`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Clients of gRPC read other fields than proxies. */
  readonly isProxyless: boolean;
  readonly settings: MeshSettings;
  /** The service that a name stands for here. */
  readonly serviceOf: (hostname: string) => MeshService | undefined;
  /** The DestinationRule for a hostname. */
  readonly destinationRuleOf: (hostname: string) => DestinationRuleIr | undefined;
}

/** A part of a part. */
export function within({ object, path }: RuleRef, part: string): RuleRef {
  return { object, path: `${path}.${part}` };
}
