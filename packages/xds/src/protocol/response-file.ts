// A response in a file (xDS, "Filesystem subscriptions"): the same message, written by people, mostly as JSON or YAML.
import { err, ok, type Result } from '@weft/core';
import type { DiscoveryResponse } from '@weft/proto/envoy/service/discovery/v3/discovery';
import { fromJson, Problems } from '@weft/proto/lite';
import type { SotwResponse, WireResource } from './messages.ts';
import { readResourceName } from './resource-name.ts';
import { unwrapResource } from './wire.ts';

/**
 * Reads a response from data that was JSON or YAML. A resource that is wrong is a problem of that resource alone. Files mostly leave the
 * type out; `typeUrl` is the one that is expected.
 */
export function readResponseData(data: unknown, typeUrl: string): Result<SotwResponse, string> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return err('the file holds no object; it should be a DiscoveryResponse with "resources"');
  }
  const { resources = [], ...envelope } = data as { resources?: unknown };
  if (!Array.isArray(resources)) return err('resources: not a list');
  const problems = new Problems();
  const message = fromJson<DiscoveryResponse>('envoy.service.discovery.v3.DiscoveryResponse', envelope, problems);
  if (message === undefined || !problems.isEmpty) return err(problems.toString());
  return ok({
    kind: 'sotw',
    typeUrl: message.typeUrl === '' ? typeUrl : message.typeUrl,
    versionInfo: message.versionInfo,
    nonce: message.nonce,
    resources: resources.map((resource: unknown, index) => readResource(resource, index)),
    controlPlane: message.controlPlane?.identifier ?? '',
  });
}

function readResource(data: unknown, index: number): WireResource {
  const problems = new Problems(`resources[${index}]`);
  const any = fromJson<DiscoveryResponse['resources'][number]>('google.protobuf.Any', data, problems);
  const resource = any === undefined ? undefined : unwrapResource(any);
  if (resource !== undefined && problems.isEmpty) return resource;
  // What could be read tells the name, so that only this resource keeps its last good version.
  const inner = resource?.body === undefined ? undefined : readResourceName(resource.body.value);
  const problem = problems.toString();
  return { name: resource?.name || (inner ?? ''), version: '', ttlMs: undefined, body: undefined, problem };
}
