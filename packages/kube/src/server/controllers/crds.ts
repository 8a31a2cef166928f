/** Turns CustomResourceDefinitions into kinds that the server serves, and writes what became of them into their status. */
import { isDeepStrictEqual } from 'node:util';
import {
  type ApiObject,
  builtinKinds,
  type CrdNames,
  crdSpecOf,
  crdStatus,
  isCrdEstablished,
  kindOfCrd,
} from '@weft/api';
import { type CustomKind, qualifiedResource } from '../catalog.ts';
import { kinds } from '../kinds.ts';
import type { WatchHandle } from '../store/types.ts';
import type { Controller, ControllerContext } from './types.ts';
import { KeyWorker } from './worker.ts';

/** Holds a definition until its objects are gone. */
export const CRD_CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';
const RECHECK_MS = 200;

/** The only writer of the catalog's user-defined kinds. */
export class CrdController implements Controller {
  readonly name = 'crds';
  private readonly context: ControllerContext;
  private readonly worker: KeyWorker;
  /** Name of a definition to the kind made of it, and what of the definition it was made of. */
  private readonly served = new Map<string, Served>();
  private handle: WatchHandle | undefined;

  constructor(context: ControllerContext) {
    this.context = context;
    this.worker = new KeyWorker({ ...context, name: this.name }, (key) => this.reconcile(key));
  }

  start(): void {
    // What is stored already is served before the first request comes.
    for (const crd of this.context.client.list(kinds.customResourceDefinition)) this.serveStored(crd);
    this.publish();
    this.handle = this.context.client.follow(kinds.customResourceDefinition, ({ type, entry }) => {
      if (type === 'DELETED') {
        this.remove(entry.name);
        this.wakeGroup(entry.name);
      } else this.worker.add(entry.name);
    });
  }

  async stop(): Promise<void> {
    this.handle?.stop();
    await this.worker.stop();
  }

  private async reconcile(name: string): Promise<void> {
    const { client } = this.context;
    const crd = client.get(kinds.customResourceDefinition, '', name);
    if (crd === undefined) return;
    if (crd.metadata.deletionTimestamp !== undefined) {
      await this.cleanUp(name, crd);
      return;
    }
    const status = crdStatus(crd, this.others(name), isoSeconds(this.context.clock.now()), builtinNames(crd));
    if (!isDeepStrictEqual(status, crd['status'])) {
      await this.writeStatus(name, status);
      // Names that this definition gave up may be what another one waits for.
      this.wakeGroup(name);
    }
    const current = client.get(kinds.customResourceDefinition, '', name);
    if (current !== undefined && this.serve(current)) this.publish();
  }

  private async writeStatus(name: string, status: unknown): Promise<void> {
    const key = { namespace: '', name, subresource: 'status' as const };
    await this.context.client.change(kinds.customResourceDefinition, key, (current) => ({ ...current, status }));
  }

  /** Definitions that wait for a name have another look. */
  private wakeGroup(name: string): void {
    const group = groupOf(name);
    for (const crd of this.others(name)) {
      if (groupOf(crd.metadata.name!) === group && !hasItsNames(crd)) this.worker.add(crd.metadata.name!);
    }
  }

  /** One definition that cannot be served (it was stored by another version of the server) must not stop the others. */
  private serveStored(crd: ApiObject): void {
    try {
      this.serve(crd);
    } catch (error: unknown) {
      this.context.log.error('a stored definition cannot be served', { name: crd.metadata.name, error });
    }
  }

  /** Makes the kind of an established definition; true when something changed. Built-in kinds are served as they are. */
  private serve(crd: ApiObject): boolean {
    const name = crd.metadata.name!;
    if (isBuiltin(name) || !isCrdEstablished(crd)) return false;
    const isTerminating = crd.metadata.deletionTimestamp !== undefined;
    const { acceptedNames } = crd['status'] as { acceptedNames?: object };
    const spec = crdSpecOf(crd);
    const names = { ...spec.names, ...acceptedNames };
    // A deletion counts as a generation, but leaves the definition as it is.
    const source = JSON.stringify({ ...spec, names });
    const before = this.served.get(name);
    if (before?.source === source && before.isTerminating === isTerminating) return false;
    const kind = before?.source === source ? before.kind : kindOfCrd({ ...crd, spec: { ...spec, names } });
    const definedAt = before?.source === source ? before.definedAt : this.context.client.revision;
    this.served.set(name, { kind, source, isTerminating, definedAt });
    return true;
  }

  private publish(): void {
    this.context.catalog.setCustom([...this.served.values()]);
  }

  private remove(name: string): void {
    if (this.served.delete(name)) this.publish();
  }

  /** A definition goes after all its objects. */
  private async cleanUp(name: string, crd: ApiObject): Promise<void> {
    const { client } = this.context;
    if (this.serve(crd)) this.publish();
    const kind = this.served.get(name)?.kind;
    await this.sayTerminating(name, crd);
    if (kind !== undefined && crd.metadata.finalizers?.includes(CRD_CLEANUP_FINALIZER) === true) {
      for (const object of client.list(kind)) {
        await client.delete(kind, { namespace: object.metadata.namespace ?? '', name: object.metadata.name! });
      }
      if (client.list(kind).length > 0) {
        this.worker.addLater(name, RECHECK_MS);
        return;
      }
    }
    await client.change(kinds.customResourceDefinition, { namespace: '', name }, (current) => {
      const finalizers = (current.metadata.finalizers ?? []).filter((f) => f !== CRD_CLEANUP_FINALIZER);
      return { ...current, metadata: { ...current.metadata, finalizers } };
    });
  }

  private async sayTerminating(name: string, crd: ApiObject): Promise<void> {
    const status = (crd['status'] ?? {}) as { conditions?: { type: string }[] };
    const conditions = status.conditions ?? [];
    if (conditions.some((condition) => condition.type === 'Terminating')) return;
    const condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
      lastTransitionTime: isoSeconds(this.context.clock.now()),
    };
    await this.writeStatus(name, { ...status, conditions: [...conditions, condition] });
  }

  private others(name: string): ApiObject[] {
    return this.context.client.list(kinds.customResourceDefinition).filter((crd) => crd.metadata.name !== name);
  }
}

interface Served extends CustomKind {
  /** The text of the spec, with the names that were accepted. */
  readonly source: string;
}

function groupOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function hasItsNames(crd: ApiObject): boolean {
  const { conditions = [] } = (crd['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === 'NamesAccepted' && condition.status === 'True');
}

/** Names of built-in kinds in the group of a definition, which it must not take; its own kind may be one of them. */
function builtinNames(crd: ApiObject): CrdNames[] {
  const { group } = crdSpecOf(crd);
  return builtinKinds.kinds.filter((kind) => kind.group === group && qualifiedResource(kind) !== crd.metadata.name);
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A definition of a kind that the server has built in (Istio's, Gateway API's) is accepted, so that their manifests apply. */
function isBuiltin(name: string): boolean {
  const dot = name.indexOf('.');
  return builtinKinds.byPlural(name.slice(dot + 1), name.slice(0, dot)) !== undefined;
}
