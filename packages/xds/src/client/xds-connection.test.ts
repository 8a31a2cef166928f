import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { seededRandom } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import type { XdsVariant } from '../protocol/messages.ts';
import { aggregatedMethods, rulesOf, typeUrls } from '../protocol/resource-types.ts';
import { type ManualStream, ManualTransport } from '../test-support/manual-transport.ts';
import { RecordingHandler } from '../test-support/recording-handler.ts';
import {
  type DeltaResponseInit,
  readDeltaRequest,
  readSotwRequest,
  resourceOf,
  type SotwResponseInit,
  testNode,
  wrapped,
  writeDeltaResponse,
  writeSotwResponse,
} from '../test-support/wire-messages.ts';
import { defaultXdsLimits } from './limits.ts';
import { silentObserver, type XdsObserver } from './observer.ts';
import { XdsConnection, type XdsConnectionOptions } from './xds-connection.ts';

const { cluster, endpoints, listener, route } = typeUrls;

/** A connection on a fake clock with the server's end in the hands of the test. */
class Lab {
  readonly clock = new FakeClock();
  readonly transport = new ManualTransport();
  readonly log = captureLogger({ clock: this.clock });
  readonly seen: string[] = [];
  readonly connection: XdsConnection;
  readonly #variant: XdsVariant;

