/** Writes into the status of users' objects what became of them: a little after it changed, and only what is new. */
import { type ApiObject, parseApiVersion } from '@weft/api';
import { type Clock, Debounce, describeError, type Logger } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import { followedKinds } from '../ingest/followed-kinds.ts';
import { type Finding, idOfRef, keyOfRef, MESH_KINDS, type MeshKind, type MeshSnapshot } from '../mesh/index.ts';
import type { ConnectedProxy } from '../push/distributor.ts';
import { coverageOf } from './coverage.ts';
import { type Condition, type ObjectStatus, statusOf } from './object-status.ts';

/** What a writer needs. */
export interface StatusWriterOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of several control planes one writes. */
  readonly isLeader: () => boolean;
  readonly snapshot: () => MeshSnapshot;
  readonly proxies: () => Iterable<ConnectedProxy>;
  /** What is wrong with the objects of the snapshot, whoever found it. */
  readonly findings: () => readonly Finding[];
  /** An object as the API has it now. */
  readonly current: (kind: MeshKind, key: string) => ApiObject | undefined;
}

/** Proxies answer one after the other; what they say is collected. */
const QUIET_MS = 200;
const MAX_WAIT_MS = 1000;
/** Writes at a time. */
const CONCURRENCY = 8;

/** The kinds whose objects have a status of ours: those that users write for the mesh. */
const STATUS_KINDS = MESH_KINDS.filter((name) => {
  const { kind } = followedKinds[name];
  return kind.isBuiltin !== true && kind.hasStatus === true && kind.group.endsWith('.istio.io');
});

interface Write {
  readonly kind: MeshKind;
  readonly object: ApiObject;
  readonly status: ObjectStatus;
}

/** See the file's head. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #debounce: Debounce<undefined>;
  /** Snapshot since which an object is as it is, by `Kind/namespace/name`; written by `snapshotChanged`. */
  readonly #introducedAt = new Map<string, number>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#debounce = new Debounce<undefined>({
      clock: options.clock,
      quietMs: QUIET_MS,
      maxWaitMs: MAX_WAIT_MS,
      merge: () => undefined,
      run: () => this.#write(),
      onError: (thrown) => options.log.error('statuses could not be written', { reason: describeError(thrown) }),
    });
  }

  /** A new snapshot has come. */
  snapshotChanged(next: MeshSnapshot, previous: MeshSnapshot): void {
    for (const kind of STATUS_KINDS) {
      for (const key of next.objects[kind].changedKeys(previous.objects[kind] as never)) {
        const id = `${kind}/${key}`;
        if (next.objects[kind].has(key)) this.#introducedAt.set(id, next.version);
        else this.#introducedAt.delete(id);
      }
    }
    this.changed();
  }

  /** Something that statuses tell of may have changed: a proxy has come, gone or answered. */
  changed(): void {
    this.#debounce.trigger(undefined);
  }

  async close(): Promise<void> {
    this.#debounce.close();
    await this.#debounce.flush();
  }

  async #write(): Promise<void> {
    if (!this.#options.isLeader()) return;
    const writes = this.#due();
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < writes.length) {
        const write = writes[next++]!;
        await this.#writeOne(write);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  /** The statuses that are not what they should be. */
  #due(): readonly Write[] {
    const { snapshot, proxies, findings, current, clock } = this.#options;
    const now = new Date(clock.now()).toISOString();
    const covered = [...proxies()].map(({ client, proxy, given }) => ({
      id: proxy.id,
      parts: given.parts,
      status: client.status(),
    }));
    const coverage = coverageOf(covered, (id) => this.#introducedAt.get(id) ?? 0);
    const found = Map.groupBy(findings(), ({ object }) => idOfRef(object));
    const writes: Write[] = [];
    const { objects } = snapshot();
    for (const kind of STATUS_KINDS) {
      for (const key of objects[kind].keys()) {
        const object = current(kind, key);
        if (object === undefined) continue;
        const id = `${kind}/${key}`;
        const before = (object['status'] as { readonly conditions?: readonly Condition[] } | undefined)?.conditions;
        const status = statusOf({
          generation: object.metadata.generation,
          coverage: coverage.get(id),
          findings: found.get(id) ?? [],
          before: before ?? [],
          now,
        });
        if (status !== undefined) writes.push({ kind, object, status });
      }
    }
    return writes;
  }

  async #writeOne({ kind, object, status }: Write): Promise<void> {
    const { client, log } = this.#options;
    const { name = '', namespace, uid, resourceVersion } = object.metadata;
    const { version } = parseApiVersion(object.apiVersion);
    try {
      const collection = client.resource(followedKinds[kind].kind, { namespace, version });
      // The revision says which state the status is of: of a newer one it would be a lie.
      const body = { metadata: { uid, resourceVersion }, status };
      await collection.patch(name, { type: 'merge', body }, { subresource: 'status' });
    } catch (thrown) {
      // Somebody was faster; the next run looks again.
      if (isApiStatusError(thrown, 'Conflict')) this.changed();
      else if (!isApiStatusError(thrown, 'NotFound')) {
        const reference = keyOfRef({ kind, namespace: namespace ?? '', name });
        log.warning('a status could not be written', { kind, object: reference, reason: describeError(thrown) });
      }
    }
  }
}
