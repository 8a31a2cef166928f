import type { AnyKind } from '../../kind/index.ts';
import { telemetry } from './telemetry.ts';

/** The kinds of telemetry.istio.io, in discovery order. */
export const telemetryIstioKinds: readonly AnyKind[] = [telemetry];
