/** How resources that come from a control plane are compiled. */
import { type Clock, err, ok, type Result } from '@weft/core';
import {
  type ConfigEnvironment,
  compileResource,
  type ListenerRuntime,
  RESOURCE_TYPES,
  type ResourceNeed,
  type ResourceTypeName,
} from '@weft/engine';
import { decode, Problems } from '@weft/proto/lite';
import { planConfigSource } from '@weft/xds/client';
import {
  type CompiledResource,
  keyText,
  type ResourceKey,
  type ResourceKind,
  type ResourceReference,
} from '@weft/xds/graph';
import { typeUrls } from '@weft/xds/protocol';
import type { ReceivedForm } from '../admin/dynamic-view.ts';
import type { FileBacked } from '../secrets/file-backed.ts';
import { SECRET_TYPE } from '../secrets/secret-key.ts';
import type { ProxyAbilities } from '../server/abilities.ts';
import { findResourceRefusals } from '../server/refusals.ts';
import { type DynamicResource, typeUrlOf } from './dynamic-resource.ts';
import { httpManagersOf } from './http-managers-of.ts';
import { findTlsProblem } from './tls-problems.ts';

const LISTENER_TYPE = 'envoy.config.listener.v3.Listener';

/** What resources are compiled with. */
export interface KindParts {
  readonly environment: ConfigEnvironment;
  readonly clock: Clock;
  /** Whether the bootstrap has a secret. */
  readonly hasSecret: (name: string) => boolean;
  /** Whether the bootstrap has a cluster or a listener of a name: it stays. */
  readonly isStatic: (typeName: ResourceTypeName, name: string) => boolean;
  /** The key of the source of all clusters; undefined when those of the bootstrap are all. */
  readonly clusterSource: string | undefined;
  /** Compiles secrets, which may be in files of their own. */
  readonly fileBacked: FileBacked<CompiledResource<DynamicResource>>;
  /** Hears of each resource that is good, before it is asked for what it references. */
  readonly onCompiled: (key: ResourceKey, compiled: CompiledResource<DynamicResource>) => void;
  readonly abilities: ProxyAbilities;
  /** Why a listener could not be opened. */
  readonly findListenProblem: (listener: ListenerRuntime) => string | undefined;
}

/** Every kind of resources. */
export function createKinds(parts: KindParts): readonly ResourceKind<DynamicResource>[] {
  const { environment, fileBacked } = parts;
  return RESOURCE_TYPES.map((typeName) => ({
    typeUrl: typeUrlOf(typeName),
    compile: (resource, key) => {
      const received = { version: resource.version, bytes: Uint8Array.from(resource.value), atMs: parts.clock.now() };
      const message = { typeName, name: resource.name, received };
      if (typeName !== SECRET_TYPE) {
        const compiled = compileReceived(message, environment, parts);
        if (compiled.kind === 'ok') parts.onCompiled(key, compiled.value);
        return compiled;
      }
      return fileBacked.compile(keyText(key), (loadData) =>
        compileReceived(message, { ...environment, loadData }, parts),
      );
    },
  }));
}

interface ReceivedMessage {
  readonly typeName: ResourceTypeName;
  readonly name: string;
  /** A copy of what came: fields of bytes are views of it, and the response would be kept for them. */
  readonly received: ReceivedForm;
}

function compileReceived(
  { typeName, name, received }: ReceivedMessage,
  environment: ConfigEnvironment,
  { hasSecret, isStatic, clusterSource, abilities, findListenProblem }: KindParts,
): Result<CompiledResource<DynamicResource>, readonly string[]> {
  const report = new Problems();
  const message = decode(typeName, received.bytes, report);
  if (message === undefined || !report.isEmpty) return err(texts(report.list));
  const compiled = compileResource(message as { $typeName: ResourceTypeName }, '', environment);
  if (compiled.kind === 'err') return err(texts(compiled.error));
  const { value: runtime, needs, requiredSecrets } = compiled.value;
  if (compiled.value.name !== name) return err([`the name inside is ${JSON.stringify(compiled.value.name)}`]);
  if (isStatic(typeName, name)) return err(['the bootstrap has one of this name, which stays: use another name']);
  const value = { typeName, runtime, received } as DynamicResource;
  const refusals = findResourceRefusals(typeName, runtime, abilities);
  if (refusals.length > 0) return err(texts(refusals));
  const problem = findTlsProblem(value);
  if (problem !== undefined) return err([problem]);
  const missing = requiredSecrets.filter((secret) => !hasSecret(secret.name));
  if (missing.length > 0)
    return err(missing.map((secret) => `the bootstrap has no secret ${JSON.stringify(secret.name)}`));
  const references = planReferences(needs);
  if (references.kind === 'err') return references;
  const listenProblem = value.typeName === LISTENER_TYPE ? findListenProblem(value.runtime) : undefined;
  if (listenProblem !== undefined) return err([listenProblem]);
  // Requests to a cluster that is on its way would find none: what sends them waits for it.
  const awaited =
    clusterSource === undefined ? [] : clustersOf(value).map((cluster) => clusterKey(cluster, clusterSource));
  return ok({ value, references: references.value, awaited });
}

function clusterKey(name: string, source: string): ResourceKey {
  return { typeUrl: typeUrls.cluster, name, source };
}

/** The clusters that a route configuration names, those in the connection managers of a listener included. */
function clustersOf({ typeName, runtime }: DynamicResource): readonly string[] {
  if (typeName === 'envoy.config.route.v3.RouteConfiguration') return [...runtime.clusterNames];
  if (typeName !== LISTENER_TYPE) return [];
  return httpManagersOf(runtime).flatMap(({ routes }) =>
    routes.kind === 'inline' ? [...routes.routes.clusterNames] : [],
  );
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
