import { compareQuantities, parseQuantity, type Quantity } from '@weft/core';
import type { PodSpec } from './pod-spec.ts';

/** How a pod is treated when memory is short; follows from what its containers ask for. */
export function qosClassOf(spec: PodSpec): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  let asksForSomething = false;
  let isGuaranteed = true;
  for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const name of ['cpu', 'memory']) {
      const limit = amount(resources?.limits?.[name]);
      const request = amount(resources?.requests?.[name]);
      if (limit !== undefined || request !== undefined) asksForSomething = true;
      const isFixed = limit !== undefined && (request === undefined || compareQuantities(request, limit) === 0);
      if (!isFixed) isGuaranteed = false;
    }
  }
  if (!asksForSomething) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** Zero asks for nothing. */
function amount(text: string | undefined): Quantity | undefined {
  const parsed = text === undefined ? undefined : parseQuantity(text);
  return parsed === undefined || parsed.nanos === 0n ? undefined : parsed;
}
