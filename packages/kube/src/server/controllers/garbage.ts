/**
 * Garbage collection by owner references: what nobody owns any more goes; a foreground deletion waits for its dependents;
 * an orphaning one cuts them loose. Keys are `resource|namespace|name`.
 */
import type { AnyKind, ApiObject } from '@weft/api';
import { resourceId } from '../catalog.ts';
import type { Entry, StoreEvent, WatchHandle } from '../store/types.ts';
import type { Controller, ControllerContext } from './types.ts';
import { KeyWorker } from './worker.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const MAX_CYCLE_STEPS = 10_000;

interface Located {
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
}

/** The garbage collector; the only writer of its index. */
export class GarbageCollector implements Controller {
  readonly name = 'garbage';
  private readonly context: ControllerContext;
  private readonly worker: KeyWorker;
  /** Owner's uid to the keys of its dependents. */
  private readonly dependents = new Map<string, Set<string>>();
  /** Resource id to the subscription that follows it. */
  private readonly handles = new Map<string, WatchHandle>();
  /** Dependents of owners whose kind was not known when they were looked at. */
  private readonly unjudged = new Set<string>();
  private unsubscribe: (() => void) | undefined;

  constructor(context: ControllerContext) {
    this.context = context;
    this.worker = new KeyWorker({ ...context, name: this.name }, (key) => this.reconcile(key));
  }

  start(): void {
    this.followKinds();
    this.unsubscribe = this.context.catalog.subscribe(() => this.followKinds());
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    for (const handle of this.handles.values()) handle.stop();
    this.handles.clear();
    await this.worker.stop();
  }

  /** Follows every stored kind, those that users defined since included. */
  private followKinds(): void {
    const { registry } = this.context.catalog.get();
    const wanted = new Set<string>();
    for (const kind of registry.kinds) {
      if (kind.verbs !== undefined) continue;
      const id = resourceId(kind);
      wanted.add(id);
      if (!this.handles.has(id))
        this.handles.set(
          id,
          this.context.client.follow(kind, (event) => this.onEvent(event)),
        );
    }
    // What could not be judged may be now.
    for (const key of this.unjudged) this.worker.add(key);
    this.unjudged.clear();
    for (const [id, handle] of this.handles) {
      if (wanted.has(id)) continue;
      handle.stop();
      this.handles.delete(id);
    }
  }

  private onEvent(event: Pick<StoreEvent, 'type' | 'entry' | 'previous'>): void {
    const { entry, previous, type } = event;
    const key = entryKey(entry);
    if (previous !== undefined && hasOwners(previous)) this.unlink(key, previous);
    if (type === 'DELETED') {
      const { uid } = (JSON.parse(entry.json) as ApiObject).metadata;
      if (hasOwners(entry)) {
        this.unlink(key, entry);
        for (const owner of ownersOf(entry)) this.wakeOwner(owner, entry.namespace);
      }
      for (const dependent of this.dependents.get(uid ?? '') ?? []) this.worker.add(dependent);
      return;
    }
    if (hasOwners(entry)) {
      for (const owner of ownersOf(entry)) this.link(owner.uid, key);
      this.worker.add(key);
    } else if (entry.json.includes('"deletionTimestamp"')) this.worker.add(key);
  }

  private link(uid: string, key: string): void {
    const known = this.dependents.get(uid);
    if (known === undefined) this.dependents.set(uid, new Set([key]));
    else known.add(key);
  }

  private unlink(key: string, entry: Entry): void {
    for (const owner of ownersOf(entry)) {
      const known = this.dependents.get(owner.uid);
      known?.delete(key);
      if (known?.size === 0) this.dependents.delete(owner.uid);
    }
  }

  /** An owner that waits for its dependents has one less. */
  private wakeOwner(owner: OwnerReference, namespace: string): void {
    const located = this.locateOwner(owner, namespace);
    if (located !== undefined) this.worker.add(keyOf(located));
  }

  private async reconcile(key: string): Promise<void> {
    const located = this.locate(key);
    if (located === undefined) return;
    const object = this.context.client.get(located.kind, located.namespace, located.name);
    if (object === undefined) return;
    if (object.metadata.deletionTimestamp !== undefined) {
      if (object.metadata.finalizers?.includes(ORPHAN) === true) return this.orphan(located, object);
      if (object.metadata.finalizers?.includes(FOREGROUND) === true) return this.foreground(located, object);
    }
    await this.collect(located, object);
  }

  /** Deletes an object that no living owner holds; drops references to owners that are gone. */
  private async collect(located: Located, object: ApiObject): Promise<void> {
    const owners = (object.metadata.ownerReferences ?? []) as OwnerReference[];
    if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
    const states = owners.map((owner) => ({ owner, state: this.ownerState(owner, located.namespace) }));
    if (states.some(({ state }) => state === 'unknown')) this.unjudged.add(keyOf(located));
    const isHeld = states.some(({ state }) => state === 'alive' || state === 'unknown');
    if (isHeld) {
      const isOver = (state: OwnerState): boolean => state === 'gone' || state === 'waiting';
      const gone = new Set(states.filter(({ state }) => isOver(state)).map(({ owner }) => owner.uid));
      if (gone.size > 0) await this.dropOwners(located, gone);
      return;
    }
    const isForeground = states.some(({ state }) => state === 'waiting');
    const propagation = isForeground ? 'Foreground' : 'Background';
    // Somebody may adopt it in this moment: what was judged is this state of it.
    const { uid, resourceVersion } = object.metadata;
    await this.context.client.delete(located.kind, located, { propagation, uid, resourceVersion });
  }