  constructor(t: TestContext, options: Partial<XdsConnectionOptions> = {}) {
    this.#variant = options.variant ?? 'sotw';
    const observer: XdsObserver = {
      ...silentObserver,
      onConnected: (_source, isConnected) => this.seen.push(`connected ${isConnected}`),
      onUpdateSuccess: (_source, typeUrl, version) => this.seen.push(`success ${rulesOf(typeUrl).label} ${version}`),
      onUpdateRejected: (_source, typeUrl) => this.seen.push(`rejected ${rulesOf(typeUrl).label}`),
      onUpdateFailure: (_source, typeUrl) => this.seen.push(`failure ${rulesOf(typeUrl).label}`),
      onFetchTimeout: (_source, typeUrl, names) => this.seen.push(`timeout ${rulesOf(typeUrl).label} ${names.join()}`),
      onRateLimited: () => this.seen.push('limited'),
      onControlPlane: (_source, identifier) => this.seen.push(`server ${identifier}`),
    };
    this.connection = new XdsConnection({
      source: 'ads',
      variant: this.#variant,
      method: aggregatedMethods[this.#variant],
      transports: [() => this.transport],
      node: testNode('me'),
      isNodeOnFirstOnly: false,
      rateLimit: undefined,
      backoff: { baseMs: 1000, maxMs: 8000, jitter: 'none' },
      limits: defaultXdsLimits,
      clock: this.clock,
      random: seededRandom(1),
      observer,
      logger: this.log.logger,
      ...options,
    });
    t.after(() => {
      this.connection.close();
      assert.equal(this.clock.pendingTimers, 0, 'timers are left');
    });
  }

  subscribe(typeUrl: string, names: readonly string[], handler = new RecordingHandler()) {
    const timeouts = { initialFetchMs: 15_000, notFoundMs: 15_000 };
    const result = this.connection.subscribe(typeUrl, handler, timeouts);
    assert.ok(result.kind === 'ok');
    if (names.length > 0) result.value.change({ subscribe: names });
    return { subscription: result.value, handler };
  }

  start(): ManualStream {
    this.connection.start();
    this.stream.events.onOpen();
    return this.stream;
  }

  get stream(): ManualStream {
    return this.transport.current;
  }

  /** What was sent since the last look. */
  sent() {
    return this.stream.sent.splice(0).map((bytes) => {
      const { typeUrl, resourceNames: names, versionInfo: version, errorDetail, node } = readSotwRequest(bytes);
      return { type: rulesOf(typeUrl).label, names, version, nack: errorDetail?.message, node: node?.id };
    });
  }

  send(response: SotwResponseInit): void {
    this.stream.events.onMessage(writeSotwResponse(response));
  }

  sendDelta(response: DeltaResponseInit): void {
    this.stream.events.onMessage(writeDeltaResponse(response));
  }
}

describe('requests', () => {
  it('go out make before break, whatever the order of subscribing was', (t) => {
    const lab = new Lab(t);
    for (const [typeUrl, name] of [
      [route, 'r'],
      [listener, '*'],
      [endpoints, 'e'],
      [cluster, '*'],
    ] as const) {
      lab.subscribe(typeUrl, [name]);
    }
    lab.start();
    assert.deepEqual(
      lab.sent().map(({ type }) => type),
      ['CDS', 'EDS', 'LDS', 'RDS'],
    );
  });

  it('of one batch become one', (t) => {
    const lab = new Lab(t);
    const { subscription } = lab.subscribe(endpoints, []);
    lab.start();
    lab.connection.batch(() => {
      for (const name of ['a', 'b', 'c']) subscription.change({ subscribe: [name] });
      subscription.change({ unsubscribe: ['b'] });
    });
    assert.deepEqual(
      lab.sent().map(({ names }) => names),
      [['a', 'c']],
    );
  });

  it('that a response causes are sent after it was handled, with its answer first', (t) => {
    const lab = new Lab(t);
    const eds = lab.subscribe(endpoints, []);
    const handler = new RecordingHandler();
    const apply = handler.apply.bind(handler);
    handler.apply = (update) => {
      for (const { name } of update.resources) eds.subscription.change({ subscribe: [name] });
      return apply(update);
    };
    lab.subscribe(cluster, ['*'], handler);
    lab.start();
    lab.sent();
    lab.send({
      typeUrl: cluster,
      versionInfo: '1',
      nonce: 'n',
      resources: [resourceOf(cluster, 'a'), resourceOf(cluster, 'b')],
    });
    assert.deepEqual(
      lab.sent().map(({ type, names }) => [type, names]),
      [
        ['CDS', []],
        ['EDS', ['a', 'b']],
      ],
    );
  });

  it('wait while their type is paused, answers too, and other types go on', (t) => {
    const lab = new Lab(t);
    const eds = lab.subscribe(endpoints, ['a']);
    const rds = lab.subscribe(route, ['r']);
    lab.start();
    lab.sent();
    const resume = [eds.subscription.pause(), eds.subscription.pause()];
    eds.subscription.change({ subscribe: ['b'] });
    lab.send({ typeUrl: endpoints, versionInfo: '1', nonce: 'n', resources: [resourceOf(endpoints, 'a')] });
    rds.subscription.change({ subscribe: ['s'] });
    assert.deepEqual(
      lab.sent().map(({ type }) => type),
      ['RDS'],
    );
    resume[0]?.();
    resume[0]?.();
    assert.deepEqual(lab.sent(), []);
    resume[1]?.();
    assert.deepEqual(
      lab.sent().map(({ type, names, version }) => [type, names, version]),
      [['EDS', ['a', 'b'], '1']],
    );
  });

  it('wait for a slow stream, and come as one', (t) => {
    const lab = new Lab(t);
    const { subscription } = lab.subscribe(endpoints, ['a']);
    const stream = lab.start();
    stream.isWritable = false;
    subscription.change({ subscribe: ['b'] });
    assert.equal(lab.sent().length, 2);
    subscription.change({ subscribe: ['c'] });
    subscription.change({ subscribe: ['d'] });
    assert.deepEqual(lab.sent(), []);
    stream.isWritable = true;
    stream.events.onDrain();
    assert.deepEqual(
      lab.sent().map(({ names }) => names),
      [['a', 'b', 'c', 'd']],
    );
  });

  it('keep to the rate limit', (t) => {
    const lab = new Lab(t, { rateLimit: { maxTokens: 2, fillRatePerSecond: 1 } });
    const { subscription } = lab.subscribe(endpoints, ['a']);
    lab.start();
    for (const name of ['b', 'c', 'd']) subscription.change({ subscribe: [name] });
    assert.deepEqual(
      lab.sent().map(({ names }) => names.length),
      [1, 2],
    );
    assert.deepEqual(
      lab.seen.filter((seen) => seen === 'limited'),
      ['limited'],
    );
    lab.clock.advance(1000);
    assert.deepEqual(
      lab.sent().map(({ names }) => names.length),
      [4],
    );
  });

  it('carry the node once a stream or in every message, as configured', (t) => {
    for (const [isNodeOnFirstOnly, expected] of [
      [true, ['me', undefined]],
      [false, ['me', 'me']],
    ] as const) {
      const lab = new Lab(t, { isNodeOnFirstOnly });
      lab.subscribe(cluster, ['*']);
      lab.subscribe(listener, ['*']);
      lab.start();
      assert.deepEqual(
        lab.sent().map(({ node }) => node),
        expected,
      );
      lab.stream.events.onEnd(14, 'gone');
      lab.clock.advance(1000);
      assert.equal(lab.sent()[0]?.node, 'me');
    }
  });
});

describe('a broken stream', () => {
  it('is opened again after growing waits, and everything is asked for anew with the version in use', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(cluster, ['*']);
    lab.start();
    lab.send({ typeUrl: cluster, versionInfo: '4', nonce: 'n', resources: [resourceOf(cluster, 'a', 'x')] });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = lab.transport.streams.length;
      lab.stream.events.onEnd(14, 'no server');
      waits.push(lab.clock.nextTimerMs ?? -1);
      lab.clock.advance(waits.at(-1)!);
      assert.equal(lab.transport.streams.length, before + 1);
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 8000]);
    assert.deepEqual(lab.sent(), [{ type: 'CDS', names: [], version: '4', nack: undefined, node: 'me' }]);
    assert.deepEqual(Object.fromEntries(handler.inUse), { a: 'x' });
    assert.deepEqual(lab.seen.slice(0, 4), ['connected true', 'success CDS 4', 'connected false', 'failure CDS']);
  });

  it('starts with short waits again once a server has answered', (t) => {
    const lab = new Lab(t);
    lab.subscribe(cluster, ['*']);
    lab.start();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      lab.stream.events.onEnd(14, 'no server');
      lab.clock.advance(8000);
    }
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n' });
    lab.stream.events.onEnd(0, '');
    assert.equal(lab.clock.nextTimerMs, 1000);
  });

  it('moves on to the next server, and back to the first', (t) => {
    const transports = [new ManualTransport(), new ManualTransport()];
    const lab = new Lab(t, { transports: transports.map((transport) => () => transport) });
    lab.subscribe(cluster, ['*']);
    lab.connection.start();
    transports[0]?.current.events.onEnd(14, 'down');
    lab.clock.advance(1000);
    transports[1]?.current.events.onEnd(14, 'down');
    lab.clock.advance(2000);
    assert.deepEqual(
      transports.map(({ streams }) => streams.length),
      [2, 1],
    );
  });

  it('is heard no more', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(cluster, ['*']);
    const old = lab.start();
    old.events.onEnd(14, 'gone');
    old.events.onMessage(
      writeSotwResponse({ typeUrl: cluster, versionInfo: '9', resources: [resourceOf(cluster, 'a')] }),
    );
    old.events.onEnd(14, 'gone again');
    assert.equal(handler.updates.length, 0);
    assert.equal(lab.clock.pendingTimers, 1 + 1, 'one retry and the wait for clusters');
  });

  it('whose transport calls back too early is tried again, and the mistake is named', (t) => {
    const openStream: ManualTransport['openStream'] = (options, events) => {
      events.onEnd(14, 'no such cluster');
      return new ManualTransport().openStream(options, events);
    };
    const lab = new Lab(t, { transports: [() => ({ openStream })] });
    lab.connection.start();
    assert.equal(lab.clock.nextTimerMs, 1000);
    assert.match(lab.log.messages('warning')[0] ?? '', /calls back before openStream returns/);
  });

  it('survives a transport that cannot even begin', (t) => {
    const working = new ManualTransport();
    let isBroken = true;
    const openStream: ManualTransport['openStream'] = (options, events) => {
      if (isBroken) throw new Error('no such cluster');
      return working.openStream(options, events);
    };
    const lab = new Lab(t, { transports: [() => ({ openStream })] });
    lab.subscribe(cluster, ['*']);
    lab.connection.start();
    isBroken = false;
    lab.clock.advance(1000);
    assert.equal(working.current.sent.length, 1);
    assert.match(lab.log.messages('warning')[0] ?? '', /no such cluster/);
  });
});

