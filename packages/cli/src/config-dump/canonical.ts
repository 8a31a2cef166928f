/** Resources of a control plane in the form in which proxies dump theirs, so that both can be shown and compared alike. */
import { fromJson, Problems, toJson } from '@weft/proto/lite';
import type { JsonObject } from './json-reader.ts';
import type { DumpedResource, ResourceType } from './read-dump.ts';

/** The types of resources that a control plane makes. */
export type MadeType = Exclude<ResourceType, 'secret'>;

const TYPES: Readonly<Record<MadeType, string>> = {
  listener: 'envoy.config.listener.v3.Listener',
  route: 'envoy.config.route.v3.RouteConfiguration',
  cluster: 'envoy.config.cluster.v3.Cluster',
  endpoint: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
};

/**
 * A resource in protobuf's field names, without fields that have their default, and with secrets hidden. What does not fit the schema is left out:
 * no proxy would take it either.
 */
export function canonicalResource(type: MadeType, resource: unknown): JsonObject {
  const typeName = TYPES[type];
  const { '@type': _type, ...fields } = resource as JsonObject;
  const message = fromJson(typeName, fields, new Problems());
  const json = message === undefined ? {} : toJson(message, { useProtoNames: true, redact: true });
  return { '@type': `type.googleapis.com/${typeName}`, ...(json as JsonObject) };
}

/** The same as a resource of a dump. */
export function madeResource(type: MadeType, resource: unknown): DumpedResource {
  const body = canonicalResource(type, resource);
  const name = body['name'] ?? body['cluster_name'];
  return { name: typeof name === 'string' ? name : '', state: 'active', version: '', body };
}
