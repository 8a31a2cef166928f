import type { AnyKind } from '../../kind/index.ts';

/** Kinds of this family, in discovery order. */
export const gatewayApiKinds: readonly AnyKind[] = [];