describe('waiting', () => {
  it('for a first version ends in time, even without a server', (t) => {
    const lab = new Lab(t);
    const { handler, subscription } = lab.subscribe(endpoints, ['a', 'b']);
    lab.subscribe(cluster, ['*']);
    lab.connection.start();
    lab.clock.advance(10_000);
    subscription.change({ subscribe: ['c'], initialFetchMs: 1000 });
    lab.clock.advance(1000);
    assert.deepEqual(handler.waitedFor, [{ name: 'c', cause: 'timeout' }]);
    lab.clock.advance(4000);
    assert.deepEqual(handler.waitedFor.slice(1), [
      { name: 'a', cause: 'timeout' },
      { name: 'b', cause: 'timeout' },
    ]);
    assert.deepEqual(handler.gone, [], 'nobody said that they do not exist');
    assert.ok(lab.seen.includes('timeout EDS a,b') && lab.seen.includes('timeout CDS *'), lab.seen.join());
  });

  it('for a refused first version is over', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(endpoints, ['a']);
    lab.start();
    lab.send({ typeUrl: endpoints, versionInfo: '1', nonce: 'n', resources: [resourceOf(endpoints, 'a', 'bad')] });
    assert.deepEqual(handler.waitedFor, [{ name: 'a', cause: 'rejected' }]);
    lab.clock.advance(60_000);
    assert.equal(handler.waitedFor.length, 1);
    assert.deepEqual(handler.gone, []);
  });

  it('for a name that a connected server does not have ends after 15 s, counted anew for each stream', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(endpoints, ['a', 'b']);
    lab.connection.start();
    lab.clock.advance(5000);
    lab.stream.events.onOpen();
    lab.send({ typeUrl: endpoints, versionInfo: '1', nonce: 'n', resources: [resourceOf(endpoints, 'b')] });
    lab.clock.advance(14_000);
    lab.stream.events.onEnd(14, 'gone');
    lab.clock.advance(1000);
    lab.stream.events.onOpen();
    lab.clock.advance(14_999);
    assert.deepEqual(handler.gone, []);
    lab.clock.advance(1);
    assert.deepEqual(handler.gone, [{ name: 'a', cause: 'not-found' }]);
    lab.send({ typeUrl: endpoints, versionInfo: '2', nonce: 'n2', resources: [resourceOf(endpoints, 'a', 'late')] });
    assert.equal(handler.inUse.get('a'), 'late');
  });

  it('ends resources whose time to live runs out, also during an outage', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(cluster, ['*']);
    lab.start();
    const ttl = { seconds: 10n };
    const resources = [
      wrapped({ name: 'a', ttl, resource: resourceOf(cluster, 'a', 'x') }),
      resourceOf(cluster, 'b', 'x'),
    ];
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources });
    lab.clock.advance(9000);
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n2', resources: [wrapped({ name: 'a', ttl })] });
    lab.stream.events.onEnd(14, 'gone');
    lab.clock.advance(9999);
    assert.deepEqual([...handler.inUse.keys()], ['a', 'b']);
    lab.clock.advance(1);
    assert.deepEqual(handler.gone, [{ name: 'a', cause: 'expired' }]);
    assert.deepEqual([...handler.inUse.keys()], ['b']);
  });

  it('forgets a time to live that is sent no more', (t) => {
    const lab = new Lab(t);
    const { handler } = lab.subscribe(cluster, ['*']);
    lab.start();
    const first = [wrapped({ name: 'a', ttl: { seconds: 10n }, resource: resourceOf(cluster, 'a', 'x') })];
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources: first });
    lab.send({ typeUrl: cluster, versionInfo: '2', nonce: 'n2', resources: [resourceOf(cluster, 'a', 'x')] });
    lab.clock.advance(60_000);
    assert.deepEqual([...handler.inUse.keys()], ['a']);
  });
});

