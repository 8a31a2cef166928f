/** The index of configuration, from the one before and the objects that changed. */
import type { DirtyKeys } from '../build/dirty.ts';
import { ShardedMap } from '../collections/sharded-map.ts';
import type {
  ByNamespace,
  ConfigIndex,
  DestinationRuleIr,
  GatewayIr,
  MeshKind,
  MeshObject,
  MeshObjects,
  MeshSettings,
  ObjectKey,
  ObjectRef,
  VirtualServiceIr,
} from '../model/index.ts';
import { keepEqual } from '../names/keep-equal.ts';
import { byAge, keyOfRef } from '../names/object-ref.ts';
import { parseDestinationRule } from './destination-rule.ts';
import { buildDestinationRuleIndex, EMPTY_DESTINATION_RULES } from './destination-rule-index.ts';
import { parseGateway } from './gateway.ts';
import { delegatesOf, isDelegate, joinDelegates } from './join-delegates.ts';
import { byPriorityAndAge, parseAuthorizationPolicy, parseEnvoyFilter, parsePolicy } from './policy.ts';
import { bySelectorAndAge, parseSidecar } from './sidecar.ts';
import { parseVirtualService } from './virtual-service.ts';

/** No configuration. */
export const EMPTY_CONFIG: ConfigIndex = Object.freeze({
  parsedVirtualServices: ShardedMap.empty<VirtualServiceIr>(),
  virtualServices: ShardedMap.empty<VirtualServiceIr>(),
  destinationRules: EMPTY_DESTINATION_RULES,
  gateways: ShardedMap.empty<GatewayIr>(),
  sidecars: new Map(),
  peerAuthentications: new Map(),
  authorizationPolicies: new Map(),
  requestAuthentications: new Map(),
  envoyFilters: new Map(),
  proxyConfigs: new Map(),
  telemetries: new Map(),
});

/** The index after changes; the same one when nothing differs. */
export function buildConfig(
  previous: ConfigIndex,
  objects: MeshObjects,
  settings: MeshSettings,
  dirty: DirtyKeys,
): ConfigIndex {
  const parsedVirtualServices = updateParsed(previous.parsedVirtualServices, objects.VirtualService, {
    dirty: dirty.VirtualService,
    parse: (object) => parseVirtualService(object, settings),
  });
  const parsedRules = updateParsed(previous.destinationRules.parsed, objects.DestinationRule, {
    dirty: dirty.DestinationRule,
    parse: (object): DestinationRuleIr => parseDestinationRule(object, settings),
  });
  const gateways = updateParsed(previous.gateways, objects.Gateway, { dirty: dirty.Gateway, parse: parseGateway });
  const lists = <K extends MeshKind, T extends Listed>(kind: K, before: ByNamespace<T>, shape: ListShape<K, T>) =>
    updateLists(before, objects[kind] as ShardedMap<MeshObject<K>>, dirty[kind], shape);
  const next: ConfigIndex = {
    parsedVirtualServices,
    virtualServices: updateVirtualServices(previous, parsedVirtualServices),
    destinationRules: buildDestinationRuleIndex(previous.destinationRules, parsedRules),
    gateways,
    sidecars: lists('Sidecar', previous.sidecars, { parse: parseSidecar, compare: bySelectorAndAge }),
    peerAuthentications: lists('PeerAuthentication', previous.peerAuthentications, {
      parse: (object) => parsePolicy('PeerAuthentication', object),
      compare: byAge,
    }),
    authorizationPolicies: lists('AuthorizationPolicy', previous.authorizationPolicies, {
      parse: parseAuthorizationPolicy,
      compare: byAge,
    }),
    requestAuthentications: lists('RequestAuthentication', previous.requestAuthentications, {
      parse: (object) => parsePolicy('RequestAuthentication', object),
      compare: byAge,
    }),
    envoyFilters: lists('EnvoyFilter', previous.envoyFilters, { parse: parseEnvoyFilter, compare: byPriorityAndAge }),
    proxyConfigs: lists('ProxyConfig', previous.proxyConfigs, {
      parse: (object) => parsePolicy('ProxyConfig', object),
      compare: byAge,
    }),
    telemetries: lists('Telemetry', previous.telemetries, {
      parse: (object) => parsePolicy('Telemetry', object),
      compare: byAge,
    }),
  };
  const fields = Object.keys(next) as (keyof ConfigIndex)[];
  return fields.every((field) => next[field] === previous[field]) ? previous : Object.freeze(next);
}

interface Parsing<Object, T> {
  readonly dirty: ReadonlySet<ObjectKey>;
  readonly parse: (object: Object) => T;
}

function updateParsed<Object, T>(
  previous: ShardedMap<T>,
  objects: ShardedMap<Object>,
  { dirty, parse }: Parsing<Object, T>,
): ShardedMap<T> {
  return previous.with(
    Array.from(dirty, (key) => {
      const object = objects.get(key);
      return [key, object === undefined ? undefined : keepEqual(previous.get(key), parse(object))] as const;
    }),
  );
}

/** Joins delegates in again where a root changed, or anything that roots with delegates may lead to. */
function updateVirtualServices(
  previous: ConfigIndex,
  parsed: ConfigIndex['parsedVirtualServices'],
): ShardedMap<VirtualServiceIr> {
  const changed = new Set(parsed.changedKeys(previous.parsedVirtualServices));
  if (changed.size === 0) return previous.virtualServices;
  const dirty = new Set(changed);
  for (const [key, root] of parsed) if (delegatesOf(root).some((delegate) => changed.has(delegate))) dirty.add(key);
  const find = (key: ObjectKey): VirtualServiceIr | undefined => parsed.get(key);
  return previous.virtualServices.with(
    Array.from(dirty, (key) => {
      const root = parsed.get(key);
      const isRoot = root !== undefined && !isDelegate(root);
      return [
        key,
        isRoot ? keepEqual(previous.virtualServices.get(key), joinDelegates(root, find)) : undefined,
      ] as const;
    }),
  );
}

interface Listed {
  readonly ref: ObjectRef;
}

interface ListShape<K extends MeshKind, T> {
  readonly parse: (object: MeshObject<K>) => T;
  readonly compare: (a: T, b: T) => number;
}

function updateLists<K extends MeshKind, T extends Listed>(
  previous: ByNamespace<T>,
  objects: ShardedMap<MeshObject<K>>,
  dirty: ReadonlySet<ObjectKey>,
  { parse, compare }: ListShape<K, T>,
): ByNamespace<T> {
  const touched = new Map<string, Map<ObjectKey, T>>();
  let isChanged = false;
  for (const key of dirty) {
    const namespace = key.slice(0, Math.max(key.indexOf('/'), 0));
    let items = touched.get(namespace);
    if (items === undefined) {
      items = new Map((previous.get(namespace) ?? []).map((item) => [keyOfRef(item.ref), item]));
      touched.set(namespace, items);
    }
    const object = objects.get(key);
    const before = items.get(key);
    const next = object === undefined ? undefined : keepEqual(before, parse(object));
    if (next === before) continue;
    isChanged = true;
    if (next === undefined) items.delete(key);
    else items.set(key, next);
  }
  if (!isChanged) return previous;
  const lists = new Map(previous);
  for (const [namespace, items] of touched) {
    if (items.size === 0) lists.delete(namespace);
    else lists.set(namespace, Object.freeze([...items.values()].toSorted(compare)));
  }
  return lists;
}
