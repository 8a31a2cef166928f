/** What is known of dynamic resources, as the admin interface shows it. */
import type { ListenerRuntime } from '@weft/engine';
import { keyText, type ResourceState, STATIC_SOURCE } from '@weft/xds/graph';
import type { DynamicEntry, ReceivedForm } from '../admin/dynamic-view.ts';
import { type DynamicResource, typeNameOf } from './dynamic-resource.ts';
import type { Rejection } from './rejections.ts';

/** What entries are made of. */
export interface EntryParts {
  readonly resources: Iterable<ResourceState<DynamicResource>>;
  readonly rejections: Iterable<Rejection>;
  /** Names of clusters that wait for their hosts, though nothing else is missing. */
  readonly warmingClusters: ReadonlySet<string>;
  /** Key: name of a listener that could not be opened, though everything else about it is right; the reason. */
  readonly closed: ReadonlyMap<string, string>;
  /** Listeners whose clients have been asked to leave, and how they came. */
  readonly draining: readonly (readonly [ListenerRuntime, ReceivedForm])[];
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const LISTENER = 'envoy.config.listener.v3.Listener';
const NOTHING = { active: undefined, warming: undefined, draining: undefined, refused: undefined };

/** See the file's head. */
export function createEntries({
  resources,
  rejections,
  warmingClusters,
  closed,
  draining,
}: EntryParts): readonly DynamicEntry[] {
  const entries = new Map<string, DynamicEntry>();
  for (const { key, active, pending } of resources) {
    if (key.source === STATIC_SOURCE) continue;
    const typeName = typeNameOf(key.typeUrl);
    const isWarming = typeName === CLUSTER && warmingClusters.has(key.name);
    const reason = typeName === LISTENER ? closed.get(key.name) : undefined;
    const received = active?.received;
    entries.set(keyText(key), {
      ...NOTHING,
      typeName,
      name: key.name,
      active: isWarming || reason !== undefined ? undefined : received,
      warming: pending?.received ?? (isWarming ? received : undefined),
      refused: reason === undefined || received === undefined ? undefined : { ...received, reason },
    });
  }
  for (const { key, received, reason } of rejections) {
    const known = entries.get(keyText(key)) ?? { ...NOTHING, typeName: typeNameOf(key.typeUrl), name: key.name };
    entries.set(keyText(key), { ...known, refused: { ...received, reason } });
  }
  const all = [...entries.values()];
  for (const [{ name }, received] of draining) {
    const at = all.findIndex((entry) => entry.typeName === LISTENER && entry.name === name && !entry.draining);
    if (at < 0) all.push({ ...NOTHING, typeName: LISTENER, name, draining: received });
    else all[at] = { ...all[at]!, draining: received };
  }
  return all;
}
