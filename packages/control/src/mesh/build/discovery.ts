/**
 * Which namespaces the mesh looks at. With `discoverySelectors`, objects of other namespaces are kept, since a label may bring
 * them in at any time, and nothing is made from them. The namespace of the control plane is always looked at.
 */
import { selectsLabels } from '@weft/api';
import { getOrAdd } from '../collections/get-or-add.ts';
import type { ShardedMap } from '../collections/sharded-map.ts';
import type { MeshKind, MeshObject, MeshObjects, MeshSettings, MeshSnapshot, ObjectKey } from '../model/index.ts';
import { allKeys, byKind, type DirtyKeys, dirtyKeys, MESH_KINDS } from './dirty.ts';

/** Kinds that belong to no namespace and are always of interest. */
const CLUSTER_WIDE: ReadonlySet<MeshKind> = new Set(['Node']);

/** The objects that the mesh is made from, and which of them differ from those before. */
export interface Discovered {
  readonly objects: MeshObjects;
  readonly dirty: DirtyKeys;
}

/** Chooses the objects of namespaces that the mesh looks at. */
export function discover(
  previous: MeshSnapshot,
  all: MeshObjects,
  settings: MeshSettings,
  changed: ReadonlyMap<MeshKind, ReadonlySet<ObjectKey>>,
): Discovered {
  if (settings !== previous.settings) {
    // Settings reach into everything, and change hardly ever.
    const dirty = allKeys(previous.allObjects, all);
    return { objects: choose(all, all, settings, dirty), dirty };
  }
  if (looksEverywhere(settings)) return { objects: all, dirty: dirtyKeys(changed) };
  const turned = [...(changed.get('Namespace') ?? [])].filter(
    (namespace) => previous.objects.Namespace.has(namespace) !== isDiscovered(namespace, all, settings),
  );
  const dirty = turned.length === 0 ? dirtyKeys(changed) : withObjectsOf(new Set(turned), all, changed);
  return { objects: choose(previous.objects, all, settings, dirty), dirty };
}

function looksEverywhere({ config }: MeshSettings): boolean {
  return (config.discoverySelectors ?? []).length === 0;
}

function isDiscovered(namespace: string, { Namespace }: MeshObjects, { config, options }: MeshSettings): boolean {
  if (namespace === options.systemNamespace) return true;
  const object = Namespace.get(namespace);
  if (object === undefined) return false;
  return (config.discoverySelectors ?? []).some((selector) =>
    selectsLabels(selector as Selector, object.metadata.labels),
  );
}

type Selector = Parameters<typeof selectsLabels>[0];

/** `base` with the dirty objects as they are in `all`, or without them where the mesh does not look. */
function choose(base: MeshObjects, all: MeshObjects, settings: MeshSettings, dirty: DirtyKeys): MeshObjects {
  if (looksEverywhere(settings)) return all;
  const known = new Map<string, boolean>();
  const isWanted = (namespace: string): boolean =>
    getOrAdd(known, namespace, () => isDiscovered(namespace, all, settings));
  return byKind((kind) => {
    const objects: ShardedMap<MeshObject> = all[kind];
    if (CLUSTER_WIDE.has(kind)) return objects;
    const chosen: ShardedMap<MeshObject> = base[kind];
    return chosen.with(
      Array.from(dirty[kind], (key) => [key, isWanted(namespaceOf(kind, key)) ? objects.get(key) : undefined] as const),
    );
  }) as MeshObjects;
}

function namespaceOf(kind: MeshKind, key: ObjectKey): string {
  return kind === 'Namespace' ? key : key.slice(0, Math.max(key.indexOf('/'), 0));
}

/** What changed, and everything in namespaces that came in or went out. */
function withObjectsOf(
  namespaces: ReadonlySet<string>,
  all: MeshObjects,
  changed: ReadonlyMap<MeshKind, ReadonlySet<ObjectKey>>,
): DirtyKeys {
  const keys = new Map<MeshKind, Set<ObjectKey>>();
  for (const kind of MESH_KINDS) {
    const dirty = new Set(changed.get(kind));
    for (const key of all[kind].keys()) if (namespaces.has(namespaceOf(kind, key))) dirty.add(key);
    keys.set(kind, dirty);
  }
  return dirtyKeys(keys);
}