describe('a server that breaks the rules', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['too many bytes', new Uint8Array(2000), /response of 2000 bytes is larger than the 1000/],
    ['too many resources', new Uint8Array(100).map((_, at) => (at % 2 === 0 ? 0x12 : 0)), /30 resources or more/],
    ['no message', new Uint8Array([0x0a, 0x7f]), /cannot be decoded/],
  ];
  for (const [what, bytes, reason] of cases) {
    it(`and sends ${what} loses its stream, and waits longer each time`, (t) => {
      const limits = { ...defaultXdsLimits, maxMessageBytes: 1000, maxResourcesPerResponse: 30 };
      const lab = new Lab(t, { limits });
      const { handler } = lab.subscribe(cluster, ['*']);
      lab.start();
      lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources: [resourceOf(cluster, 'a', 'x')] });
      lab.stream.events.onMessage(bytes);
      assert.equal(lab.stream.isCancelled, true);
      assert.match(lab.log.messages('warning')[0] ?? '', reason);
      lab.clock.advance(1000);
      lab.stream.events.onMessage(bytes);
      assert.equal(lab.clock.nextTimerMs, 2000);
      assert.deepEqual(Object.fromEntries(handler.inUse), { a: 'x' });
    });
  }

  it('and sends a type that was not asked for gets no answer, which would ask for it', (t) => {
    const lab = new Lab(t);
    lab.subscribe(cluster, ['*']);
    lab.subscribe(endpoints, []);
    lab.start();
    lab.sent();
    for (const typeUrl of ['', endpoints, listener]) lab.send({ typeUrl, versionInfo: '1', nonce: 'n' });
    assert.deepEqual(lab.sent(), []);
    assert.equal(lab.log.messages('warning').length, 3);
  });

  it('and sends another type on a stream for one type is told so, and nothing is removed', (t) => {
    const lab = new Lab(t, { method: rulesOf(cluster).methods.sotw! });
    const { handler } = lab.subscribe(cluster, ['*']);
    lab.start();
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources: [resourceOf(cluster, 'a', 'x')] });
    lab.sent();
    lab.send({ typeUrl: listener, versionInfo: '2', nonce: 'n2' });
    assert.match(lab.sent()[0]?.nack ?? '', /of type type\.googleapis\.com\/envoy\.config\.listener\.v3\.Listener/);
    assert.deepEqual(handler.gone, []);
  });

  it('and sends the same again after every refusal gets its answers later and later', (t) => {
    const lab = new Lab(t);
    lab.subscribe(cluster, ['*']);
    lab.start();
    lab.sent();
    const waits: (number | undefined)[] = [];
    const bad = { typeUrl: cluster, versionInfo: '1', resources: [resourceOf(cluster, 'a', 'bad')] };
    for (let count = 0; count < 8; count += 1) {
      lab.send({ ...bad, nonce: `n${count}` });
      waits.push(lab.clock.nextTimerMs);
      lab.clock.advance(lab.clock.nextTimerMs ?? 0);
      assert.equal(lab.sent().length, 1);
    }
    assert.deepEqual(waits, [undefined, 50, 100, 200, 400, 800, 1000, 1000]);
    lab.send({ ...bad, nonce: 'again' });
    assert.equal(lab.sent().length, 0);
    lab.send({ typeUrl: cluster, versionInfo: '2', nonce: 'good' });
    assert.equal(lab.sent()[0]?.version, '2', 'another version is answered at once');
  });

  it('and floods while it takes no answers loses its stream', (t) => {
    const lab = new Lab(t, { variant: 'delta', limits: { ...defaultXdsLimits, maxPendingAnswers: 10 } });
    lab.subscribe(cluster, ['*']);
    const stream = lab.start();
    stream.isWritable = false;
    for (let count = 0; count < 20 && !stream.isCancelled; count += 1)
      lab.sendDelta({ typeUrl: cluster, nonce: `n${count}` });
    assert.equal(stream.isCancelled, true);
    assert.match(lab.log.messages('warning')[0] ?? '', /11 responses came/);
  });
});

