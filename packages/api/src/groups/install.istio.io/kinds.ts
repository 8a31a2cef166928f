import type { AnyKind } from '../../kind/index.ts';
import { istioOperator } from './istio-operator.ts';

/** The kinds of install.istio.io, in discovery order. */
export const installIstioKinds: readonly AnyKind[] = [istioOperator];