  private ownerState(owner: OwnerReference, namespace: string): OwnerState {
    const located = this.locateOwner(owner, namespace);
    if (located === undefined) return 'unknown';
    const object = this.context.client.get(located.kind, located.namespace, located.name);
    if (object === undefined || object.metadata.uid !== owner.uid) return 'gone';
    const isWaiting =
      object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.includes(FOREGROUND) === true;
    return isWaiting ? 'waiting' : 'alive';
  }

  /** Deletes the dependents; lets the owner go when none that blocks it is left. */
  private async foreground(located: Located, object: ApiObject): Promise<void> {
    const { uid } = object.metadata;
    let isBlocked = false;
    for (const key of [...(this.dependents.get(uid!) ?? [])]) {
      const dependent = this.locate(key);
      if (dependent === undefined) continue;
      const state = this.context.client.get(dependent.kind, dependent.namespace, dependent.name);
      if (state === undefined) continue;
      if (state.metadata.deletionTimestamp === undefined) this.worker.add(key);
      if (blocks(state, uid!) && !this.isInCycle(state, uid!)) isBlocked = true;
    }
    if (!isBlocked) await this.dropFinalizer(located, FOREGROUND);
  }

  /** True when `object` itself is owned, at some distance, by what waits for it: nobody in such a ring may wait. */
  private isInCycle(object: ApiObject, uid: string): boolean {
    const seen = new Set<string>();
    const open = [object.metadata.uid!];
    for (let steps = 0; open.length > 0 && steps < MAX_CYCLE_STEPS; steps++) {
      const at = open.pop()!;
      for (const key of this.dependents.get(at) ?? []) {
        const located = this.locate(key);
        const next = located && this.context.client.get(located.kind, located.namespace, located.name);
        if (next === undefined || seen.has(next.metadata.uid!)) continue;
        if (next.metadata.uid === uid) return true;
        seen.add(next.metadata.uid!);
        open.push(next.metadata.uid!);
      }
    }
    return false;
  }

  private async orphan(located: Located, object: ApiObject): Promise<void> {
    for (const key of [...(this.dependents.get(object.metadata.uid!) ?? [])]) {
      const dependent = this.locate(key);
      if (dependent !== undefined) await this.dropOwners(dependent, new Set([object.metadata.uid!]));
    }
    await this.dropFinalizer(located, ORPHAN);
  }

  private async dropOwners(located: Located, uids: ReadonlySet<string>): Promise<void> {
    await this.context.client.change(located.kind, located, (current) => {
      const left = ((current.metadata.ownerReferences ?? []) as OwnerReference[]).filter((o) => !uids.has(o.uid));
      return { ...current, metadata: { ...current.metadata, ownerReferences: left } };
    });
  }

  private async dropFinalizer(located: Located, finalizer: string): Promise<void> {
    await this.context.client.change(located.kind, located, (current) => {
      const left = (current.metadata.finalizers ?? []).filter((f) => f !== finalizer);
      return { ...current, metadata: { ...current.metadata, finalizers: left } };
    });
  }

  private locate(key: string): Located | undefined {
    const [id, namespace, name] = key.split('|') as [string, string, string];
    const slash = id.indexOf('/');
    const kind = this.context.catalog.get().registry.byPlural(id.slice(0, slash), id.slice(slash + 1));
    return kind === undefined ? undefined : { kind, namespace, name };
  }

  private locateOwner(owner: OwnerReference, namespace: string): Located | undefined {
    const kind = this.context.catalog.get().registry.byApiVersion(owner.apiVersion, owner.kind);
    if (kind === undefined) return undefined;
    // Something cluster-wide cannot be owned from inside a namespace: which one would it be?
    if (kind.scope === 'Namespaced' && namespace === '') return undefined;
    return { kind, namespace: kind.scope === 'Cluster' ? '' : namespace, name: owner.name };
  }
}

interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly blockOwnerDeletion?: boolean;
}

/** What is known of an owner; of an unknown one nothing, and deleting on a guess would lose data. */
type OwnerState = 'alive' | 'gone' | 'waiting' | 'unknown';

function keyOf({ kind, namespace, name }: Located): string {
  return `${resourceId(kind)}|${namespace}|${name}`;
}

function entryKey(entry: Entry): string {
  return `${entry.resource}|${entry.namespace}|${entry.name}`;
}

function hasOwners(entry: Entry): boolean {
  return entry.json.includes('"ownerReferences":[{');
}

function ownersOf(entry: Entry): readonly OwnerReference[] {
  return ((JSON.parse(entry.json) as ApiObject).metadata.ownerReferences ?? []) as OwnerReference[];
}

function blocks(dependent: ApiObject, ownerUid: string): boolean {
  const owners = (dependent.metadata.ownerReferences ?? []) as OwnerReference[];
  return owners.some((owner) => owner.uid === ownerUid && owner.blockOwnerDeletion === true);
}
