import type { AnyKind } from '../../kind/index.ts';
import { backendTlsPolicy } from './backend-tls-policy.ts';
import { kubernetesGateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { httpRoute } from './http-route.ts';
import { listenerSet, xListenerSet } from './listener-set.ts';
import { referenceGrant } from './reference-grant.ts';
import { tcpRoute } from './tcp-route.ts';
import { tlsRoute } from './tls-route.ts';
import { udpRoute } from './udp-route.ts';

/** Kinds of this family, in discovery order. */
export const gatewayApiKinds: readonly AnyKind[] = [
  gatewayClass,
  kubernetesGateway,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  referenceGrant,
  backendTlsPolicy,
  listenerSet,
  xListenerSet,
];
