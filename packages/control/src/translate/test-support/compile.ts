/** Whether our own proxy takes what is generated: resources of tests are decoded, checked and compiled as it does. */
import assert from 'node:assert/strict';
import { err, ok, type Result } from '@weft/core';
import {
  type ConfigEnvironment,
  compileResource,
  mergeRuntimeLayers,
  type ResourceRuntimes,
  type ResourceTypeName,
} from '@weft/engine';
import { fromJson, Problems } from '@weft/proto/lite';
import type { ProxyResources } from '../resources.ts';

const ENVIRONMENT: ConfigEnvironment = {
  // Certificates of users are where these proxies find them.
  loadData: (source, name) =>
    name.startsWith('/etc/') ? ok(new TextEncoder().encode('PEM')) : err(`${source} ${name} is not there`),
  formats: { hostname: 'host', environment: () => undefined, nowUs: () => 0, uuid: () => 'uuid' },
  runtime: mergeRuntimeLayers([]),
};

type Message<T> = Parameters<typeof compileResource>[0] & { readonly $typeName: T };

function tryCompile<T extends ResourceTypeName>(
  typeName: T,
  resource: unknown,
): Result<ResourceRuntimes[T], readonly string[]> {
  const problems = new Problems();
  const message = fromJson<Message<T>>(typeName, resource, problems);
  if (message === undefined || !problems.isEmpty) return err(problems.list.map(tell));
  const result = compileResource(message, '', ENVIRONMENT);
  return result.kind === 'ok' ? { kind: 'ok', value: result.value.value } : err(result.error.map(tell));
}

function tell({ path, reason }: { readonly path: string; readonly reason: string }): string {
  return `${path}: ${reason}`;
}

/** Why our proxy would refuse a resource, one line each; empty when it takes it. */
export function problemsOf(typeName: ResourceTypeName, resource: unknown): readonly string[] {
  const result = tryCompile(typeName, resource);
  return result.kind === 'ok' ? [] : result.error;
}

/** Compiles one resource; fails the test when our proxy would refuse it. */
export function compiled<T extends ResourceTypeName>(typeName: T, resource: unknown): ResourceRuntimes[T] {
  const result = tryCompile(typeName, resource);
  if (result.kind === 'ok') return result.value;
  assert.fail(`${result.error.join('\n')}\nin ${JSON.stringify(resource, null, 1)}`);
}

/** Compiles all resources of a proxy. */
export function compileAll(resources: Partial<ProxyResources>): void {
  for (const one of resources.listeners ?? []) compiled('envoy.config.listener.v3.Listener', one);
  for (const one of resources.routes ?? []) compiled('envoy.config.route.v3.RouteConfiguration', one);
  for (const one of resources.clusters ?? []) compiled('envoy.config.cluster.v3.Cluster', one);
  for (const one of resources.endpoints ?? []) compiled('envoy.config.endpoint.v3.ClusterLoadAssignment', one);
}
