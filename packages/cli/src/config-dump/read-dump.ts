/** A dump of `/config_dump`, Envoy's or ours, taken apart into resources by their types. */
import { err, ok, type Result } from '@weft/core';
import { type JsonObject, objectAt, objectsAt, textAt } from './json-reader.ts';

/** A resource of a proxy, with what the proxy says of it. */
export interface DumpedResource {
  readonly name: string;
  /** `static` ones stand in the bootstrap. Draining ones are on their way out. */
  readonly state: 'static' | 'active' | 'warming' | 'draining';
  /** The version that the control plane gave it; empty for static ones. */
  readonly version: string;
  /** As it is in the dump, in protobuf's field names. */
  readonly body: JsonObject;
}

/** A version of a resource that the proxy refused. */
export interface RefusedUpdate {
  readonly type: ResourceType;
  readonly name: string;
  readonly reason: string;
  readonly at: string;
}

/** The types of resources. */
export type ResourceType = 'cluster' | 'listener' | 'route' | 'endpoint' | 'secret';

/** All that a dump tells. */
export interface ConfigDump {
  readonly bootstrap: JsonObject | undefined;
  readonly resources: Readonly<Record<ResourceType, readonly DumpedResource[]>>;
  readonly refused: readonly RefusedUpdate[];
}

/** A list of a dump: where its items keep the resource. */
interface DumpList {
  readonly type: ResourceType;
  readonly field: string;
  readonly state: DumpedResource['state'];
  readonly body: string;
}

const LISTS: readonly DumpList[] = [
  { type: 'cluster', field: 'static_clusters', state: 'static', body: 'cluster' },
  { type: 'cluster', field: 'dynamic_active_clusters', state: 'active', body: 'cluster' },
  { type: 'cluster', field: 'dynamic_warming_clusters', state: 'warming', body: 'cluster' },
  { type: 'listener', field: 'static_listeners', state: 'static', body: 'listener' },
  { type: 'route', field: 'static_route_configs', state: 'static', body: 'route_config' },
  { type: 'route', field: 'dynamic_route_configs', state: 'active', body: 'route_config' },
  { type: 'endpoint', field: 'static_endpoint_configs', state: 'static', body: 'endpoint_config' },
  { type: 'endpoint', field: 'dynamic_endpoint_configs', state: 'active', body: 'endpoint_config' },
  { type: 'secret', field: 'static_secrets', state: 'static', body: 'secret' },
  { type: 'secret', field: 'dynamic_active_secrets', state: 'active', body: 'secret' },
  { type: 'secret', field: 'dynamic_warming_secrets', state: 'warming', body: 'secret' },
];

/** Listeners that come while the proxy runs have all of their states in one item. */
const LISTENER_STATES = ['active', 'warming', 'draining'] as const;

/** Reads a dump; the error says what else the value is. */
export function readDump(value: unknown): Result<ConfigDump, string> {
  const parts = objectsAt(value, 'configs');
  if (!parts.some((part) => textAt(part, '@type').endsWith('ConfigDump'))) {
    return err('is no dump of a proxy: it has no "configs" with the parts of /config_dump');
  }
  const resources: Record<ResourceType, DumpedResource[]> = {
    cluster: [],
    listener: [],
    route: [],
    endpoint: [],
    secret: [],
  };
  const refused: RefusedUpdate[] = [];
  for (const part of parts) {
    for (const list of LISTS) {
      for (const item of objectsAt(part, list.field)) {
        const resource = resourceOf(item, list.body, list.state);
        if (resource !== undefined) resources[list.type].push(resource);
        refused.push(...refusalOf(item, list.type, resource?.name));
      }
    }
    for (const item of objectsAt(part, 'dynamic_listeners')) {
      for (const state of LISTENER_STATES) {
        const resource = resourceOf(objectAt(item, `${state}_state`), 'listener', state);
        if (resource !== undefined) resources.listener.push(resource);
      }
      refused.push(...refusalOf(item, 'listener', textAt(item, 'name')));
    }
  }
  const bootstrap = parts.map((part) => objectAt(part, 'bootstrap')).find((found) => found !== undefined);
  return ok({ bootstrap, resources, refused: onceEach(refused) });
}

function resourceOf(
  item: JsonObject | undefined,
  field: string,
  state: DumpedResource['state'],
): DumpedResource | undefined {
  const body = objectAt(item, field);
  if (body === undefined) return undefined;
  const name = textAt(body, 'name') || textAt(body, 'cluster_name') || textAt(item, 'name');
  return { name, state, version: textAt(item, 'version_info'), body };
}

/** Envoy tells of a listener twice: in its own item, and in one for the update as a whole, which has no time. */
function onceEach(refused: readonly RefusedUpdate[]): readonly RefusedUpdate[] {
  const keyOf = ({ type, name, reason }: RefusedUpdate) => `${type} ${name} ${reason}`;
  const timed = new Set(refused.filter(({ at }) => at !== '').map(keyOf));
  return refused.filter((one) => one.at !== '' || !timed.has(keyOf(one)));
}

function refusalOf(item: JsonObject, type: ResourceType, name = ''): readonly RefusedUpdate[] {
  const state = objectAt(item, 'error_state');
  if (state === undefined) return [];
  const shown = name || textAt(state, 'failed_configuration', 'name');
  return [{ type, name: shown, reason: textAt(state, 'details'), at: textAt(state, 'last_update_attempt') }];
}
