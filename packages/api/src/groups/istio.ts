import type { AnyKind } from '../kind/index.ts';
import { extensionsIstioKinds } from './extensions.istio.io/kinds.ts';
import { installIstioKinds } from './install.istio.io/kinds.ts';
import { networkingIstioKinds } from './networking.istio.io/kinds.ts';
import { securityIstioKinds } from './security.istio.io/kinds.ts';
import { telemetryIstioKinds } from './telemetry.istio.io/kinds.ts';

/** Kinds of this family, in discovery order. */
export const istioKinds: readonly AnyKind[] = [
  ...networkingIstioKinds,
  ...securityIstioKinds,
  ...telemetryIstioKinds,
  ...extensionsIstioKinds,
  ...installIstioKinds,
];
