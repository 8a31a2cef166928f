// Our client against our server, with every message between them, and every turn of either, in the hands of the test.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noopLogger, ok, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { defaultXdsLimits } from '../src/client/limits.ts';
import { silentObserver } from '../src/client/observer.ts';
import type { TypeSubscription } from '../src/client/type-subscription.ts';
import { defaultXdsBackoff, XdsConnection } from '../src/client/xds-connection.ts';
import type { XdsVariant } from '../src/protocol/messages.ts';
import { aggregatedMethods, typeUrls } from '../src/protocol/resource-types.ts';
import { WILDCARD } from '../src/protocol/subscription.ts';
import type { AdsClient } from '../src/server/ads-client.ts';
import { AdsServer } from '../src/server/ads-server.ts';
import type { GrpcStreamHandler } from '../src/server/transport/grpc-stream.ts';
import { ManualGrpcStream } from '../src/test-support/manual-grpc-stream.ts';
import { type ManualStream, ManualTransport } from '../src/test-support/manual-transport.ts';
import { ModelMesh, modelTypes } from '../src/test-support/model-mesh.ts';
import { BAD_CONTENT, RecordingHandler } from '../src/test-support/recording-handler.ts';
import { testNode } from '../src/test-support/wire-messages.ts';

const { cluster, endpoints, listener, route } = typeUrls;
/** Always there, so that routes have somewhere to go. */
const FALLBACK = 'fallback';
const CLUSTERS = ['a', 'b', 'c'];
const ROUTES = ['r1', 'r2'];

type Step =
  | { readonly kind: 'cluster' | 'endpoints' | 'listener'; readonly name: string; readonly content: string }
  | { readonly kind: 'route'; readonly name: string; readonly to: string }
  | { readonly kind: 'dropCluster' | 'dropEndpoints' | 'dropListener' | 'want' | 'unwant'; readonly name: string }
  | { readonly kind: 'push'; readonly isHinted: boolean }
  | { readonly kind: 'toServer' | 'toClient' | 'turn' | 'settle' | 'block' | 'drain' | 'reconnect' };

const name = fc.constantFrom(...CLUSTERS);
const content = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('1', '2') },
  { weight: 1, arbitrary: fc.constant(BAD_CONTENT) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('cluster', 'endpoints', 'listener'), name, content }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('route' as const), name: fc.constantFrom(...ROUTES), to: name }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('dropCluster', 'dropEndpoints', 'dropListener', 'want', 'unwant'),
      name,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), isHinted: fc.boolean() }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constantFrom('toServer', 'toClient', 'turn') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('settle', 'block', 'drain', 'reconnect') }) },
);

/** A client, a server and a mesh. */
class World {
  readonly clock = new FakeClock();
  readonly mesh = new ModelMesh();
  readonly handlers = new Map(modelTypes.map((typeUrl) => [typeUrl, new RecordingHandler()]));
  readonly #variant: XdsVariant;
  readonly #transport = new ManualTransport();
  readonly #connection: XdsConnection;
  readonly #subscriptions = new Map<string, TypeSubscription>();
  readonly #server: AdsServer;
  readonly #deferred: (() => void)[] = [];
  readonly #observed: number[] = [];
  #clients: AdsClient[] = [];
  /** The client's end of the stream, the server's end, and who serves it. */
  #near: ManualStream | undefined;
  #far = new ManualGrpcStream('');
  #served: GrpcStreamHandler | undefined;

