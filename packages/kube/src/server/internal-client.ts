/** The API for the server's own controllers: the same verbs and the same checks, without a connection. */
import { type AnyKind, type ApiObject, apiVersionOf } from '@weft/api';
import { isApiStatusError } from '../shared/status.ts';
import { serverUser } from './auth/user.ts';
import { resourceId } from './catalog.ts';
import type { Call, RestContext, Target } from './rest/context.ts';
import { readAll, readObject, storedInfo } from './rest/context.ts';
import { createObject } from './rest/create.ts';
import { type DeleteOptions, deleteObject } from './rest/delete.ts';
import { replaceStored } from './rest/update.ts';
import type { StoreEvent, WatchHandle } from './store/types.ts';

const AGENT = 'weft-apiserver';

/** Reads and writes objects in their storage version. */
export class InternalClient {
  private readonly context: RestContext;

  constructor(context: RestContext) {
    this.context = context;
  }

  /** The newest revision that reads show. */
  get revision(): number {
    return this.context.storage.revision;
  }

  get(kind: AnyKind, namespace: string, name: string): ApiObject | undefined {
    return readObject(this.context, kind, namespace, name);
  }

  list(kind: AnyKind, namespace?: string): ApiObject[] {
    return readAll(this.context, kind, namespace);
  }

  /** Creates an object; a body without apiVersion and kind gets the kind's own. */
  async create(kind: AnyKind, namespace: string, object: Record<string, unknown>): Promise<ApiObject> {
    const value = { apiVersion: apiVersionOf(kind.group, kind.storageVersion), kind: kind.kind, ...object };
    const parsed = { value, duplicates: () => [] };
    return (await createObject(this.context, this.target(kind, namespace, ''), parsed, this.call())).object;
  }

  /** Creates an object unless it is there. */
  async ensure(kind: AnyKind, namespace: string, object: Record<string, unknown>): Promise<void> {
    const { name } = object['metadata'] as { name: string };
    if (this.context.storage.latest(resourceId(kind), namespace, name) !== undefined) return;
    try {
      await this.create(kind, namespace, object);
    } catch (error) {
      if (!isApiStatusError(error, 'AlreadyExists')) throw error;
    }
  }

  /** Changes an object, or its status; does nothing when it is gone. */
  async change(
    kind: AnyKind,
    key: { readonly namespace: string; readonly name: string; readonly subresource?: 'status' | 'finalize' },
    next: (current: ApiObject) => ApiObject,
  ): Promise<void> {
    const target = { ...this.target(kind, key.namespace, key.name), subresource: key.subresource ?? '' };
    const options = { isDryRun: false, fieldValidation: 'Ignore' as const, fieldManager: AGENT, force: false };
    try {
      const isTrusted = key.subresource === 'finalize';
      await replaceStored(this.context, target, { call: this.call(), options, isTrusted, next });
    } catch (error) {
      if (!isApiStatusError(error, 'NotFound')) throw error;
    }
  }

  /** Deletes an object; does nothing when it is gone or no longer the one that was meant. */
  async delete(
    kind: AnyKind,
    key: { readonly namespace: string; readonly name: string },
    options: Partial<DeleteOptions> = {},
  ): Promise<void> {
    const all: DeleteOptions = {
      isDryRun: false,
      propagation: undefined,
      graceSeconds: undefined,
      uid: undefined,
      resourceVersion: undefined,
      ...options,
    };
    try {
      await deleteObject(this.context, this.target(kind, key.namespace, key.name), all, this.call());
    } catch (error) {
      if (!isApiStatusError(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  /** Calls `onEvent` for everything that is there and every later change. */
  follow(kind: AnyKind, onEvent: (event: Pick<StoreEvent, 'type' | 'entry' | 'previous'>) => void): WatchHandle {
    const { storage } = this.context;
    const id = resourceId(kind);
    const current = storage.list({ resource: id });
    if (current.kind === 'ok')
      for (const entry of current.entries) onEvent({ type: 'ADDED', entry, previous: undefined });
    const from = current.kind === 'ok' ? current.revision : storage.revision;
    const result = storage.watch(id, undefined, from, { onEvent, onClose: () => undefined });
    return result.kind === 'ok' ? result.handle : { stop: () => undefined };
  }

  private target(kind: AnyKind, namespace: string, name: string): Target {
    return { info: storedInfo(kind), namespace, name, subresource: '' };
  }

  private call(): Call {
    return {
      user: serverUser,
      query: new URLSearchParams(),
      userAgent: AGENT,
      signal: new AbortController().signal,
      warnings: [],
    };
  }
}
