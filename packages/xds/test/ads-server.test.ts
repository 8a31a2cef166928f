// The server over real sockets, with our client over the gRPC of others.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { err, noopLogger, ok, systemClock, systemRandom } from '@weft/core';
import { eventually, eventuallyPasses, leakCheck, TestAuthority } from '@weft/testkit';
import { type AdsPlan, type GrpcServicePlan, typeUrls, XdsClient, type XdsVariant } from '@weft/xds';
import { type GrpcServer, grpcCode } from '@weft/xds/server';
import {
  AdsHost,
  type AdsHostOptions,
  BAD_CONTENT,
  GrpcTransport,
  modelTypes,
  RecordingHandler,
  testNode,
} from '@weft/xds/test-support';

leakCheck();

const { cluster, endpoints, listener, route } = typeUrls;
const ads: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 15_000 };

/** A client that wants all clusters and listeners, and what is named of the rest. */
function connect(
  t: TestContext,
  address: string,
  options: { variant?: XdsVariant; credentials?: () => ChannelCredentials } = {},
) {
  const handlers = new Map(modelTypes.map((typeUrl) => [typeUrl, new RecordingHandler()]));
  const transports: GrpcTransport[] = [];
  const client = new XdsClient({
    node: testNode('me'),
    ads: servicePlan(options.variant ?? 'delta'),
    connect: () => {
      const transport = new GrpcTransport(address, options.credentials?.());
      transports.push(transport);
      return transport;
    },
    watchFile: () => assert.fail('no file is named'),
    clock: systemClock,
    random: systemRandom,
    logger: noopLogger,
  });
  t.after(() => {
    client.close();
    for (const transport of transports) transport.close();
  });
  const wanted: Record<string, string[]> = { [endpoints]: ['a', 'b'], [route]: ['r'] };
  for (const typeUrl of modelTypes) {
    const subscription = client.subscribe({ typeUrl, source: ads, handler: handlers.get(typeUrl)! });
    assert.ok(subscription.kind === 'ok');
    subscription.value.change({ subscribe: wanted[typeUrl] ?? ['*'] });
  }
  client.start();
  const inUse = (typeUrl: string) => Object.fromEntries(handlers.get(typeUrl)!.inUse);
  return { client, inUse };
}

function servicePlan(variant: XdsVariant): GrpcServicePlan {
  const backoff = { baseMs: 5, maxMs: 50, jitter: 'full' } as const;
  const target = { kind: 'cluster', clusterName: 'xds', authority: '', isWithoutEnvoyHeaders: false } as const;
  return {
    variant,
    targets: [{ ...target, metadata: [], maxMessageBytes: undefined, backoff }],
    isNodeOnFirstOnly: true,
    rateLimit: undefined,
  };
}

async function start(t: TestContext, options: AdsHostOptions = {}, port = 0): Promise<AdsHost> {
  const host = await AdsHost.start(options, port);
  t.after(() => host.close());
  for (const [typeUrl, name, content] of [
    [cluster, 'a', '1'],
    [endpoints, 'a', '1'],
    [listener, 'l', 'r'],
    [route, 'r', 'a'],
  ] as const) {
    host.mesh.set(typeUrl, name, content);
  }
  host.mesh.takeDirty();
  return host;
}

