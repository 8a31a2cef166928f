// The client over real sockets, against a server by another gRPC and another protobuf implementation.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { err, ok, systemClock, systemRandom } from '@weft/core';
import { captureLogger, eventually, eventuallyPasses, leakCheck } from '@weft/testkit';
import {
  type AdsPlan,
  type GrpcPlan,
  type GrpcServicePlan,
  ResourceCoordinator,
  type ResourceKind,
  type RootSubscription,
  typeUrls,
  XdsClient,
  type XdsVariant,
} from '@weft/xds';
import { contentOf, GrpcTransport, resourceOf, ScriptedXdsServer, testNode } from '@weft/xds/test-support';

leakCheck();

const { cluster, endpoints, listener, route } = typeUrls;
const ads: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 15_000 };

/** A cluster or listener references endpoints or routes of the name that is its content. */
const kinds: readonly ResourceKind<string>[] = [
  kindOf(cluster, endpoints),
  kindOf(endpoints, undefined),
  kindOf(listener, route),
  kindOf(route, undefined),
];

function kindOf(typeUrl: string, referenced: string | undefined): ResourceKind<string> {
  return {
    typeUrl,
    compile: ({ value }) => {
      const content = contentOf(typeUrl, value);
      if (content === 'bad') return err(['the content is bad']);
      const isReference = referenced !== undefined && content !== '';
      return ok({
        value: content,
        references: isReference ? [{ typeUrl: referenced, name: content, source: ads }] : [],
      });
    },
  };
}

/** A whole client of a server, with what it has in use. */
function connect(
  t: TestContext,
  server: ScriptedXdsServer,
  options: { variant?: XdsVariant; roots?: RootSubscription[] } = {},
) {
  const log = captureLogger();
  const inUse = new Map<string, string>();
  const transports: GrpcTransport[] = [];
  const client = new XdsClient({
    node: testNode('me'),
    ads: servicePlan(options.variant ?? 'sotw'),
    connect: () => {
      const transport = new GrpcTransport(server.address);
      transports.push(transport);
      return transport;
    },
    watchFile: () => assert.fail('no file is named'),
    clock: systemClock,
    random: systemRandom,
    logger: log.logger,
  });
  const coordinator = new ResourceCoordinator<string>({
    client,
    clock: systemClock,
    kinds,
    roots: options.roots ?? [
      { typeUrl: cluster, source: ads },
      { typeUrl: listener, source: ads },
    ],
    onCommit: (changes) => {
      for (const { key, value } of changes) {
        if (value === undefined) inUse.delete(key.name);
        else inUse.set(key.name, value);
      }
    },
    logger: log.logger,
  });
  t.after(() => {
    client.close();
    for (const transport of transports) transport.close();
  });
  coordinator.start();
  client.start();
  return { client, coordinator, inUse, log };
}

function servicePlan(variant: XdsVariant): GrpcServicePlan {
  const backoff = { baseMs: 5, maxMs: 50, jitter: 'full' } as const;
  return {
    variant,
    targets: [
      {
        kind: 'cluster',
        clusterName: 'xds',
        authority: '',
        isWithoutEnvoyHeaders: false,
        metadata: [],
        maxMessageBytes: undefined,
        backoff,
      },
    ],
    isNodeOnFirstOnly: true,
    rateLimit: undefined,
  };
}

async function startServer(t: TestContext, port = 0): Promise<ScriptedXdsServer> {
  const server = await ScriptedXdsServer.start(port);
  t.after(() => server.close());
  return server;
}

