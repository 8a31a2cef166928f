/** The API without its sockets: storage, admission, controllers and the handler, put together. */
import { builtinKinds } from '@weft/api';
import { type Clock, CoarseTimers, type Logger, type Random } from '@weft/core';
import { AdmissionChain } from './admission/chain.ts';
import { createMutatingPlugins, createValidatingPlugins } from './admission/plugins/all.ts';
import { HttpWebhookDispatcher } from './admission/webhooks/dispatcher.ts';
import { ServiceResolver } from './admission/webhooks/service-resolver.ts';
import { WebhookCaller } from './admission/webhooks/transport/call.ts';
import { WebhookIndex } from './admission/webhooks/webhook-index.ts';
import { bearerAuthenticator, type TokenChecker } from './auth/bearer.ts';
import { certificateAuthenticator } from './auth/certificate.ts';
import { RbacAuthorizer } from './auth/rbac/authorizer.ts';
import type { TokenIssuer } from './auth/service-account.ts';
import { bootstrap } from './bootstrap.ts';
import { Catalog } from './catalog.ts';
import { CrdController } from './controllers/crds.ts';
import { NamespaceDefaultsController } from './controllers/defaults.ts';
import { EventExpiry } from './controllers/event-expiry.ts';
import { GarbageCollector } from './controllers/garbage.ts';
import { NamespaceController } from './controllers/namespaces.ts';
import type { Controller } from './controllers/types.ts';
import { DiscoveryHandler } from './discovery/path-handler.ts';
import { ApiHandler } from './handler.ts';
import { defaultLimits, type LimitOptions, RequestLimits } from './http/limits.ts';
import { InternalClient } from './internal-client.ts';
import { kinds } from './kinds.ts';
import { RequestMetrics } from './metrics.ts';
import { healthHandler } from './paths/health.ts';
import { issuerHandler } from './paths/issuer.ts';
import { metricsHandler } from './paths/metrics.ts';
import { OpenApiHandler } from './paths/openapi.ts';
import { versionHandler } from './paths/version.ts';
import type { RestContext } from './rest/context.ts';
import { WatchHub } from './rest/watch.ts';
import { createReviews } from './reviews/all.ts';
import type { ObjectStorage } from './store/types.ts';

/** What an API is made of. */
export interface ApiCoreOptions {
  readonly storage: ObjectStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Version of Weft, told at `/version`. */
  readonly version: string;
  /** The CA that workloads trust to reach this API. */
  readonly caPem: string;
  readonly issuer: TokenIssuer;
  /** Tokens beside those of service accounts. */
  readonly tokens?: readonly TokenChecker[];
  readonly limits?: Partial<LimitOptions>;
}

const TIMER_TICK_MS = 250;

/** A running API; `handler` answers, `client` is the way in for parts of the same process. */
export class ApiCore {
  readonly handler: ApiHandler;
  readonly client: InternalClient;
  readonly context: RestContext;
  readonly catalog: Catalog;
  private readonly hub: WatchHub;
  private readonly authorizer: RbacAuthorizer;
  private readonly webhooks: WebhookIndex;
  private readonly caller: WebhookCaller;
  private readonly controllers: readonly Controller[];
  private unsubscribe: () => void = () => undefined;
  private isReady = false;

  constructor(options: ApiCoreOptions) {
    const { storage, clock, random, log } = options;
    this.catalog = new Catalog(builtinKinds.kinds);
    this.hub = new WatchHub(new CoarseTimers({ clock, tickMs: TIMER_TICK_MS }));
    this.authorizer = new RbacAuthorizer(storage, kinds);
    this.webhooks = new WebhookIndex(storage, log);
    this.caller = new WebhookCaller(clock);
    const resolver = new ServiceResolver(storage);
    const admission = new AdmissionChain({
      mutating: createMutatingPlugins(),
      validating: createValidatingPlugins(this.authorizer),
      webhooks: new HttpWebhookDispatcher({ index: this.webhooks, caller: this.caller, resolver, random, log }),
    });
    this.context = { storage, catalog: this.catalog, admission, clock, random, issuer: options.issuer };
    this.client = new InternalClient(this.context);
    this.controllers = createControllers(this, options);
    this.handler = this.createHandler(options);
  }

  /** Fills an empty store, then starts the controllers. */
  async start(): Promise<void> {
    this.authorizer.start();
    this.webhooks.start();
    this.unsubscribe = this.catalog.subscribe(() => this.hub.endStale(this.catalog.get()));
    await bootstrap(this.client);
    for (const controller of this.controllers) controller.start();
    this.isReady = true;
  }

  /** Ends every watch; clients come back to whoever serves next. */
  endWatches(): void {
    this.hub.closeAll();
  }

  /** Ends watches and controllers; the storage belongs to whoever opened it. */
  async close(): Promise<void> {
    this.isReady = false;
    this.unsubscribe();
    this.hub.closeAll();
    for (const controller of this.controllers) await controller.stop();
    this.webhooks.close();
    this.caller.close();
    this.authorizer.close();
  }

  private createHandler(options: ApiCoreOptions): ApiHandler {
    const { storage, clock, log } = options;
    const tokens = [...(options.tokens ?? []), options.issuer.checker(this.client)];
    const metrics = new RequestMetrics();
    metrics.addGauge({ name: 'weft_apiserver_watches', help: 'Open watches.', read: () => this.hub.count });
    metrics.addGauge({ name: 'weft_apiserver_revision', help: 'Newest revision.', read: () => storage.revision });
    const checks = [
      { name: 'ping', check: () => undefined },
      { name: 'controllers', check: () => (this.isReady ? undefined : 'not started'), isReadinessOnly: true },
    ];
    return new ApiHandler({
      authenticators: [certificateAuthenticator(clock), bearerAuthenticator(tokens)],
      authorizer: this.authorizer,
      limits: new RequestLimits({ ...defaultLimits, ...options.limits }, clock),
      paths: [
        new DiscoveryHandler(this.catalog),
        new OpenApiHandler(this.catalog),
        healthHandler(checks),
        versionHandler(options.version),
        metricsHandler(metrics),
        issuerHandler(options.issuer),
      ],
      rest: { context: this.context, hub: this.hub, reviews: createReviews(this.authorizer, tokens) },
      metrics,
      clock,
      log,
    });
  }
}

function createControllers(core: ApiCore, options: ApiCoreOptions): readonly Controller[] {
  const { clock, log } = options;
  const context = { client: core.client, catalog: core.catalog, clock, log };
  return [
    new CrdController(context),
    new NamespaceDefaultsController(context, options.caPem),
    new NamespaceController(context),
    new GarbageCollector(context),
    new EventExpiry(context),
  ];
}