for (const variant of ['sotw', 'delta'] as const) {
  describe(`${variant} over real sockets`, () => {
    it('serves what there is, then what changes, and knows what the client runs', async (t) => {
      const host = await start(t);
      const { inUse } = connect(t, host.address, { variant });
      await eventuallyPasses(() => {
        assert.deepEqual(inUse(cluster), { a: '1' });
        assert.deepEqual(inUse(endpoints), { a: '1' });
        assert.deepEqual(inUse(route), { r: 'a' });
        assert.equal(host.client!.status().runsRevision, host.mesh.revision);
      });
      assert.equal(host.client!.node.id, 'me');
      assert.equal(host.client!.id, 'me-1');
      const sentBefore = host.sent.length;
      host.mesh.set(endpoints, 'a', '2');
      host.push();
      await eventuallyPasses(() => {
        assert.deepEqual(inUse(endpoints), { a: '2' });
        assert.equal(host.client!.status().runsRevision, host.mesh.revision);
      });
      assert.deepEqual(host.sent.slice(sentBefore), [{ typeUrl: endpoints, resourceCount: 1 }]);
      host.push();
      host.mesh.delete(listener, 'l');
      host.push();
      await eventuallyPasses(() => assert.deepEqual(inUse(listener), {}));
      assert.equal(host.sent.length, sentBefore + 2, 'nothing is sent that did not change');
    });

    it('keeps what a client refuses, with the reason and the resource', async (t) => {
      const host = await start(t);
      const { inUse } = connect(t, host.address, { variant });
      await eventuallyPasses(() => assert.deepEqual(inUse(cluster), { a: '1' }));
      host.mesh.set(cluster, 'a', BAD_CONTENT);
      host.mesh.set(cluster, 'bb', '1');
      host.push();
      await eventuallyPasses(() => {
        assert.deepEqual(inUse(cluster), { a: '1', bb: '1' });
        const type = host.client!.status().types.find(({ typeUrl }) => typeUrl === cluster)!;
        assert.equal(type.state, 'error');
        assert.deepEqual([...type.refused], ['a']);
        assert.match(type.nacked!.message, /a: the content is bad/);
      });
      host.mesh.set(cluster, 'a', '3');
      host.push();
      await eventuallyPasses(() => {
        const type = host.client!.status().types.find(({ typeUrl }) => typeUrl === cluster)!;
        assert.equal(type.state, 'synced');
        assert.equal(type.refused.size, 0);
      });
    });
  });
}

describe('a client that comes back', () => {
  it('is sent the differences only', async (t) => {
    let host = await AdsHost.start();
    t.after(() => host.close());
    for (let each = 0; each < 50; each += 1) host.mesh.set(cluster, `c${each}`, '1');
    host.mesh.takeDirty();
    const { inUse } = connect(t, host.address);
    await eventuallyPasses(() => assert.equal(Object.keys(inUse(cluster)).length, 50));
    const { mesh } = host;
    const { port } = host.grpc;
    await host.close();
    mesh.set(cluster, 'c7', '2');
    host = await AdsHost.start({ mesh }, port);
    await eventuallyPasses(() => assert.equal(inUse(cluster)['c7'], '2'));
    assert.deepEqual(
      host.sent.filter(({ typeUrl }) => typeUrl === cluster),
      [{ typeUrl: cluster, resourceCount: 1 }],
    );
  });
});

describe('a response of many megabytes', () => {
  it('arrives whole, with what comes behind it', async (t) => {
    const host = await start(t);
    const content = 'x'.repeat(5_000_000);
    host.mesh.set(cluster, 'big', content);
    const { inUse } = connect(t, host.address);
    await eventuallyPasses(() => {
      assert.deepEqual(Object.keys(inUse(cluster)), ['a', 'big']);
      assert.deepEqual(inUse(route), { r: 'a' });
    });
    assert.equal(inUse(cluster)['big'], content);
  });
});

