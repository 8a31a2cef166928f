/** What expressions may cost, told before they are stored. */
import { type CelVariables, checkTypes } from '../program.ts';
import { Estimator } from './estimator.ts';
import { expand } from './expand.ts';
import type { SizedType } from './sized-type.ts';

/** What an estimate is made for. */
export interface CostOptions {
  readonly variables: CelVariables;
  /** How large the values of the variables may be; all of them are of one type. */
  readonly sizes: SizedType;
}

/**
 * What a valid expression may cost at most, in the measure of Kubernetes. The amount is an unsigned 64-bit integer; the
 * largest one means that there is no bound.
 */
export function estimateCost(expression: string, options: CostOptions): bigint {
  const { tree, types } = checkTypes(expression, options.variables);
  return new Estimator(options.sizes).cost(expand(tree, types));
}
