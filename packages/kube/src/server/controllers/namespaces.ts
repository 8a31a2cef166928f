/** Empties namespaces that are being deleted, then lets them go. */
import type { AnyKind, ApiObject } from '@weft/api';
import type { InternalClient } from '../internal-client.ts';
import { kinds } from '../kinds.ts';
import type { WatchHandle } from '../store/types.ts';
import { storedAs } from '../stored-as.ts';
import type { Controller, ControllerContext } from './types.ts';
import { KeyWorker } from './worker.ts';

const FINALIZER = 'kubernetes';
const RECHECK_MS = 500;
const AT_ONCE = 64;

/** The namespace controller. */
export class NamespaceController implements Controller {
  readonly name = 'namespaces';
  private readonly context: ControllerContext;
  private readonly worker: KeyWorker;
  private handle: WatchHandle | undefined;

  constructor(context: ControllerContext) {
    this.context = context;
    this.worker = new KeyWorker({ ...context, name: this.name }, (key) => this.reconcile(key));
  }

  start(): void {
    this.handle = this.context.client.follow(kinds.namespace, ({ type, entry }) => {
      if (type !== 'DELETED' && entry.json.includes('"deletionTimestamp"')) this.worker.add(entry.name);
    });
  }

  async stop(): Promise<void> {
    this.handle?.stop();
    await this.worker.stop();
  }

  private async reconcile(name: string): Promise<void> {
    const { client } = this.context;
    const object = client.get(kinds.namespace, '', name);
    if (object?.metadata.deletionTimestamp === undefined) return;
    const left = await this.deleteContents(name);
    if (left.length === 0) {
      await client.change(kinds.namespace, { namespace: '', name, subresource: 'finalize' }, withoutFinalizer);
      return;
    }
    await client.change(kinds.namespace, { namespace: '', name, subresource: 'status' }, (current) =>
      withConditions(current, left, this.context.clock.now()),
    );
    this.worker.addLater(name, RECHECK_MS);
  }

  /** Deletes what is in the namespace and returns what is still there: objects with finalizers. */
  private async deleteContents(name: string): Promise<string[]> {
    const { client, catalog } = this.context;
    const left: string[] = [];
    for (const kind of catalog.get().registry.kinds) {
      if (kind.scope !== 'Namespaced' || kind.verbs !== undefined || storedAs(kind) !== undefined) continue;
      await deleteAll(client, kind, client.list(kind, name));
      const remaining = client.list(kind, name);
      if (remaining.length > 0) left.push(describe(kind, remaining));
    }
    return left;
  }
}

async function deleteAll(client: InternalClient, kind: AnyKind, objects: readonly ApiObject[]): Promise<void> {
  for (let start = 0; start < objects.length; start += AT_ONCE) {
    const batch = objects.slice(start, start + AT_ONCE).map(({ metadata }) => metadata);
    await Promise.all(
      batch.map(({ namespace = '', name }) =>
        client.delete(kind, { namespace, name: name! }, { propagation: 'Background' }),
      ),
    );
  }
}

function describe(kind: AnyKind, remaining: readonly ApiObject[]): string {
  const finalizers = new Set(remaining.flatMap((object) => object.metadata.finalizers ?? []));
  const held = finalizers.size === 0 ? '' : ` held by ${[...finalizers].join(', ')}`;
  const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  return `${resource} has ${remaining.length} resource instances${held}`;
}

function withoutFinalizer(current: ApiObject): ApiObject {
  const spec = (current['spec'] ?? {}) as { finalizers?: string[] };
  return { ...current, spec: { ...spec, finalizers: (spec.finalizers ?? []).filter((f) => f !== FINALIZER) } };
}

function withConditions(current: ApiObject, left: readonly string[], now: number): ApiObject {
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const status = (current['status'] ?? {}) as { conditions?: { type: string; message?: string }[] };
  const others = (status.conditions ?? []).filter((c) => c.type !== 'NamespaceContentRemaining');
  const before = (status.conditions ?? []).find((c) => c.type === 'NamespaceContentRemaining');
  const message = `Some resources are remaining: ${left.join('; ')}`;
  const condition =
    before?.message === message
      ? before
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message,
          lastTransitionTime,
        };
  return { ...current, status: { ...status, phase: 'Terminating', conditions: [...others, condition] } };
}
