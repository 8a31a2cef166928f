/** How resources that come from a control plane are compiled. */
import { err, ok, type Result } from '@weft/core';
import {
  type ConfigEnvironment,
  compileResource,
  RESOURCE_TYPES,
  type ResourceNeed,
  type ResourceRuntimes,
  type ResourceTypeName,
} from '@weft/engine';
import { decode, Problems } from '@weft/proto/lite';
import { planConfigSource, type ReceivedResource } from '@weft/xds/client';
import type { CompiledResource, ResourceKind, ResourceReference } from '@weft/xds/graph';
import { findResourceRefusals } from '../server/refusals.ts';

/** A resource in use. */
export type DynamicResource = {
  readonly [T in ResourceTypeName]: { readonly typeName: T; readonly runtime: ResourceRuntimes[T] };
}[ResourceTypeName];

/** What resources are compiled with. */
export interface KindParts {
  readonly environment: ConfigEnvironment;
  /** Whether the bootstrap has a secret. */
  readonly hasSecret: (name: string) => boolean;
}

const PREFIX = 'type.googleapis.com/';

/** The type URL of a type. */
export function typeUrlOf(typeName: string): string {
  return PREFIX + typeName;
}

/** Every kind of resources. */
export function createKinds(parts: KindParts): readonly ResourceKind<DynamicResource>[] {
  return RESOURCE_TYPES.map((typeName) => ({
    typeUrl: typeUrlOf(typeName),
    compile: (resource) => compileReceived(typeName, resource, parts),
  }));
}

function compileReceived(
  typeName: ResourceTypeName,
  { name, value }: ReceivedResource,
  { environment, hasSecret }: KindParts,
): Result<CompiledResource<DynamicResource>, readonly string[]> {
  const report = new Problems();
  // A copy: fields of bytes are views of it, and the response would be kept for them.
  const message = decode(typeName, Uint8Array.from(value), report);
  if (message === undefined || !report.isEmpty) return err(texts(report.list));
  const compiled = compileResource(message as { $typeName: ResourceTypeName }, '', environment);
  if (compiled.kind === 'err') return err(texts(compiled.error));
  const { value: runtime, needs, requiredSecrets } = compiled.value;
  if (compiled.value.name !== name) return err([`the name inside is ${JSON.stringify(compiled.value.name)}`]);
  const refusals = findResourceRefusals(typeName, runtime);
  if (refusals.length > 0) return err(texts(refusals));
  const missing = requiredSecrets.filter((secret) => !hasSecret(secret.name));
  if (missing.length > 0)
    return err(missing.map((secret) => `the bootstrap has no secret ${JSON.stringify(secret.name)}`));
  const references = planReferences(needs);
  if (references.kind === 'err') return references;
  return ok({ value: { typeName, runtime } as DynamicResource, references: references.value });
}

/** Where what a resource needs comes from. */
export function planReferences(
  needs: readonly ResourceNeed[],
): Result<readonly ResourceReference[], readonly string[]> {
  const references: ResourceReference[] = [];
  for (const { typeName, name, source } of needs) {
    const plan = planConfigSource(source);
    if (plan.kind === 'err') return err([`${name}: ${plan.error}`]);
    references.push({ typeUrl: typeUrlOf(typeName), name, source: plan.value });
  }
  return ok(references);
}

function texts(problems: readonly { readonly path: string; readonly reason: string }[]): readonly string[] {
  return problems.map(({ path, reason }) => (path === '' ? reason : `${path.replace(/^\./, '')}: ${reason}`));
}
