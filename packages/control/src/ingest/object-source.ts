/** Follows all kinds of the mesh in one API, and collects what changes until somebody takes it. */
import { type AnyKind, type ApiObject, deepEqual } from '@weft/api';
import { describeError, type Logger, MeshError } from '@weft/core';
import { type InformerLease, type KubeClient, keyOf, resourceOf } from '@weft/kube/client';
import type { MeshKind, ObjectChange } from '../mesh/model/index.ts';
import { type FollowedKind, followedKindList } from './followed-kinds.ts';

/** What a source needs. */
export interface ObjectSourceOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Where the ConfigMap of the mesh is. */
  readonly systemNamespace: string;
  readonly configMapName: string;
  /** Called when there is something to take; not again before it was taken. */
  readonly onChange: () => void;
}

interface Followed {
  readonly name: MeshKind;
  readonly lease: InformerLease<ApiObject>;
  readonly isOptional: boolean;
}

/** See the file's head. */
export class ObjectSource {
  readonly #options: ObjectSourceOptions;
  readonly #followed: readonly Followed[];
  /** By kind and key: of several changes of one object only the last counts. */
  #changes = new Map<string, ObjectChange>();

  constructor(options: ObjectSourceOptions) {
    this.#options = options;
    this.#followed = followedKindList.map((followed) => this.#follow(followed));
  }

  /** Resolves when everything that is there has been seen; rejects with the kinds that could not be when the signal aborts. */
  async waitForSync(signal?: AbortSignal): Promise<void> {
    const awaited = this.#followed.filter(({ isOptional }) => !isOptional);
    const outcomes = await Promise.allSettled(awaited.map(({ lease }) => lease.informer.waitForSync(signal)));
    const missing = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [`${awaited[i]!.name}: ${describeError(outcome.reason)}`] : [],
    );
    if (missing.length > 0) {
      throw new MeshError('MESH_ABORTED', `could not read all that the mesh is made of: ${missing.join('; ')}`);
    }
  }

  /** What keeps the picture from being up to date, by kind; empty while all is well. */
  problems(): readonly string[] {
    return this.#followed
      .filter(({ lease, isOptional }) => !isOptional && lease.informer.problem !== undefined)
      .map(({ name, lease }) => `${name}: ${describeError(lease.informer.problem)}`);
  }

  /** An object as it is now, with its status. */
  current(kind: MeshKind, key: string): ApiObject | undefined {
    return this.#followed.find(({ name }) => name === kind)?.lease.informer.cache.get(key);
  }

  /** What changed since it was asked last. */
  take(): readonly ObjectChange[] {
    const changes = [...this.#changes.values()];
    this.#changes = new Map();
    return changes;
  }

  async close(): Promise<void> {
    await Promise.all(this.#followed.map(({ lease }) => lease.release()));
  }

  #follow(followed: FollowedKind & { readonly name: MeshKind }): Followed {
    const { client, systemNamespace, configMapName } = this.#options;
    const { name, kind, keep, isOptional = false } = followed;
    const scope = followed.isOnlyOfMesh
      ? { namespace: systemNamespace, fieldSelector: `metadata.name=${configMapName}` }
      : {};
    const lease = client.informers.acquire<ApiObject>(
      { resource: resourceOf(kind), ...scope },
      { name: 'mesh', transform: keep },
    );
    lease.informer.addHandler({
      onAdd: (object) => this.#note(name, object, true),
      onUpdate: (object, previous) => {
        if (isOther(previous, object, kind)) this.#note(name, object, true);
      },
      onDelete: (object) => this.#note(name, object, false),
    });
    return { name, lease, isOptional };
  }

  #note(kind: MeshKind, object: ApiObject, isThere: boolean): void {
    const key = keyOf(object);
    const wasEmpty = this.#changes.size === 0;
    // The informer of a kind has objects of its type.
    this.#changes.set(`${kind}/${key}`, { kind, key, ...(isThere ? { object } : {}) } as ObjectChange);
    if (wasEmpty) this.#options.onChange();
  }
}

/**
 * Whether an object says something else to the mesh than before. Nodes and Pods report every few seconds that nothing is new, and the status of
 * what users write is written by controllers, ourselves included.
 */
function isOther(previous: ApiObject, next: ApiObject, kind: AnyKind): boolean {
  return !deepEqual(essence(previous, kind), essence(next, kind));
}

function essence({ metadata, ...rest }: ApiObject, { isBuiltin, hasStatus }: AnyKind): object {
  const { resourceVersion: _revision, managedFields: _writers, ...kept } = metadata;
  const ignoresStatus = isBuiltin !== true && hasStatus === true;
  return { ...rest, metadata: kept, ...(ignoresStatus ? { status: undefined } : {}) };
}
