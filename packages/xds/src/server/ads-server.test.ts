import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { err, noopLogger, ok, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { typeUrls } from '../protocol/resource-types.ts';
import { ModelMesh } from '../test-support/model-mesh.ts';
import { encodeDelta, namesOf, ScriptedDeltaClient, ScriptedSotwClient } from '../test-support/scripted-client.ts';
import type { AdsClient, AdsObserver } from './ads-client.ts';
import { AdsServer, type AdsServerOptions } from './ads-server.ts';
import type { AdsLimits } from './limits.ts';
import { grpcCode } from './transport/grpc-status.ts';

const { cluster, endpoints, listener, route, secret } = typeUrls;

/** A server whose turns the test gives, over a mesh. */
function setup(options: { limits?: Partial<AdsLimits>; observer?: AdsObserver; open?: AdsServerOptions['open'] } = {}) {
  const clock = new FakeClock();
  const mesh = new ModelMesh();
  const deferred: (() => void)[] = [];
  const server = new AdsServer({
    identifier: 'weft',
    open: options.open ?? (() => ok(mesh.view())),
    clock,
    random: seededRandom(1),
    logger: noopLogger,
    limits: options.limits ?? {},
    observer: options.observer ?? {},
    defer: (work) => deferred.push(work),
  });
  const turn = () => {
    while (deferred.length > 0) for (const work of deferred.splice(0)) work();
  };
  const push = () => {
    const dirty = mesh.takeDirty();
    for (const client of server.clients) client.push(mesh.view(), dirty);
    turn();
  };
  return { clock, mesh, server, turn, push };
}

/** A mesh with a route that leads to a cluster. */
function setupRoute(options: Parameters<typeof setup>[0] = {}) {
  const all = setup(options);
  all.mesh.set(cluster, 'a', '1');
  all.mesh.set(endpoints, 'a', '1');
  all.mesh.set(listener, 'l', 'r');
  all.mesh.set(route, 'r', 'a');
  all.mesh.takeDirty();
  const client = new ScriptedDeltaClient(all.server);
  client.send({ typeUrl: cluster });
  client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['a'] });
  client.send({ typeUrl: listener });
  client.send({ typeUrl: route, resourceNamesSubscribe: ['r'] });
  all.turn();
  client.take();
  all.turn();
  client.take();
  all.turn();
  return { ...all, client };
}

