import type { RuntimeFeatureFlag } from '@weft/proto/envoy/config/core/v3/base';
import { supports } from '../compile/support.ts';
import type { RuntimeSource } from '../match/fraction.ts';

/** What is supported of switches. */
export const FEATURE_FLAG_SUPPORT = [
  supports<RuntimeFeatureFlag>('envoy.config.core.v3.RuntimeFeatureFlag', { defaultValue: true, runtimeKey: true }),
];

/** A switch that a runtime key may turn. */
export interface FeatureFlag {
  readonly isOn: boolean;
  /** Empty without one. */
  readonly runtimeKey: string;
}

/** Compiles a switch; without a message it is on. */
export function compileFlag(message: RuntimeFeatureFlag | undefined): FeatureFlag {
  return { isOn: message?.defaultValue ?? true, runtimeKey: message?.runtimeKey ?? '' };
}

/** Whether a switch is on now. */
export function isOn({ isOn: usual, runtimeKey }: FeatureFlag, runtime: RuntimeSource): boolean {
  return runtimeKey === '' ? usual : (runtime.boolean(runtimeKey) ?? usual);
}
