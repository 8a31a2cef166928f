import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import type { XdsVariant } from '../protocol/messages.ts';
import { aggregatedMethods, typeUrls } from '../protocol/resource-types.ts';
import { WILDCARD } from '../protocol/subscription.ts';
import { type ManualStream, ManualTransport } from '../test-support/manual-transport.ts';
import { ModelServer, type ModelStream } from '../test-support/model-server.ts';
import { BAD_CONTENT, RecordingHandler } from '../test-support/recording-handler.ts';
import { resourceOf, testNode, writeSotwResponse } from '../test-support/wire-messages.ts';
import { defaultXdsLimits } from './limits.ts';
import { silentObserver } from './observer.ts';
import type { TypeSubscription } from './type-subscription.ts';
import { defaultXdsBackoff, XdsConnection } from './xds-connection.ts';

const NAMES = ['a', 'b', 'c'];
const TYPES = [typeUrls.cluster, typeUrls.endpoints];

type Step =
  | { readonly kind: 'set'; readonly type: number; readonly name: string; readonly content: string }
  | { readonly kind: 'delete'; readonly type: number; readonly name: string }
  | { readonly kind: 'subscribe' | 'unsubscribe' | 'churn'; readonly type: number; readonly name: string }
  | { readonly kind: 'toServer' | 'produce' | 'toClient' | 'settle' | 'drop' | 'block' | 'drain' | 'wait' };

const type = fc.nat({ max: 1 });
const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), type, name, content: content() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), type, name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('subscribe', 'unsubscribe', 'churn'), type, name }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('toServer', 'produce', 'toClient') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('drop', 'block', 'drain', 'wait') }) },
);

function content() {
  // Bad content is rare: mending it at the end makes the server send again what it would otherwise have to know to send.
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('1', '2') },
    { weight: 1, arbitrary: fc.constant(BAD_CONTENT) },
  );
}

/** A client and a model of a server with every message between them in the hands of the test. */
class World {
  readonly clock = new FakeClock();
  readonly server = new ModelServer();
  readonly handlers = [new RecordingHandler(), new RecordingHandler()];
  readonly #variant: XdsVariant;
  readonly #transport = new ManualTransport();
  readonly #connection: XdsConnection;
  readonly #subscriptions: TypeSubscription[];
  #stream: ManualStream | undefined;
  #peer: ModelStream;
  #toClient: Uint8Array[] = [];