describe('a stream', () => {
  it('sends clusters first, and listeners and routes when the clusters were accepted', () => {
    const { mesh, server, turn } = setup();
    mesh.set(cluster, 'a', '1');
    mesh.set(listener, 'l', 'r');
    mesh.set(route, 'r', 'a');
    const client = new ScriptedDeltaClient(server);
    client.send({ typeUrl: route, resourceNamesSubscribe: ['r'] });
    client.send({ typeUrl: listener });
    client.send({ typeUrl: cluster });
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
    turn();
    assert.deepEqual(
      client.take().map(({ typeUrl }) => typeUrl),
      [listener, route],
    );
  });

  it('waits for clusters to be accepted no longer than it has to', () => {
    const { mesh, clock, client, push, turn } = setupRoute();
    mesh.set(cluster, 'b', '1');
    mesh.set(route, 'r', 'b');
    push();
    assert.deepEqual(
      client.read().map(({ typeUrl }) => typeUrl),
      [cluster],
    );
    clock.advance(4999);
    turn();
    assert.equal(client.stream.sent.length, 0);
    clock.advance(1);
    turn();
    assert.deepEqual(
      client.read().map(({ typeUrl }) => typeUrl),
      [route],
    );
  });

  it('removes a cluster when the routes without it were accepted', () => {
    const { mesh, client, push, turn } = setupRoute();
    mesh.set(cluster, 'b', '1');
    mesh.delete(cluster, 'a');
    mesh.set(route, 'r', 'b');
    push();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['b'], removed: [] }]);
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: route, names: ['r'], removed: [] }]);
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: [], removed: ['a'] }]);
  });

  it('removes a cluster in the end when routes without it are refused', () => {
    const { mesh, clock, client, push, turn } = setupRoute();
    mesh.delete(cluster, 'a');
    mesh.set(route, 'r', 'gone');
    push();
    const [response] = client.read();
    assert.equal(response!.typeUrl, route);
    client.send({ typeUrl: route, responseNonce: response!.nonce, errorDetail: { code: 3, message: 'no' } });
    turn();
    assert.equal(client.stream.sent.length, 0);
    clock.advance(5000);
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: [], removed: ['a'] }]);
  });

  it('holds a cluster in state of the world by sending it on, under a version that is not that of the set', () => {
    const { mesh, server, turn, push } = setup();
    mesh.set(cluster, 'a', '1');
    mesh.set(route, 'r', 'a');
    mesh.takeDirty();
    const client = new ScriptedSotwClient(server);
    client.send({ typeUrl: cluster });
    client.send({ typeUrl: route, resourceNames: ['r'] });
    turn();
    const accept = (...names: string[]) => {
      const [response] = client.read();
      client.send({ typeUrl: response!.typeUrl, responseNonce: response!.nonce, resourceNames: names });
      turn();
      return response!;
    };
    accept();
    accept('r');
    mesh.set(cluster, 'b', '1');
    mesh.delete(cluster, 'a');
    mesh.set(route, 'r', 'b');
    push();
    const both = accept();
    assert.deepEqual(namesOf(both), ['a', 'b']);
    assert.equal(both.versionInfo, 'b=1~');
    assert.equal(accept('r').typeUrl, route);
    const last = accept();
    assert.deepEqual(namesOf(last), ['b']);
    assert.equal(last.versionInfo, 'b=1');
    assert.equal(client.stream.sent.length, 0);
  });

  it('sends the endpoints of a changed cluster again, which clients warm anew', () => {
    const { mesh, client, push } = setupRoute();
    mesh.set(cluster, 'a', '2');
    push();
    assert.deepEqual(client.take(), [
      { typeUrl: cluster, names: ['a'], removed: [] },
      { typeUrl: endpoints, names: ['a'], removed: [] },
    ]);
  });

  it('holds one pending push: what changed twice goes out once', () => {
    const { mesh, client, push, turn } = setupRoute();
    client.stream.isWritable = false;
    mesh.set(endpoints, 'a', '2');
    push();
    assert.equal(client.read().length, 1);
    for (const content of ['3', '4', '5']) {
      mesh.set(endpoints, 'a', content);
      push();
    }
    assert.equal(client.stream.sent.length, 0, 'nothing is sent before the connection took the last one');
    client.stream.isWritable = true;
    client.handler.onDrain();
    turn();
    const [response, ...more] = client.read();
    assert.equal(response!.resources[0]!.version, '5');
    assert.equal(more.length, 0);
  });

  it('says that what was asked for by name is not there, in delta', () => {
    const { client, turn } = setupRoute();
    client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['nobody'] });
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: endpoints, names: [], removed: ['nobody'] }]);
  });

  it('sends everything again to a client that gave everything up and wants it again', () => {
    const { client, turn } = setupRoute();
    client.send({ typeUrl: cluster, resourceNamesUnsubscribe: ['*'] });
    turn();
    assert.deepEqual(client.take(), []);
    client.send({ typeUrl: cluster, resourceNamesSubscribe: ['*'] });
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
  });

  it('tells a client that drops a name and keeps everything what is there', () => {
    const { client, turn } = setupRoute();
    client.send({ typeUrl: cluster, resourceNamesSubscribe: ['a'] });
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
    client.send({ typeUrl: cluster, resourceNamesUnsubscribe: ['a'] });
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
  });

  it('keeps the endpoints of a cluster that changes and then goes until it is gone', () => {
    const { mesh, client, push, turn } = setupRoute();
    client.stream.isWritable = false;
    mesh.set(cluster, 'a', '2');
    push();
    assert.deepEqual(
      client.take().map(({ typeUrl }) => typeUrl),
      [cluster],
    );
    mesh.delete(cluster, 'a');
    mesh.delete(endpoints, 'a');
    mesh.set(route, 'r', 'elsewhere');
    push();
    client.stream.isWritable = true;
    client.handler.onDrain();
    const order: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      turn();
      for (const { typeUrl } of client.take()) order.push(typeUrl);
    }
    assert.deepEqual(order, [route, cluster, endpoints]);
  });

  it('does not answer for types that the server does not have, and they hold nothing up', () => {
    const { mesh, client, turn, push } = setupRoute();
    client.send({ typeUrl: typeUrls.extension, resourceNamesSubscribe: ['x'] });
    client.send({ typeUrl: 'type.googleapis.com/some.Other' });
    turn();
    assert.deepEqual(client.take(), []);
    mesh.delete(cluster, 'a');
    push();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: [], removed: ['a'] }]);
  });

  it('serves a type alone on its own method, and no other type on it', () => {
    const { mesh, server, turn } = setup();
    mesh.set(cluster, 'a', '1');
    const client = new ScriptedDeltaClient(server, '/envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters');
    client.send({});
    turn();
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
    client.send({ typeUrl: listener });
    assert.equal(client.stream.ended?.failure?.code, grpcCode.invalidArgument);
  });

  it('ends when the client ends it, and tells the control plane', () => {
    const gone: string[] = [];
    const { client, server } = setupRoute({ observer: { onDisconnect: (_client, reason) => gone.push(reason) } });
    client.handler.onHalfClose();
    assert.deepEqual(gone, ['the client ended the stream']);
    assert.deepEqual(client.stream.ended, { failure: undefined });
    assert.equal(server.streamCount, 0);
  });
});