describe('closing', () => {
  it('while a response is handled leaves nothing running', (t) => {
    const lab = new Lab(t);
    const handler = new RecordingHandler();
    handler.apply = () => {
      lab.connection.close();
      return [];
    };
    lab.subscribe(cluster, ['*'], handler);
    lab.start();
    const resources = [wrapped({ name: 'a', ttl: { seconds: 5n }, resource: resourceOf(cluster, 'a') })];
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources });
    assert.equal(lab.stream.isCancelled, true);
    assert.equal(lab.clock.pendingTimers, 0);
  });
});

describe('a handler that throws', () => {
  it('rejects what it was given and keeps the stream', (t) => {
    const lab = new Lab(t);
    const handler = new RecordingHandler();
    handler.apply = () => {
      throw new Error('out of luck');
    };
    lab.subscribe(cluster, ['*'], handler);
    lab.start();
    lab.sent();
    lab.send({ typeUrl: cluster, versionInfo: '1', nonce: 'n', resources: [resourceOf(cluster, 'a')] });
    assert.match(lab.sent()[0]?.nack ?? '', /internal error: out of luck/);
    assert.equal(lab.stream.isCancelled, false);
  });
});

describe('delta', () => {
  it('answers and asks on one stream, and tells the next one what it has', (t) => {
    const lab = new Lab(t, { variant: 'delta' });
    lab.subscribe(endpoints, ['a', 'b']);
    lab.start();
    const resources = [{ name: 'a', version: '7', resource: resourceOf(endpoints, 'a', 'x') }];
    lab.sendDelta({ typeUrl: endpoints, nonce: 'n', resources, controlPlane: { identifier: 'cp-1' } });
    const [first, answer] = lab.stream.sent.map(readDeltaRequest);
    assert.deepEqual(first?.resourceNamesSubscribe, ['a', 'b']);
    assert.deepEqual([answer?.responseNonce, answer?.resourceNamesSubscribe], ['n', []]);
    lab.stream.events.onEnd(14, 'gone');
    lab.clock.advance(1000);
    const again = readDeltaRequest(lab.stream.sent[0]!);
    assert.deepEqual([again.resourceNamesSubscribe, again.initialResourceVersions], [['a', 'b'], { a: '7' }]);
    assert.ok(lab.seen.includes('server cp-1'));
  });
});
