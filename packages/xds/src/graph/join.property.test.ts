import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { err, noopLogger, ok, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import type { AdsPlan } from '../client/config-source.ts';
import { XdsClient } from '../client/xds-client.ts';
import type { XdsVariant } from '../protocol/messages.ts';
import { typeUrls } from '../protocol/resource-types.ts';
import { type ManualStream, ManualTransport } from '../test-support/manual-transport.ts';
import { ModelServer, type ModelStream } from '../test-support/model-server.ts';
import { BAD_CONTENT } from '../test-support/recording-handler.ts';
import { contentOf, testNode } from '../test-support/wire-messages.ts';
import { ResourceCoordinator, type ResourceKind } from './resource-coordinator.ts';

const { cluster, endpoints } = typeUrls;
const ads: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 15_000 };

/** A cluster's content is the name of its endpoints. */
const kinds = [kindOf(cluster, endpoints), kindOf(endpoints, undefined)];

function kindOf(typeUrl: string, referenced: string | undefined): ResourceKind<string> {
  return {
    typeUrl,
    compile: ({ value }) => {
      const content = contentOf(typeUrl, value);
      if (content === BAD_CONTENT) return err(['the content is bad']);
      const isReference = referenced !== undefined && content !== '';
      return ok({
        value: content,
        references: isReference ? [{ typeUrl: referenced, name: content, source: ads }] : [],
      });
    },
  };
}

type Step =
  | { readonly kind: 'cluster' | 'endpoints'; readonly name: string; readonly content: string | undefined }
  | { readonly kind: 'toServer' | 'toClient' | 'settle' | 'drop' | 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('cluster' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    content: fc.constantFrom('', 'x', 'y', 'z', undefined, BAD_CONTENT),
  }),
  fc.record({
    kind: fc.constant('endpoints' as const),
    name: fc.constantFrom('x', 'y', 'z'),
    content: fc.constantFrom('1', '2', undefined),
  }),
  fc.record({ kind: fc.constantFrom('toServer', 'toClient', 'settle', 'settle', 'drop', 'wait') }),
);

/** A whole client against the model. */
class World {
  readonly clock = new FakeClock();
  readonly server = new ModelServer();
  /** Type and name to content. */
  readonly inUse = new Map<string, string>();
  readonly client: XdsClient;
  readonly coordinator: ResourceCoordinator<string>;
  readonly #variant: XdsVariant;
  readonly #transport = new ManualTransport();
  #stream: ManualStream | undefined;
  #peer: ModelStream;
  #toClient: Uint8Array[] = [];

  constructor(variant: XdsVariant) {
    this.#variant = variant;
    this.#peer = this.server.openStream(variant);
    const target = { clusterName: 'xds', authority: '', isWithoutEnvoyHeaders: false, metadata: [] } as const;
    this.client = new XdsClient({
      node: testNode('me'),
      ads: {
        variant,
        targets: [{ kind: 'cluster', ...target, maxMessageBytes: undefined, backoff: undefined }],
        isNodeOnFirstOnly: true,
        rateLimit: undefined,
      },
      connect: () => this.#transport,
      watchFile: () => assert.fail('no file is named'),
      clock: this.clock,
      random: seededRandom(1),
      logger: noopLogger,
    });
    this.coordinator = new ResourceCoordinator<string>({
      client: this.client,
      clock: this.clock,
      kinds,
      roots: [{ typeUrl: cluster, source: ads }],
      onCommit: (changes) => {
        for (const { key, value } of changes) {
          if (value === undefined) this.inUse.delete(`${key.typeUrl} ${key.name}`);
          else this.inUse.set(`${key.typeUrl} ${key.name}`, value);
        }
        this.checkComplete();
      },
      logger: noopLogger,
    });
    this.coordinator.start();
    this.client.start();
    this.#connected();
  }

  run(each: Step): void {
    switch (each.kind) {
      case 'cluster':
      case 'endpoints': {
        const typeUrl = each.kind === 'cluster' ? cluster : endpoints;
        if (each.content === undefined) this.server.delete(typeUrl, each.name);
        else this.server.set(typeUrl, each.name, each.content);
        return;
      }
      case 'toServer': {
        const bytes = this.#stream?.sent.shift();
        if (bytes !== undefined) this.#peer.receive(bytes);
        return;
      }
      case 'toClient': {
        if (this.#toClient.length === 0 && this.#stream !== undefined) this.#toClient.push(...this.#peer.produce());
        const bytes = this.#toClient.shift();
        if (bytes !== undefined) this.#stream?.events.onMessage(bytes);
        return;
      }
      case 'settle':
        for (let round = 0; round < 30; round += 1) {
          while ((this.#stream?.sent.length ?? 0) > 0) this.run({ kind: 'toServer' });
          this.run({ kind: 'toClient' });
        }
        return;
      case 'drop': {
        const stream = this.#stream;
        this.#stream = undefined;
        this.#toClient = [];
        stream?.events.onEnd(14, 'dropped');
        return;
      }
      case 'wait':
        this.clock.advance(31_000);
        this.#connected();
        return;
    }
  }

  /** Nothing comes into use before what it needs. Only delta says at once that something does not exist, so that it is given up. */
  checkComplete(): void {
    if (this.#variant === 'delta' || this.clock.monotonic() >= 15_000) return;
    for (const [key, content] of this.inUse) {
      if (!key.startsWith(cluster) || content === '') continue;
      assert.ok(this.inUse.has(`${endpoints} ${content}`), `${key} is in use without ${content}`);
    }
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

describe('clusters and the endpoints they need, in any order of changes and drops', () => {
  for (const variant of ['sotw', 'delta'] as const) {
    it(`end as the server has them over ${variant}, and nothing else is kept`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => {
          const world = new World(variant);
          for (const each of steps) world.run(each);
          for (const [name, content] of world.server.contents(cluster)) {
            if (content === BAD_CONTENT) world.server.set(cluster, name, 'x');
          }
          for (const kind of ['wait', 'settle', 'wait', 'settle'] as const) world.run({ kind });
          const clusters = world.server.contents(cluster);
          const stored = world.server.contents(endpoints);
          const referenced = new Set(clusters.values());
          for (const name of ['a', 'b', 'c'])
            assert.equal(world.inUse.get(`${cluster} ${name}`), clusters.get(name), name);
          for (const name of ['x', 'y', 'z']) {
            const held = world.inUse.get(`${endpoints} ${name}`);
            if (!referenced.has(name)) assert.equal(held, undefined, `${name} is kept`);
            // Endpoints that the server deletes stay as long as a cluster needs them.
            else if (stored.has(name)) assert.equal(held, stored.get(name), name);
          }
          assert.equal(world.coordinator.isSettled, true);
          assert.deepEqual(world.coordinator.warming, []);
          world.client.close();
          assert.equal(world.clock.pendingTimers, 0);
        }),
        { numRuns: 300 },
      );
    });
  }
});
