/** The parts of `/config_dump` that come while the proxy runs. */
import { decode, Problems, toJson } from '@weft/proto/lite';
import type { DynamicEntry, DynamicView, ReceivedForm } from '../dynamic-view.ts';
import type { JsonObject } from './json-object.ts';

/** Fields of the messages of `/config_dump`. */
export interface DynamicParts {
  readonly clusters: JsonObject;
  readonly listeners: JsonObject;
  readonly routes: JsonObject;
  readonly secrets: JsonObject;
  /** Listeners in use, whose routes may stand in them. */
  readonly activeListeners: readonly { readonly listener: JsonObject; readonly last_updated: string }[];
}

const PREFIX = 'type.googleapis.com/';
const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const LISTENER = 'envoy.config.listener.v3.Listener';
const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** Nothing, or what is known of resources whose names are asked for. */
export function dynamicParts(view: DynamicView | undefined, isNamed: (name: string) => boolean): DynamicParts {
  const entries = (view?.entries() ?? []).filter(({ name }) => isNamed(name));
  const of = (typeName: string) => entries.filter((entry) => entry.typeName === typeName);
  const listeners = of(LISTENER);
  return {
    clusters: { ...versionOf(view, CLUSTER), ...clusterLists(of(CLUSTER)) },
    listeners: { ...versionOf(view, LISTENER), ...list('dynamic_listeners', listeners.map(listenerOf)) },
    routes: list(
      'dynamic_route_configs',
      of(ROUTES).flatMap((entry) => withForm(entry.active, 'route_config', ROUTES, refusedField(entry))),
    ),
    secrets: secretLists(of(SECRET)),
    activeListeners: listeners.flatMap(({ active }) =>
      active === undefined ? [] : [{ listener: show(LISTENER, active), last_updated: timeOf(active) }],
    ),
  };
}

function versionOf(view: DynamicView | undefined, typeName: string): JsonObject {
  const version = view?.versionOf(typeName) ?? '';
  return version === '' ? {} : { version_info: version };
}

function clusterLists(entries: readonly DynamicEntry[]): JsonObject {
  return {
    ...list(
      'dynamic_active_clusters',
      entries.flatMap((entry) => withForm(entry.active, 'cluster', CLUSTER, refusedField(entry))),
    ),
    ...list(
      'dynamic_warming_clusters',
      entries.flatMap(({ warming }) => withForm(warming, 'cluster', CLUSTER, {})),
    ),
  };
}

function listenerOf(entry: DynamicEntry): JsonObject {
  const { name, active, warming, draining } = entry;
  const state = (field: string, form: ReceivedForm | undefined) => {
    const [shown] = withForm(form, 'listener', LISTENER, {});
    return shown === undefined ? {} : { [field]: shown };
  };
  return {
    name,
    ...state('active_state', active),
    ...state('warming_state', warming),
    ...state('draining_state', draining),
    ...refusedField(entry),
  };
}

function secretLists(entries: readonly DynamicEntry[]): JsonObject {
  const shown = (name: string, form: ReceivedForm) => ({
    name,
    ...versionField(form),
    last_updated: timeOf(form),
    secret: show(SECRET, form),
  });
  return {
    ...list(
      'dynamic_active_secrets',
      entries.flatMap(({ name, active }) => (active === undefined ? [] : [shown(name, active)])),
    ),
    ...list(
      'dynamic_warming_secrets',
      entries
        .filter(({ active }) => active === undefined)
        .map((entry) => ({
          name: entry.name,
          version_info: 'uninitialized',
          secret: { '@type': PREFIX + SECRET, name: entry.name },
          ...refusedField(entry),
        })),
    ),
  };
}

function list(name: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}

function withForm(
  form: ReceivedForm | undefined,
  field: string,
  typeName: string,
  more: JsonObject,
): readonly JsonObject[] {
  if (form === undefined) return [];
  return [{ ...versionField(form), [field]: show(typeName, form), last_updated: timeOf(form), ...more }];
}

/** envoy.admin.v3.UpdateFailureState: the version that was refused, and why. */
function refusedField({ typeName, refused }: DynamicEntry): JsonObject {
  if (refused === undefined) return {};
  return {
    error_state: {
      failed_configuration: show(typeName, refused),
      last_update_attempt: timeOf(refused),
      details: refused.reason,
      ...versionField(refused),
    },
  };
}

function versionField({ version }: ReceivedForm): JsonObject {
  return version === '' ? {} : { version_info: version };
}

/** Secrets are hidden. Of what cannot be decoded, only the type is shown. */
function show(typeName: string, { bytes }: ReceivedForm): JsonObject {
  const message = decode(typeName, bytes, new Problems());
  const shown = message === undefined ? {} : (toJson(message, { useProtoNames: true, redact: true }) as JsonObject);
  return { '@type': PREFIX + typeName, ...shown };
}

function timeOf({ atMs }: ReceivedForm): string {
  return new Date(atMs).toISOString();
}