describe('a control plane', () => {
  it('hears what clients accept, refuse and run', () => {
    const heard: string[] = [];
    const { mesh, client, push } = setupRoute({
      observer: {
        onAck: (_client, { typeUrl, response }) => heard.push(`ack ${typeUrl === cluster} ${response.version}`),
        onNack: (_client, { tookMs }, { names, message }) => heard.push(`nack ${names.join()} ${message} ${tookMs}`),
        onRuns: (_client, revision) => heard.push(`runs ${revision}`),
      },
    });
    heard.length = 0;
    mesh.set(cluster, 'b', '1');
    push();
    client.take();
    assert.deepEqual(heard, ['ack true a=1,b=1', `runs ${mesh.revision}`]);
    heard.length = 0;
    mesh.set(cluster, 'b', 'bad');
    push();
    const [response] = client.read();
    client.send({ typeUrl: cluster, responseNonce: response!.nonce, errorDetail: { code: 3, message: 'b: is bad' } });
    assert.deepEqual(heard, ['nack b b: is bad 0', `runs ${mesh.revision}`]);
  });

  it('turns clients away in words', () => {
    const { server } = setup({ open: () => err({ code: grpcCode.permissionDenied, message: 'not your namespace' }) });
    const client = new ScriptedDeltaClient(server);
    client.send({ typeUrl: cluster });
    const failure = { code: grpcCode.permissionDenied, message: 'not your namespace' };
    assert.deepEqual(client.stream.ended, { failure });
    assert.equal(server.streamCount, 0);
  });

  it('may take its time, and the client is answered then', async () => {
    const opened = Promise.withResolvers<void>();
    const clients: AdsClient[] = [];
    const { server, mesh, turn } = setup({
      open: async (client) => {
        clients.push(client);
        await opened.promise;
        return ok(mesh.view());
      },
    });
    mesh.set(cluster, 'a', '1');
    const client = new ScriptedDeltaClient(server);
    client.send({ typeUrl: cluster });
    assert.equal(client.stream.isReading, false);
    client.send({ typeUrl: secret });
    assert.equal(clients[0]!.node.id, 'scripted');
    opened.resolve();
    await opened.promise;
    await new Promise(setImmediate);
    turn();
    assert.equal(client.stream.isReading, true);
    assert.deepEqual(client.take(), [{ typeUrl: cluster, names: ['a'], removed: [] }]);
  });

  it('that fails ends the stream and nothing else', async () => {
    const { server } = setup({ open: () => Promise.reject(new Error('broken')) });
    const client = new ScriptedDeltaClient(server);
    client.send({ typeUrl: cluster });
    await new Promise(setImmediate);
    assert.equal(client.stream.ended?.failure?.code, grpcCode.internal);
  });
});

