/** All configured webhooks in the order in which they are asked: by configuration name, then as listed. */
import type { ApiObject } from '@weft/api';
import { type Logger, thrownMessage } from '@weft/core';
import { resourceId } from '../../catalog.ts';
import { kinds } from '../../kinds.ts';
import type { ObjectStorage, WatchHandle } from '../../store/types.ts';
import { compileWebhooks, type Webhook } from './configuration.ts';

/** The webhooks at one moment. */
export interface Webhooks {
  readonly mutating: readonly Webhook[];
  readonly validating: readonly Webhook[];
}

/** Follows the two kinds of configurations; compiles them when somebody asks after a change. */
export class WebhookIndex {
  private readonly storage: ObjectStorage;
  private readonly log: Logger;
  private handles: WatchHandle[] = [];
  private webhooks: Webhooks | undefined;

  constructor(storage: ObjectStorage, log: Logger) {
    this.storage = storage;
    this.log = log;
  }

  start(): void {
    for (const kind of [kinds.mutatingWebhookConfiguration, kinds.validatingWebhookConfiguration]) {
      const result = this.storage.watch(resourceId(kind), undefined, this.storage.revision, {
        onEvent: () => {
          this.webhooks = undefined;
        },
        onClose: () => undefined,
      });
      if (result.kind === 'ok') this.handles.push(result.handle);
    }
  }

  close(): void {
    for (const handle of this.handles) handle.stop();
    this.handles = [];
  }

  current(): Webhooks {
    this.webhooks ??= {
      mutating: this.compile(resourceId(kinds.mutatingWebhookConfiguration), true),
      validating: this.compile(resourceId(kinds.validatingWebhookConfiguration), false),
    };
    return this.webhooks;
  }

  private compile(resource: string, isMutating: boolean): Webhook[] {
    const result = this.storage.list({ resource });
    if (result.kind !== 'ok') return [];
    return result.entries.flatMap((entry) => {
      const configuration = JSON.parse(entry.json) as ApiObject;
      try {
        return compileWebhooks(configuration, isMutating);
      } catch (error) {
        // Validation refuses what cannot be compiled; an object from an older version must not stop all writes.
        this.log.error('webhook configuration skipped', { name: entry.name, why: thrownMessage(error) });
        return [];
      }
    });
  }
}
