import type { AnyKind } from '../../kind/index.ts';
import { authorizationPolicy } from './authorization-policy.ts';
import { peerAuthentication } from './peer-authentication.ts';
import { requestAuthentication } from './request-authentication.ts';

/** The kinds of security.istio.io, in discovery order. */
export const securityIstioKinds: readonly AnyKind[] = [authorizationPolicy, peerAuthentication, requestAuthentication];