  constructor(variant: XdsVariant) {
    this.#variant = variant;
    this.mesh.set(cluster, FALLBACK, '1');
    for (const each of ROUTES) this.mesh.set(route, each, FALLBACK);
    this.mesh.takeDirty();
    this.#server = new AdsServer({
      identifier: 'test',
      open: (client) => {
        this.#clients.push(client);
        this.mesh.takeDirty();
        return ok(this.mesh.view());
      },
      clock: this.clock,
      random: seededRandom(1),
      logger: noopLogger,
      defer: (work) => this.#deferred.push(work),
      observer: {
        onDisconnect: (client) => {
          this.#clients = this.#clients.filter((each) => each !== client);
        },
        onRuns: (_client, revision) => this.#observed.push(revision),
      },
    });
    this.#connection = this.#connect();
  }

  wanted(typeUrl: string, resource: string): boolean {
    return this.#subscriptions.get(typeUrl)!.state.interest.covers(resource);
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'cluster':
      case 'endpoints':
      case 'listener':
        this.mesh.set({ cluster, endpoints, listener }[step.kind], step.name, step.content);
        return;
      case 'route':
        this.mesh.set(route, step.name, this.mesh.contents(cluster).has(step.to) ? step.to : FALLBACK);
        return;
      case 'dropCluster':
        this.mesh.delete(cluster, step.name);
        for (const [each, to] of this.mesh.contents(route)) if (to === step.name) this.mesh.set(route, each, FALLBACK);
        return;
      case 'dropEndpoints':
        this.mesh.delete(endpoints, step.name);
        return;
      case 'dropListener':
        this.mesh.delete(listener, step.name);
        return;
      case 'want':
        this.#subscriptions.get(endpoints)!.change({ subscribe: [step.name] });
        return;
      case 'unwant':
        this.#subscriptions.get(endpoints)!.change({ unsubscribe: [step.name] });
        this.handlers.get(endpoints)!.inUse.delete(step.name);
        return;
      case 'push':
        this.#push(step.isHinted);
        return;
      case 'toServer':
        this.#toServer();
        return;
      case 'toClient':
        this.#toClient();
        return;
      case 'turn':
        for (const work of this.#deferred.splice(0)) work();
        return;
      case 'settle':
        this.settle();
        return;
      case 'block':
        this.#far.isWritable = false;
        return;
      case 'drain':
        this.#drain();
        return;
      case 'reconnect':
        this.#reconnect();
        return;
    }
  }

  /** Lets everything through that is under way, and what it causes. */
  settle(): void {
    for (let round = 0; round < 12; round += 1) {
      while ((this.#near?.sent.length ?? 0) > 0) this.#toServer();
      this.run({ kind: 'turn' });
      while (this.#far.sent.length > 0) this.#toClient();
    }
  }

  /** Heals everything and lets all messages through. */
  converge(): void {
    for (const typeUrl of modelTypes) {
      for (const [each, held] of this.mesh.contents(typeUrl)) {
        if (held === BAD_CONTENT) this.mesh.set(typeUrl, each, 'good');
      }
    }
    this.#push(true);
    this.#drain();
    this.settle();
    assert.equal(this.#near?.sent.length, 0, 'client and server never stop talking');
    // What was refused on the way may hold removals back until nobody waits for it any more.
    this.clock.advance(6000);
    this.settle();
  }

  /** Every route that the client uses leads to a cluster that the client has. */
  checkRoutes(): void {
    const clusters = this.handlers.get(cluster)!.inUse;
    for (const [each, to] of this.handlers.get(route)!.inUse) {
      assert.ok(clusters.has(to), `route ${each} leads to ${to}, which the client does not have`);
    }
  }

  checkStatus(): void {
    assert.equal(this.#clients.length, 1);
    const status = this.#clients[0]!.status();
    assert.equal(status.runsRevision, this.mesh.revision, JSON.stringify(status));
    assert.ok(this.#observed.includes(this.mesh.revision));
    for (const type of status.types) assert.notEqual(type.state, 'stale');
  }

  close(): void {
    this.#connection.close();
    this.#served?.onClose('over');
    this.#server.close();
  }

  #connect(): XdsConnection {
    const connection = new XdsConnection({
      source: 'ads',
      variant: this.#variant,
      method: aggregatedMethods[this.#variant],
      transports: [() => this.#transport],
      node: testNode('n'),
      isNodeOnFirstOnly: true,
      rateLimit: undefined,
      backoff: defaultXdsBackoff,
      limits: defaultXdsLimits,
      clock: this.clock,
      random: seededRandom(1),
      observer: silentObserver,
      logger: noopLogger,
    });
    for (const typeUrl of modelTypes) {
      const subscription = connection.subscribe(typeUrl, this.handlers.get(typeUrl)!, {
        initialFetchMs: 0,
        notFoundMs: 0,
      });
      assert.ok(subscription.kind === 'ok');
      this.#subscriptions.set(typeUrl, subscription.value);
    }
    for (const typeUrl of [cluster, listener]) this.#subscriptions.get(typeUrl)!.change({ subscribe: [WILDCARD] });
    this.#subscriptions.get(route)!.change({ subscribe: ROUTES });
    connection.start();
    this.#connected();
    return connection;
  }

  #push(isHinted: boolean): void {
    const dirty = this.mesh.takeDirty();
    const view = this.mesh.view();
    for (const client of this.#clients) client.push(view, isHinted ? dirty : undefined);
  }

  #toServer(): void {
    const bytes = this.#near?.sent.shift();
    if (bytes !== undefined) this.#served?.onMessage(Buffer.from(bytes));
    assert.equal(this.#far.ended?.failure, undefined);
  }

  #toClient(): void {
    const bytes = this.#far.sent.shift();
    if (bytes !== undefined) this.#near?.events.onMessage(bytes);
  }

  #drain(): void {
    if (this.#far.isWritable) return;
    this.#far.isWritable = true;
    this.#served?.onDrain();
  }

  #reconnect(): void {
    this.#served?.onClose('dropped');
    const near = this.#near;
    this.#near = undefined;
    near?.events.onEnd(14, 'dropped');
    this.clock.advance(31_000);
    this.#connected();
  }

  #connected(): void {
    this.#near = this.#transport.current;
    this.#far = new ManualGrpcStream(aggregatedMethods[this.#variant]);
    this.#served = this.#server.methods().get(this.#far.method)!(this.#far);
    this.#near.events.onOpen();
  }
}

function isHarmless(variant: XdsVariant, { kind, ...rest }: Step): boolean {
  // In state of the world a server that comes anew cannot know which clusters the client would lose.
  if (kind === 'reconnect') return variant === 'delta';
  // A cluster that was refused is not there, and its routes are not kept back for ever.
  return !('content' in rest) || rest.content !== BAD_CONTENT;
}

const steps = fc.array(step, { maxLength: 90, size: 'max' });

describe('any order of changes, pushes, answers, stalls and reconnects', () => {
  for (const variant of ['sotw', 'delta'] as const) {
    it(`ends with the server's state over ${variant}`, () => {
      fc.assert(
        fc.property(steps, (all) => {
          const world = new World(variant);
          for (const each of all) world.run(each);
          world.converge();
          for (const typeUrl of [cluster, listener]) {
            assert.deepEqual(world.handlers.get(typeUrl)!.inUse, new Map(world.mesh.contents(typeUrl)), typeUrl);
          }
          for (const typeUrl of [endpoints, route]) {
            const stored = world.mesh.contents(typeUrl);
            const { inUse } = world.handlers.get(typeUrl)!;
            for (const each of [...CLUSTERS, ...ROUTES]) {
              if (!world.wanted(typeUrl, each)) continue;
              // Absence says nothing in state of the world, except for clusters and listeners.
              if (stored.has(each) || variant === 'delta') assert.equal(inUse.get(each), stored.get(each), each);
            }
          }
          world.checkStatus();
          world.close();
          assert.equal(world.clock.pendingTimers, 0);
        }),
        { numRuns: 400 },
      );
    });

    it(`never has a route without its cluster over ${variant}`, () => {
      fc.assert(
        fc.property(steps, (all) => {
          const world = new World(variant);
          for (const each of all.filter((one) => isHarmless(variant, one))) {
            world.run(each);
            world.checkRoutes();
          }
          for (let round = 0; round < 30; round += 1) {
            for (const kind of ['toServer', 'turn', 'toClient'] as const) {
              world.run({ kind });
              world.checkRoutes();
            }
          }
          world.close();
        }),
        { numRuns: 400 },
      );
    });
  }
});