describe('connections', () => {
  async function secured(t: TestContext, options: AdsHostOptions['grpc'] = {}) {
    const authority = await TestAuthority.create();
    const tlsOf = async (from: TestAuthority) => {
      const server = await from.server();
      return {
        certificatePem: server.chainPem,
        keyPem: server.keyPem.reveal(),
        clientRootsPem: authority.caPem,
      };
    };
    const host = await start(t, { grpc: { tls: await tlsOf(authority), ...options } });
    const trust = (from: TestAuthority) => () => credentials.createSsl(Buffer.from(from.caPem));
    return { authority, host, tlsOf, trust };
  }

  it('change certificates while they run, for connections from then on', async (t) => {
    const { authority, host, tlsOf, trust } = await secured(t);
    const before = connect(t, host.address, { credentials: trust(authority) });
    await eventuallyPasses(() => assert.deepEqual(before.inUse(cluster), { a: '1' }));
    const other = await TestAuthority.create();
    host.grpc.setTls(await tlsOf(other));
    const after = connect(t, host.address, { credentials: trust(other) });
    await eventuallyPasses(() => assert.deepEqual(after.inUse(cluster), { a: '1' }));
    host.mesh.set(cluster, 'a', '2');
    host.push();
    await eventuallyPasses(() => assert.deepEqual(before.inUse(cluster), { a: '2' }));
    assert.equal(host.ads.clientCount, 2);
  });

  it('tell the authenticator which certificate was proved, and refuse one that was not', async (t) => {
    const { authority, host, trust } = await secured(t, {
      clientCertificates: 'optional',
      authenticate: ({ peer }) =>
        peer.certificate === undefined
          ? err({ code: grpcCode.unauthenticated, message: 'show a certificate' })
          : ok({
              principal: `certificate of ${peer.certificate.length > 0 ? 'somebody' : 'nobody'}`,
              proof: 'certificate',
            }),
    });
    const withCertificate = async (from: TestAuthority) => {
      const { chainPem, keyPem } = await from.workload('shop', 'cart');
      const key = Buffer.from(keyPem.reveal());
      return () => credentials.createSsl(Buffer.from(authority.caPem), key, Buffer.from(chainPem));
    };
    const good = connect(t, host.address, { credentials: await withCertificate(authority) });
    await eventuallyPasses(() => assert.deepEqual(good.inUse(cluster), { a: '1' }));
    assert.deepEqual(host.client!.identity, { principal: 'certificate of somebody', proof: 'certificate' });
    const anonymous = await statusOfStream(host, trust(authority)());
    assert.deepEqual(anonymous, { code: grpcCode.unauthenticated, message: 'show a certificate' });
    const stranger = await statusOfStream(host, (await withCertificate(await TestAuthority.create()))());
    assert.equal(stranger.code, grpcCode.unauthenticated);
    assert.match(stranger.message, /certificate is not valid here/);
  });

  it('are not made without a certificate that is required, and roots change while the server runs', async (t) => {
    const { authority, host, trust } = await secured(t, { clientCertificates: 'required' });
    const other = await TestAuthority.create();
    const server = await authority.server();
    const shown = async (from: TestAuthority) => {
      const { chainPem, keyPem } = await from.workload('shop', 'cart');
      return credentials.createSsl(Buffer.from(authority.caPem), Buffer.from(keyPem.reveal()), Buffer.from(chainPem));
    };
    assert.equal((await statusOfStream(host, trust(authority)())).code, grpcCode.unavailable);
    assert.equal((await statusOfStream(host, await shown(other))).code, grpcCode.unavailable);
    host.grpc.setTls({
      certificatePem: server.chainPem,
      keyPem: server.keyPem.reveal(),
      clientRootsPem: other.caPem,
    });
    assert.equal((await statusOfStream(host, trust(authority)())).code, grpcCode.unavailable);
    assert.equal((await statusOfStream(host, await shown(authority))).code, grpcCode.unavailable);
    const credentialsOfOther = await shown(other);
    const { inUse } = connect(t, host.address, { credentials: () => credentialsOfOther });
    await eventuallyPasses(() => assert.deepEqual(inUse(cluster), { a: '1' }));
  });

  it('are asked to come again at a certain age, and lose nothing', async (t) => {
    const host = await start(t, { grpc: { limits: { maxAgeMs: 50, graceMs: 500 } } });
    const { inUse } = connect(t, host.address);
    await eventually(() => host.departures.length >= 3);
    assert.match(host.departures[0]!, /reached its age/);
    host.mesh.set(cluster, 'b', '1');
    host.push();
    await eventuallyPasses(() => assert.deepEqual(inUse(cluster), { a: '1', b: '1' }));
  });

  it('are let go in order when the server stops', async (t) => {
    const host = await start(t);
    const { inUse } = connect(t, host.address);
    await eventuallyPasses(() => assert.deepEqual(inUse(cluster), { a: '1' }));
    await host.grpc.drain('a new version comes');
    assert.deepEqual(host.departures, ['a new version comes; connect again']);
    assert.equal(host.ads.streamCount, 0);
    await eventuallyPasses(() => assert.equal(host.grpc.connectionCount, 0));
  });
});

/** How a stream ends on which nothing is asked. */
function statusOfStream(
  host: { readonly address: string; readonly grpc: GrpcServer },
  channelCredentials?: ChannelCredentials,
): Promise<{ code: number; message: string }> {
  const transport = new GrpcTransport(host.address, channelCredentials);
  return new Promise((resolve) => {
    const method = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
    transport.openStream(
      { method, maxMessageBytes: 1 << 20 },
      {
        onOpen: () => undefined,
        onMessage: () => undefined,
        onDrain: () => undefined,
        onEnd: (code, message) => resolve({ code, message }),
      },
    );
  });
}