  constructor(variant: XdsVariant) {
    this.#variant = variant;
    this.#connection = new XdsConnection({
      source: 'ads',
      variant,
      method: aggregatedMethods[variant],
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
    const timeouts = { initialFetchMs: 15_000, notFoundMs: 15_000 };
    this.#subscriptions = TYPES.map((typeUrl, index) => {
      const subscription = this.#connection.subscribe(typeUrl, this.handlers[index]!, timeouts);
      assert.ok(subscription.kind === 'ok');
      return subscription.value;
    });
    this.#subscriptions[0]!.change({ subscribe: [WILDCARD] });
    this.#peer = this.server.openStream(variant);
    this.#connection.start();
    this.#connected();
  }

  wanted(index: number, resource: string): boolean {
    return this.#subscriptions[index]!.state.interest.covers(resource);
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'set':
        this.server.set(TYPES[step.type]!, step.name, step.content);
        return;
      case 'delete':
        this.server.delete(TYPES[step.type]!, step.name);
        return;
      case 'subscribe':
        this.#subscriptions[step.type]!.change({ subscribe: [step.name] });
        return;
      case 'unsubscribe':
        this.#unsubscribe(step.type, step.name);
        return;
      case 'churn':
        this.#connection.batch(() => {
          this.#unsubscribe(step.type, step.name);
          this.#subscriptions[step.type]!.change({ subscribe: [step.name] });
        });
        return;
      case 'toServer': {
        const bytes = this.#stream?.sent.shift();
        if (bytes !== undefined) this.#peer.receive(bytes);
        return;
      }
      case 'produce':
        if (this.#stream !== undefined) this.#toClient.push(...this.#peer.produce());
        return;
      case 'toClient': {
        const bytes = this.#toClient.shift();
        if (bytes !== undefined) this.#stream?.events.onMessage(bytes);
        return;
      }
      case 'settle':
        this.#settle();
        return;
      case 'drop':
        this.#drop();
        return;
      case 'block':
        if (this.#stream !== undefined) this.#stream.isWritable = false;
        return;
      case 'drain':
        this.#drain();
        return;
      case 'wait':
        this.clock.advance(31_000);
        this.#connected();
        return;
    }
  }

  /** A message that the model would never send. */
  inject(bytes: Uint8Array): void {
    this.#stream?.events.onMessage(bytes);
  }

  /** Heals everything and lets all messages through. */
  converge(): void {
    for (const typeUrl of TYPES) {
      for (const [resource, held] of this.server.contents(typeUrl)) {
        if (held === BAD_CONTENT) this.server.set(typeUrl, resource, 'good');
      }
    }
    this.run({ kind: 'wait' });
    this.#drain();
    this.#settle();
    assert.equal(this.#stream?.sent.length, 0, 'client and server never stop talking');
  }

  close(): void {
    this.#connection.close();
  }

  /** Lets every message through, and those that they cause. */
  #settle(): void {
    for (let round = 0; round < 10; round += 1) {
      while ((this.#stream?.sent.length ?? 0) > 0) this.run({ kind: 'toServer' });
      this.run({ kind: 'produce' });
      while (this.#toClient.length > 0) this.run({ kind: 'toClient' });
    }
  }

  /** What the data plane no longer wants it forgets, so that it has to be sent again. */
  #unsubscribe(index: number, resource: string): void {
    this.#subscriptions[index]!.change({ unsubscribe: [resource] });
    if (!this.wanted(index, resource)) this.handlers[index]!.inUse.delete(resource);
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#toClient = [];
    stream?.events.onEnd(14, 'dropped');
  }

  #drain(): void {
    if (this.#stream === undefined || this.#stream.isWritable) return;
    this.#stream.isWritable = true;
    this.#stream.events.onDrain();
  }

  #connected(): void {
    const stream = this.#transport.current;
    if (this.#stream === stream || stream.isCancelled) return;
    this.#stream = stream;
    this.#peer = this.server.openStream(this.#variant);
    this.#toClient = [];
    stream.events.onOpen();
  }
}

describe('any order of updates, drops and reconnects', () => {
  for (const variant of ['sotw', 'delta'] as const) {
    it(`ends with the server's state over ${variant}`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
          const world = new World(variant);
          for (const each of steps) world.run(each);
          world.converge();
          const [clusters, endpoints] = world.handlers;
          assert.deepEqual(clusters!.inUse, world.server.contents(TYPES[0]!));
          const stored = world.server.contents(TYPES[1]!);
          for (const each of NAMES) {
            if (!world.wanted(1, each)) continue;
            // Absence says nothing in state of the world, except for clusters and listeners.
            if (stored.has(each) || variant === 'delta')
              assert.equal(endpoints!.inUse.get(each), stored.get(each), each);
          }
          world.close();
          assert.equal(world.clock.pendingTimers, 0);
        }),
        { numRuns: 600 },
      );
    });
  }
});

describe('any bytes from a server', () => {
  const good = (content: string, ...names: string[]) =>
    writeSotwResponse({
      typeUrl: typeUrls.cluster,
      versionInfo: content,
      nonce: content,
      resources: names.map((each) => resourceOf(typeUrls.cluster, each, content)),
    });
  const valid = good('1', 'a', 'b');
  /** The first byte of the field that holds a cluster's content. */
  const CONTENT_TAG = 0xe2;
  const mutated = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((bytes, [at, byte]) => bytes.with(at, byte), valid));
  /** The last resource ends in what is no UTF-8. */
  const notText = good('1', 'a', 'b').map((byte, i, all) => (i === all.lastIndexOf(CONTENT_TAG) + 3 ? 0x80 : byte));
  const cut = fc.nat(valid.length).map((length) => valid.slice(0, length));
  const doubled = fc.constant(new Uint8Array([...valid, ...good('2', 'b', 'c')]));

  it('never break the client, and the next good response counts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated, cut, doubled), { maxLength: 8 }),
        (all) => {
          const world = new World('sotw');
          world.run({ kind: 'settle' });
          for (const bytes of all) {
            world.inject(bytes);
            world.run({ kind: 'wait' });
          }
          world.inject(good('last', 'x'));
          assert.deepEqual([...world.handlers[0]!.inUse], [['x', 'last']]);
          world.close();
          assert.equal(world.clock.pendingTimers, 0);
        },
      ),
      { numRuns: 300, examples: [[[notText]]] },
    );
  });
});
