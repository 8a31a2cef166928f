/** The mesh of objects that are all there at once, without an API: what an API server would make of each is made here. */
import { type ApiObject, convertObject, normalize, parseApiVersion } from '@weft/api';
import { buildSnapshot, DEFAULT_OPTIONS, emptySnapshot } from '../mesh/build/build-snapshot.ts';
import type { MeshOptions, MeshSnapshot, ObjectChange } from '../mesh/model/index.ts';
import { followedKindList } from './followed-kinds.ts';

/** The first of the objects is this old; each one after it is a second younger, unless it says otherwise. */
const FIRST_AGE_MS = Date.UTC(2000, 0, 1);
const AGE_STEP_MS = 1000;

/** A mesh, and what is no part of any. */
export interface GivenMesh {
  readonly snapshot: MeshSnapshot;
  /** Objects of kinds that say nothing to a mesh. */
  readonly others: readonly ApiObject[];
}

/** Builds the mesh of objects that are valid; of two with one name the last counts. Objects are as old as they stand in the list, the first is the oldest. */
export function snapshotOf(objects: readonly ApiObject[], options: Partial<MeshOptions> = {}): GivenMesh {
  const settings = { ...DEFAULT_OPTIONS, ...options };
  const changes: ObjectChange[] = [];
  const others: ApiObject[] = [];
  for (const [i, object] of objects.entries()) {
    const change = changeOf(object, i, settings);
    if (change === undefined) others.push(object);
    else changes.push(change);
  }
  return { snapshot: buildSnapshot(emptySnapshot(settings), changes), others };
}

function changeOf(
  given: ApiObject,
  index: number,
  { systemNamespace, configMapName }: MeshOptions,
): ObjectChange | undefined {
  const { group, version } = parseApiVersion(given.apiVersion);
  const followed = followedKindList.find(({ kind }) => kind.group === group && kind.kind === given.kind);
  if (followed === undefined) return undefined;
  const { kind, keep, name } = followed;
  const key = [...(kind.scope === 'Cluster' ? [] : [given.metadata.namespace]), given.metadata.name].join('/');
  if (followed.isOnlyOfMesh === true && key !== `${systemNamespace}/${configMapName}`) return undefined;
  const creationTimestamp = new Date(FIRST_AGE_MS + index * AGE_STEP_MS).toISOString().replace('.000Z', 'Z');
  const aged = { ...given, metadata: { creationTimestamp, generation: 1, ...given.metadata } };
  const { object } = normalize(kind, version, aged);
  // The list says which type objects of a kind have.
  return { kind: name, key, object: keep(convertObject(kind, object, kind.storageVersion)) } as ObjectChange;
}
