import type { AnyKind } from '../kind/index.ts';
import { networkingIstioKinds } from './networking.istio.io/kinds.ts';

/** Kinds of this family, in discovery order. */
export const istioKinds: readonly AnyKind[] = [...networkingIstioKinds];
