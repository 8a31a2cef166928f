/** Amounts of resources by name, and what a container may ask for. */
import { formatQuantity, parseQuantity, roundUpToMilli } from '@weft/core';
import { type Infer, list, map, object, required, type Schema, string } from '../../schema/index.ts';
import { quantity } from '../../validation/quantity.ts';

/** Amounts by resource name (`cpu`, `memory`, `example.com/gpu` …). */
export function resourceList(description: string): Schema<Record<string, string>> {
  return map(description, quantity('An amount such as 500m or 1Gi.'));
}

const claim = object(
  'A resource claim that a container uses.',
  {
    name: required(string('Name of a claim in spec.resourceClaims.')),
    request: string('Request within the claim; all when empty.'),
  },
  { name: 'io.k8s.api.core.v1.ResourceClaim' },
);

/** What a container needs and may use. */
export const resourceRequirements = object(
  'What the container needs and what it may use at most.',
  {
    limits: resourceList('Most that may be used.'),
    requests: resourceList('What is set aside; the limits when absent.'),
    claims: list('Resource claims of the pod that the container uses.', claim, { listType: 'map', mapKeys: ['name'] }),
  },
  { name: 'io.k8s.api.core.v1.ResourceRequirements' },
);

/** What a container needs and may use. */
export type ResourceRequirements = Infer<typeof resourceRequirements>;

/** Brings amounts into the form in which Kubernetes stores them: thousandths at the finest, canonical text. In place. */
export function canonicalizeResources(amounts: Record<string, string> | undefined): void {
  for (const [name, text] of Object.entries(amounts ?? {})) {
    const parsed = parseQuantity(text);
    if (parsed !== undefined) amounts![name] = formatQuantity(roundUpToMilli(parsed));
  }
}
