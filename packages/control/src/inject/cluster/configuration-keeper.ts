/**
 * Keeps our webhook configurations as they should be: makes those that are missing, and corrects the authorities and the
 * rules of those that are there whenever somebody, or a new root, makes them differ.
 */
import { type AnyKind, type ApiObject, deepEqual, kubernetes, prepare } from '@weft/api';
import type { Clock, Logger, Random, ReadonlyWatch } from '@weft/core';
import { Controller, type InformerLease, type KubeClient, type ResourceRef, resourceOf } from '@weft/kube/client';

/** A configuration of webhooks. */
export type WebhookConfiguration =
  | kubernetes.admissionregistration.MutatingWebhookConfiguration
  | kubernetes.admissionregistration.ValidatingWebhookConfiguration;

/** What to keep, and where. */
export interface ConfigurationKeeperOptions {
  readonly client: KubeClient;
  /** The configurations as they should be; made anew whenever revision, tags or authorities change. */
  readonly wanted: ReadonlyWatch<readonly WebhookConfiguration[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const { mutatingWebhookConfiguration, validatingWebhookConfiguration } = kubernetes.admissionregistration;
const KINDS: readonly AnyKind[] = [mutatingWebhookConfiguration, validatingWebhookConfiguration];

/** What follows the configurations of one kind. */
interface KindKeeper {
  readonly kind: AnyKind;
  readonly resource: ResourceRef;
  readonly lease: InformerLease<ApiObject>;
  readonly controller: Controller;
}

/** Keeps configurations until it is stopped. Those that are wanted no more stay: another revision may live by them. */
export class WebhookConfigurationKeeper {
  readonly #options: ConfigurationKeeperOptions;
  /** One for each kind; written by `start` and `stop`. */
  #keepers: readonly KindKeeper[] = [];
  #unsubscribe: () => void = () => undefined;

  constructor(options: ConfigurationKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { wanted } = this.#options;
    this.#keepers = KINDS.map((kind) => this.#keep(kind));
    const enqueue = (): void => {
      for (const { kind, metadata } of wanted.get()) {
        this.#keepers.find((keeper) => keeper.kind.kind === kind)?.controller.queue.add(metadata.name!);
      }
    };
    enqueue();
    this.#unsubscribe = wanted.subscribe(enqueue);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await Promise.all(this.#keepers.map(({ controller }) => controller.stop()));
    await Promise.all(this.#keepers.map(({ lease }) => lease.release()));
    this.#keepers = [];
  }

  #keep(kind: AnyKind): KindKeeper {
    const { client, clock, random, log } = this.#options;
    const resource: ResourceRef = resourceOf(kind);
    const lease = client.informers.acquire({ resource });
    const name = `webhooks-${kind.plural}`;
    const controller = new Controller({
      name,
      clock,
      random,
      log,
      reconcile: async (key, signal) => {
        await this.#reconcile(keeper, key, signal);
        return undefined;
      },
    });
    const keeper: KindKeeper = { kind, resource, lease, controller };
    controller.follow(lease.informer);
    controller.start();
    return keeper;
  }

  async #reconcile({ kind, resource, lease }: KindKeeper, name: string, signal: AbortSignal): Promise<void> {
    const { client, wanted, log } = this.#options;
    const want = wanted.get().find((one) => one.kind === kind.kind && one.metadata.name === name);
    if (want === undefined) return;
    const found = lease.informer.cache.get(name);
    const collection = client.collection(resource);
    if (found === undefined) {
      await collection.create(want as ApiObject, { signal });
      log.info('webhook configuration was made', { kind: kind.kind, name });
      return;
    }
    const next = corrected(kind, found, want);
    if (next === undefined) return;
    await collection.replace(next, { signal });
    log.info('webhook configuration was corrected', { kind: kind.kind, name });
  }
}

/** The object as it should be; undefined when it is. What others add to its metadata stays. */
function corrected(kind: AnyKind, found: ApiObject, want: WebhookConfiguration): ApiObject | undefined {
  const labels = { ...found.metadata.labels, ...want.metadata.labels };
  const next: ApiObject = { ...found, metadata: { ...found.metadata, labels }, webhooks: want.webhooks };
  return deepEqual(completed(kind, found), completed(kind, next)) ? undefined : next;
}

/** With the defaults that the API server fills in, which are no difference. */
function completed(kind: AnyKind, object: ApiObject): unknown {
  const { metadata, webhooks } = prepare(kind, kind.storageVersion, object).object;
  return { labels: metadata.labels, webhooks };
}