describe('a hostile client', () => {
  it('that says nothing is let go', () => {
    const { server, clock } = setup();
    const client = new ScriptedDeltaClient(server);
    clock.advance(10_000);
    assert.equal(client.stream.ended?.failure?.code, grpcCode.deadlineExceeded);
    assert.equal(clock.pendingTimers, 0);
  });

  for (const [what, bytes, reason] of [
    ['says no node', encodeDelta({ typeUrl: cluster }), /has to say its node/],
    ['sends no message', new Uint8Array([0xff, 0xff]), /ends in the middle/],
    ['names no type', encodeDelta({ node: { id: 'x' } }), /type_url/],
    ['sends text that is none', new Uint8Array([0x12, 0x01, 0xff]), /typeUrl: invalid UTF-8/],
    ['asks by locator', encodeDelta({ typeUrl: cluster, resourceLocatorsSubscribe: [{ name: 'x' }] }), /not supported/],
    ['has a huge node', encodeDelta({ typeUrl: cluster, node: { id: 'x'.repeat(300_000) } }), /node of 30\d+ bytes/],
  ] as const) {
    it(`that ${what} is told so`, () => {
      const { server } = setup();
      const client = new ScriptedDeltaClient(server);
      client.sendBytes(bytes);
      assert.match(client.stream.ended!.failure!.message, reason);
      assert.equal(server.streamCount, 0);
    });
  }

  it('that never answers gets what changes, and costs no more for it', () => {
    const { mesh, client, push, server } = setupRoute();
    for (let version = 2; version < 300; version += 1) {
      mesh.set(endpoints, 'a', String(version));
      push();
      assert.equal(client.read().length, 1);
    }
    const [served] = server.clients;
    assert.equal(served!.status().types.find(({ typeUrl }) => typeUrl === endpoints)!.state, 'stale');
    assert.ok(served!.status().runsRevision < mesh.revision);
  });

  it('that makes nonces up changes nothing by it', () => {
    const { client, server, turn } = setupRoute();
    const [served] = server.clients;
    const before = served!.status();
    for (const nonce of ['x', '59b3fc35.999', 'a'.repeat(10_000)]) {
      client.send({ typeUrl: cluster, responseNonce: nonce, errorDetail: { code: 3, message: 'lies' } });
    }
    turn();
    assert.deepEqual(client.take(), []);
    assert.deepEqual(served!.status(), before);
  });

  it('that floods is read slower', () => {
    const { client, clock, turn } = setupRoute({ limits: { requests: { maxTokens: 100, fillRatePerSecond: 10 } } });
    for (let count = 0; count < 200; count += 1) {
      client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['a'] });
    }
    assert.equal(client.stream.isReading, false);
    turn();
    assert.deepEqual(client.read().length, 1, 'what was asked for again and again goes out once');
    clock.advance(5000);
    assert.equal(client.stream.isReading, false);
    clock.advance(10_000);
    assert.equal(client.stream.isReading, true);
  });

  it('that changes a long list again and again is read slower still', () => {
    const limits = { requests: { maxTokens: 100, fillRatePerSecond: 10 } };
    const { client } = setupRoute({ limits });
    const names = Array.from({ length: 20_000 }, (_, each) => `n${each}`);
    client.send({ typeUrl: endpoints, resourceNamesSubscribe: names });
    assert.equal(client.stream.isReading, true);
    client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['a'] });
    client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['b'] });
    assert.equal(client.stream.isReading, false);
  });

  it('that wants too many names or types is told the limit', () => {
    const names = setupRoute({ limits: { maxNames: 10 } }).client;
    names.send({ typeUrl: endpoints, resourceNamesSubscribe: Array.from({ length: 11 }, (_, each) => `n${each}`) });
    assert.match(names.stream.ended!.failure!.message, /names are more than the 10/);
    const types = setupRoute({ limits: { maxTypes: 4 } }).client;
    types.send({ typeUrl: secret });
    assert.match(types.stream.ended!.failure!.message, /4 types are the most/);
  });

  it('that reads slowly holds up nobody', () => {
    const { mesh, server, push, clock, turn } = setup({ limits: { maxConcurrentPushes: 1 } });
    mesh.set(cluster, 'a', '1');
    const slow = new ScriptedDeltaClient(server);
    const quick = new ScriptedDeltaClient(server);
    for (const client of [slow, quick]) {
      client.send({ typeUrl: cluster });
      turn();
      client.take();
    }
    slow.stream.isWritable = false;
    mesh.set(cluster, 'a', '2');
    push();
    assert.equal(slow.read().length, 1);
    assert.equal(quick.stream.sent.length, 0, 'the only turn is taken');
    clock.advance(1000);
    turn();
    assert.equal(quick.take().length, 1);
    mesh.set(cluster, 'a', '3');
    push();
    assert.equal(quick.take().length, 1, 'a slow reader takes no second turn');
  });

  it('is one too many', () => {
    const refused: number[] = [];
    const { server } = setup({
      limits: { maxStreams: 1 },
      observer: { onRefused: (_peer, { code }) => refused.push(code) },
    });
    const [first, second] = [new ScriptedDeltaClient(server), new ScriptedDeltaClient(server)];
    assert.equal(first.stream.ended, undefined);
    assert.equal(second.stream.ended?.failure?.code, grpcCode.resourceExhausted);
    assert.deepEqual(refused, [grpcCode.resourceExhausted]);
    assert.equal(server.streamCount, 1);
  });
});

describe('many clients at once', () => {
  it('are let in at the rate that the server takes, in order', () => {
    const { server, clock } = setup({ limits: { newStreams: { maxTokens: 2, fillRatePerSecond: 1 } } });
    const clients = Array.from({ length: 4 }, () => new ScriptedDeltaClient(server));
    for (const client of clients) client.send({ typeUrl: cluster });
    assert.equal(server.clientCount, 2);
    assert.equal(server.admissionQueueLength, 2);
    clock.advance(1000);
    assert.equal(server.clientCount, 3);
    clients[3]!.handler.onClose('gone');
    clock.advance(5000);
    assert.equal(server.clientCount, 3);
    assert.equal(server.admissionQueueLength, 0);
  });

  it('may each want ten thousand names', () => {
    const { mesh, server, turn } = setup();
    const names = Array.from({ length: 10_000 }, (_, each) => `outbound|80||service-${each}.shop.svc.cluster.local`);
    mesh.set(endpoints, names[9999]!, '1');
    const client = new ScriptedSotwClient(server);
    client.send({ typeUrl: endpoints, resourceNames: names });
    turn();
    const [response] = client.read();
    assert.deepEqual(namesOf(response!), [names[9999]]);
    client.send({ typeUrl: endpoints, resourceNames: names, responseNonce: response!.nonce });
    turn();
    assert.equal(client.stream.sent.length, 0);
  });
});