describe('state of the world over real sockets', () => {
  it('asks in order, accepts, and uses what is complete', async (t) => {
    const server = await startServer(t);
    const { inUse, coordinator } = connect(t, server);
    const stream = await server.expectSotwStream();
    const first = await stream.expectSubscribe(cluster, []);
    assert.equal(first.node?.id, 'me');
    stream.send({ typeUrl: cluster, versionInfo: '1', nonce: 'c1', resources: [resourceOf(cluster, 'c', 'e')] });
    await stream.expectAck(cluster, 'c1');
    await stream.expectSubscribe(endpoints, ['e']);
    assert.equal(inUse.size, 0);
    stream.send({ typeUrl: endpoints, versionInfo: '1', nonce: 'e1', resources: [resourceOf(endpoints, 'e', 'x')] });
    await stream.expectAck(endpoints, 'e1');
    await stream.expectSubscribe(listener, []);
    stream.send({ typeUrl: listener, versionInfo: '1', nonce: 'l1', resources: [resourceOf(listener, 'l', 'r')] });
    await stream.expectAck(listener, 'l1');
    await stream.expectSubscribe(route, ['r']);
    assert.deepEqual(Object.fromEntries(inUse), { c: 'e', e: 'x' });
    stream.send({ typeUrl: route, versionInfo: '1', nonce: 'r1', resources: [resourceOf(route, 'r', 'y')] });
    await stream.expectAck(route, 'r1');
    assert.deepEqual(Object.fromEntries(inUse), { c: 'e', e: 'x', l: 'r', r: 'y' });
    assert.equal(coordinator.isSettled, true);
  });

  it('rejects with every reason while the good parts apply', async (t) => {
    const server = await startServer(t);
    const { inUse } = connect(t, server);
    const stream = await server.expectSotwStream();
    await stream.expectSubscribe(cluster, []);
    const resources = [resourceOf(cluster, 'a', 'bad'), resourceOf(cluster, 'b'), resourceOf(listener, 'l')];
    stream.send({ typeUrl: cluster, versionInfo: '1', nonce: 'c1', resources });
    const nack = await stream.expectNack(cluster, 'c1', /Listener in a response of .*; a: the content is bad$/);
    assert.equal(nack.versionInfo, '');
    await stream.expectSubscribe(listener, []);
    assert.deepEqual([...inUse.keys()], ['b']);
    stream.send({ typeUrl: cluster, versionInfo: '2', nonce: 'c2', resources: [resourceOf(cluster, 'a')] });
    assert.equal((await stream.expectAck(cluster, 'c2')).versionInfo, '2');
    assert.deepEqual([...inUse.keys()], ['a']);
  });

  it('keeps what is in use while the server is gone, and takes up where it was', async (t) => {
    const server = await startServer(t);
    const { inUse, client } = connect(t, server);
    const stream = await server.expectSotwStream();
    await stream.expectSubscribe(cluster, []);
    stream.send({ typeUrl: cluster, versionInfo: '1', nonce: 'c1', resources: [resourceOf(cluster, 'c')] });
    await stream.expectAck(cluster, 'c1');
    server.close();
    await eventually(() => !client.isConnected, { what: 'the client to notice' });
    assert.deepEqual([...inUse.keys()], ['c']);
    const next = await startServer(t, server.port);
    const again = await next.expectSotwStream();
    const request = await again.expectSubscribe(cluster, []);
    assert.deepEqual([request.versionInfo, request.responseNonce, request.node?.id], ['1', '', 'me']);
    assert.deepEqual([...inUse.keys()], ['c']);
  });

  it('comes back after a server ends the stream with an error', async (t) => {
    const server = await startServer(t);
    connect(t, server);
    const stream = await server.expectSotwStream();
    await stream.expectSubscribe(cluster, []);
    stream.close();
    await (await server.expectSotwStream()).expectSubscribe(cluster, []);
  });

  it('refuses a response of 100 MB without taking it in, and lives on', async (t) => {
    const server = await startServer(t);
    const { inUse, log } = connect(t, server);
    const stream = await server.expectSotwStream();
    await stream.expectSubscribe(cluster, []);
    stream.send({ typeUrl: cluster, versionInfo: '1', nonce: 'c1', resources: [resourceOf(cluster, 'c')] });
    await stream.expectAck(cluster, 'c1');
    await stream.expectSubscribe(listener, []);
    stream.sendBytes(Buffer.alloc(100 * 1024 * 1024));
    await stream.expectEnd();
    const again = await server.expectSotwStream();
    assert.equal((await again.expectSubscribe(cluster, [])).versionInfo, '1');
    assert.deepEqual([...inUse.keys()], ['c']);
    assert.match(log.messages('warning').join(), /status 8: .*larger/i);
  });

  it('gives a type of another source a stream of its own', async (t) => {
    const server = await startServer(t);
    const source: GrpcPlan = { kind: 'grpc', key: 'own', initialFetchMs: 0, service: servicePlan('sotw') };
    const { inUse } = connect(t, server, { roots: [{ typeUrl: cluster, source }] });
    const stream = await server.expectSotwStream();
    assert.equal(stream.method, '/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters');
    await stream.expectSubscribe(cluster, []);
    stream.send({ typeUrl: listener, versionInfo: '1', nonce: 'x' });
    await stream.expectNack(cluster, 'x', /of type type\.googleapis\.com\/envoy\.config\.listener/);
    stream.send({ typeUrl: cluster, versionInfo: '1', nonce: 'c1', resources: [resourceOf(cluster, 'c')] });
    await stream.expectAck(cluster, 'c1');
    assert.deepEqual([...inUse.keys()], ['c']);
  });
});

describe('delta over real sockets', () => {
  it('asks, accepts, rejects, removes, and tells the next stream what it has', async (t) => {
    const server = await startServer(t);
    const { inUse } = connect(t, server, { variant: 'delta' });
    const stream = await server.expectDeltaStream();
    await stream.expectSubscribe(cluster, []);
    const resource = (name: string, version: string, content = '') => ({
      name,
      version,
      resource: resourceOf(cluster, name, content),
    });
    stream.send({
      typeUrl: cluster,
      nonce: 'c1',
      resources: [resource('a', '1', 'e'), resource('b', '1'), resource('c', '1')],
    });
    await stream.expectAck(cluster, 'c1');
    await stream.expectSubscribe(endpoints, ['e']);
    const endpoint = { name: 'e', version: '4', resource: resourceOf(endpoints, 'e', 'x') };
    stream.send({ typeUrl: endpoints, nonce: 'e1', resources: [endpoint] });
    await stream.expectAck(endpoints, 'e1');
    await stream.expectSubscribe(listener, []);
    stream.send({ typeUrl: cluster, nonce: 'c2', resources: [resource('b', '2', 'bad')], removedResources: ['c'] });
    await stream.expectNack(cluster, 'c2', /^b: the content is bad$/);
    assert.deepEqual(Object.fromEntries(inUse), { a: 'e', b: '', e: 'x' });
    stream.close();
    const again = await server.expectDeltaStream();
    assert.deepEqual((await again.expectSubscribe(cluster, [])).initialResourceVersions, { a: '1', b: '1' });
    assert.deepEqual((await again.expectSubscribe(endpoints, ['e'])).initialResourceVersions, { e: '4' });
    again.send({ typeUrl: cluster, nonce: 'c1', removedResources: ['a'] });
    await again.expectRequest(listener);
    await again.expectAck(cluster, 'c1');
    const left = await again.expectRequest(endpoints);
    assert.deepEqual(left.resourceNamesUnsubscribe, ['e']);
    await eventuallyPasses(() => assert.deepEqual(Object.fromEntries(inUse), { b: '' }));
  });
});
