import type { AnyKind } from '../../kind/index.ts';
import { wasmPlugin } from './wasm-plugin.ts';

/** The kinds of extensions.istio.io, in discovery order. */
export const extensionsIstioKinds: readonly AnyKind[] = [wasmPlugin];
