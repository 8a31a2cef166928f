/** From one snapshot to the next. */

import { getOrAdd } from '../collections/get-or-add.ts';
import { ShardedMap } from '../collections/sharded-map.ts';
import { buildConfig, EMPTY_CONFIG } from '../config/build-config.ts';
import type {
  ChangeReason,
  MeshKind,
  MeshObject,
  MeshObjects,
  MeshOptions,
  MeshSnapshot,
  ObjectChange,
  ObjectKey,
} from '../model/index.ts';
import { buildRegistry, EMPTY_REGISTRY } from '../registry/build-registry.ts';
import { buildSettings } from '../settings/build-settings.ts';
import { buildWorkloads, EMPTY_WORKLOADS } from '../workloads/build-workloads.ts';
import { byKind } from './dirty.ts';
import { discover } from './discovery.ts';

/** Reasons beyond this many are counted and not listed: a restart changes everything, and nobody reads that list. */
const MAX_REASONS = 100;

/** What holds when the process is told nothing. */
export const DEFAULT_OPTIONS: MeshOptions = Object.freeze({
  clusterDomain: 'cluster.local',
  cluster: 'Kubernetes',
  systemNamespace: 'istio-system',
  configMapName: 'istio',
});

/** The snapshot of a mesh without objects, which all others come from. */
export function emptySnapshot(options: Partial<MeshOptions> = {}): MeshSnapshot {
  const objects = byKind(() => ShardedMap.empty<never>()) as MeshObjects;
  return Object.freeze({
    version: 0,
    reasons: Object.freeze([]),
    reasonCount: 0,
    objects,
    allObjects: objects,
    settings: buildSettings(undefined, objects, Object.freeze({ ...DEFAULT_OPTIONS, ...options })),
    registry: EMPTY_REGISTRY,
    config: EMPTY_CONFIG,
    workloads: EMPTY_WORKLOADS,
  });
}

/**
 * The snapshot after changes. It is the same as one that is built from the resulting objects alone; everything that did not
 * change is the same object as in `previous`, and `previous` itself comes back when no object changed.
 */
export function buildSnapshot(previous: MeshSnapshot, changes: Iterable<ObjectChange>): MeshSnapshot {
  const { objects: allObjects, changed } = applyChanges(previous.allObjects, changes);
  if (changed.size === 0) return previous;
  const { reasons, reasonCount } = reasonsFor(previous.allObjects, allObjects, changed);
  const settings = touchesSettings(previous, changed)
    ? buildSettings(previous.settings, allObjects, previous.settings.options)
    : previous.settings;
  const { objects, dirty } = discover(previous, allObjects, settings, changed);
  const registry = buildRegistry(previous.registry, objects, settings, dirty);
  const config = buildConfig(previous.config, objects, settings, dirty);
  const workloads = buildWorkloads(previous.workloads, {
    objects,
    settings,
    registry,
    previousRegistry: previous.registry,
    dirty,
  });
  const version = previous.version + 1;
  return Object.freeze({ version, reasons, reasonCount, objects, allObjects, settings, registry, config, workloads });
}

type ChangedKeys = ReadonlyMap<MeshKind, ReadonlySet<ObjectKey>>;

function applyChanges(
  before: MeshObjects,
  changes: Iterable<ObjectChange>,
): { readonly objects: MeshObjects; readonly changed: ChangedKeys } {
  const byKindOf = new Map<MeshKind, [ObjectKey, MeshObject | undefined][]>();
  for (const { kind, key, object } of changes) getOrAdd(byKindOf, kind, () => []).push([key, object]);
  const changed = new Map<MeshKind, ReadonlySet<ObjectKey>>();
  const objects = byKind((kind) => {
    const map: ShardedMap<MeshObject> = before[kind];
    const entries = byKindOf.get(kind);
    if (entries === undefined) return map;
    const next = map.with(entries);
    const keys = next.changedKeys(map);
    if (keys.length > 0) changed.set(kind, new Set(keys));
    return next;
  }) as MeshObjects;
  return { objects, changed };
}

function touchesSettings({ settings }: MeshSnapshot, changed: ChangedKeys): boolean {
  const { systemNamespace, configMapName } = settings.options;
  return (
    changed.get('ConfigMap')?.has(`${systemNamespace}/${configMapName}`) === true ||
    changed.get('Namespace')?.has(systemNamespace) === true
  );
}

function reasonsFor(
  before: MeshObjects,
  after: MeshObjects,
  changed: ChangedKeys,
): { readonly reasons: readonly ChangeReason[]; readonly reasonCount: number } {
  const reasons: ChangeReason[] = [];
  let reasonCount = 0;
  for (const [kind, keys] of changed) {
    reasonCount += keys.size;
    for (const key of keys) {
      if (reasons.length >= MAX_REASONS) break;
      const object: MeshObject | undefined = after[kind].get(key);
      const change = object === undefined ? 'removed' : before[kind].has(key) ? 'changed' : 'added';
      const { generation, resourceVersion } = (object ?? before[kind].get(key)!).metadata;
      reasons.push(
        Object.freeze({
          kind,
          key,
          change,
          ...(generation === undefined ? {} : { generation }),
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        }),
      );
    }
  }
  return { reasons: Object.freeze(reasons), reasonCount };
}
