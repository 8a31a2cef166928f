/** The webhook server over real sockets, asked by strangers and by our own API server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { istio, kubernetes } from '@weft/api';
import { createInjectionConfig, injectorConfiguration, validatorConfiguration } from '@weft/control/inject';
import {
  InjectionFollower,
  type WebhookCertificate,
  type WebhookConfiguration,
  WebhookConfigurationKeeper,
  WebhookServer,
  type WebhookServerOptions,
} from '@weft/control/inject/server';
import { noopLogger, systemClock, systemRandom, unwrap, Watch } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { eventually, eventuallyPasses, TestAuthority } from '@weft/testkit';
import { startEmbeddedApi } from '../src/ingest/index.ts';

type Parsed = ReturnType<typeof JSON.parse>;

const base = { clock: systemClock, random: systemRandom, log: noopLogger };
const { mutatingWebhookConfiguration } = kubernetes.admissionregistration;

interface Served {
  readonly server: WebhookServer;
  readonly port: number;
  readonly authority: TestAuthority;
  readonly certificate: Watch<WebhookCertificate>;
}

async function serve(t: TestContext, options: Partial<WebhookServerOptions> = {}): Promise<Served> {
  const authority = await TestAuthority.create();
  const certificate = new Watch<WebhookCertificate>(await authority.server());
  const config = unwrap(createInjectionConfig({ values: { global: { tag: 'test' } } }));
  const state = { config, proxyConfigs: [], nodes: [] };
  const server = new WebhookServer({
    host: '127.0.0.1',
    port: 0,
    certificate,
    injection: () => state,
    clock: systemClock,
    log: noopLogger,
    ...options,
  });
  const { port } = await server.start();
  t.after(() => server.close());
  return { server, port, authority, certificate };
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly body?: string | Buffer;
}

async function ask(
  { port, authority }: Served,
  { method = 'POST', path = '/inject', type, body }: Ask,
): Promise<{ status: number; text: string }> {
  const request = httpsRequest({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    method,
    path,
    agent: false,
    ca: authority.caPem,
    headers: { 'content-type': type ?? 'application/json' },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text };
}

const REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u',
    operation: 'CREATE',
    namespace: 'shop',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    },
  },
};

test('answers reviews, and refuses everything else in words', async (t) => {
  const outcomes: string[] = [];
  const served = await serve(t, { maxBodyBytes: 100_000, onInjection: ({ outcome }) => outcomes.push(outcome) });
  const good = await ask(served, { path: '/inject/net/n1?timeout=10s', body: JSON.stringify(REVIEW) });
  assert.equal(good.status, 200);
  const { response } = JSON.parse(good.text) as Parsed;
  assert.match(Buffer.from(response.patch, 'base64').toString(), /"value":"n1"/);
  assert.deepEqual(outcomes, ['injected']);
  assert.equal((await ask(served, { path: '/httpsReady', method: 'GET' })).status, 200);
  const cases: [Ask, number, RegExp][] = [
    [{ path: '/other', body: '{}' }, 404, /\/inject and \/validate/],
    [{ method: 'GET' }, 405, /POST/],
    [{ type: 'text/plain', body: '{}' }, 415, /application\/json/],
    [{ body: '' }, 400, /not JSON/],
    [{ body: '{"kind": ' }, 400, /not JSON: .* line 1/],
    [{ body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400, /UTF-8/],
    [{ body: '['.repeat(50_000) }, 400, /depth/],
    [{ body: '{"kind": "Pod"}' }, 400, /AdmissionReview/],
    [{ path: '/validate', body: '[]' }, 400, /AdmissionReview/],
    [{ body: Buffer.alloc(2_000_000, 0x20) }, 413, /100000 bytes/],
  ];
  for (const [given, status, message] of cases) {
    const answer = await ask(served, given);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, message);
  }
  assert.equal((await ask(served, { body: JSON.stringify(REVIEW) })).status, 200, 'and goes on');
});

test('a client that goes away in its body harms nobody', async (t) => {
  const served = await serve(t);
  const socket = connect({ host: '127.0.0.1', port: served.port, servername: 'localhost', ca: served.authority.caPem });
  await once(socket, 'secureConnect');
  socket.write(
    'POST /inject HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"kind"',
  );
  socket.destroy();
  assert.equal((await ask(served, { body: JSON.stringify(REVIEW) })).status, 200);
});

test('shows the newest certificate, and goes on with the last good one', async (t) => {
  const served = await serve(t);
  const shown = async (): Promise<string> => {
    const socket = connect({
      host: '127.0.0.1',
      port: served.port,
      servername: 'localhost',
      ca: served.authority.caPem,
    });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const first = await shown();
  const next = await served.authority.server();
  served.certificate.swap(next);
  const second = await shown();
  assert.notEqual(second, first);
  served.certificate.swap({ chainPem: 'broken', keyPem: next.keyPem });
  assert.equal(await shown(), second);
});

async function startCluster(t: TestContext): Promise<KubeClient> {
  const api = await startEmbeddedApi({ ...base, port: 0, version: 'test' });
  t.after(() => api.close());
  return api.client;
}

test('pods of a labelled namespace are injected by way of the API server, before and after a new root', async (t) => {
  const client = await startCluster(t);
  const served = await serve(t);
  const target = { kind: 'url', url: `https://localhost:${served.port}` } as const;
  const wantedFor = (caPem: string): WebhookConfiguration[] => {
    const common = { revision: 'default', target, caPem, controlPlaneNamespace: 'istio-system' };
    return [injectorConfiguration(common), validatorConfiguration(common)];
  };
  const wanted = new Watch<readonly WebhookConfiguration[]>(wantedFor(served.authority.caPem));
  const keeper = new WebhookConfigurationKeeper({ client, wanted, ...base });
  keeper.start();
  t.after(() => keeper.stop());
  const hooks = client.resource(mutatingWebhookConfiguration);
  await eventuallyPasses(async () => void (await hooks.get('istio-sidecar-injector')), { what: 'the configuration' });

  const namespaces = client.resource(kubernetes.core.namespace);
  await namespaces.create({ metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } });
  await namespaces.create({ metadata: { name: 'plain' } });
  const create = (name: string, namespace: string, metadata: object = {}): Promise<Parsed> =>
    client.resource(kubernetes.core.pod, { namespace }).create({
      metadata: { name, ...metadata },
      spec: { containers: [{ name: 'a', image: 'a', readinessProbe: { httpGet: { path: '/', port: 80 } } }] },
    } as never);
  const names = (pod: Parsed): string[] => pod.spec.containers.map((one: Parsed) => one.name);
  let count = 0;
  const injected = await eventually(async () => {
    const pod = await create(`p-${++count}`, 'shop');
    return names(pod).length === 2 && pod;
  });
  assert.deepEqual(names(injected), ['a', 'istio-proxy']);
  assert.equal(injected.spec.containers[0].readinessProbe.httpGet.port, 15_020);
  assert.deepEqual(names(await create('plain', 'plain')), ['a']);
  assert.deepEqual(names(await create('asks', 'plain', { labels: { 'sidecar.istio.io/inject': 'true' } })), [
    'a',
    'istio-proxy',
  ]);
  await assert.rejects(
    create('wrong', 'shop', { annotations: { 'sidecar.istio.io/proxyCPU': 'x' } }),
    /namespace\.sidecar-injector\.istio\.io.* denied the request: the sidecar cannot be injected/,
  );

  // Somebody takes the authorities away; then a new root comes.
  const current = await hooks.get('istio-sidecar-injector');
  await hooks.replace({ ...current, webhooks: [] });
  await eventuallyPasses(async () => assert.equal((await hooks.get('istio-sidecar-injector')).webhooks?.length, 4));
  const other = await TestAuthority.create();
  served.certificate.swap(await other.server());
  wanted.swap(wantedFor(other.caPem));
  const bundle = Buffer.from(other.caPem).toString('base64');
  await eventuallyPasses(async () => {
    const { webhooks = [] } = await hooks.get('istio-sidecar-injector');
    assert.ok(webhooks.every(({ clientConfig }) => clientConfig.caBundle === bundle));
  });
  await eventuallyPasses(async () => {
    assert.deepEqual(names(await create(`p-${++count}`, 'shop')), ['a', 'istio-proxy']);
  });
});

test('objects of the mesh are validated by way of the API server', async (t) => {
  const client = await startCluster(t);
  const served = await serve(t);
  const target = { kind: 'url', url: `https://localhost:${served.port}` } as const;
  const options = { revision: 'default', target, caPem: served.authority.caPem, controlPlaneNamespace: 'istio-system' };
  await client
    .resource(kubernetes.admissionregistration.validatingWebhookConfiguration)
    .create(validatorConfiguration(options));
  const services = client.resource(istio.networking.virtualService, { namespace: 'default' });
  const spec = { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' } }] }] };
  await services.create({ metadata: { name: 'a' }, spec } as never);
  // Our own API server has looked at it before: that both say the same is the point.
  await assert.rejects(
    services.create({ metadata: { name: 'b' }, spec: { hosts: [] } } as never),
    /VirtualService.*"b" is invalid/,
  );
  const review = {
    ...REVIEW,
    request: {
      ...REVIEW.request,
      object: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'b' },
        spec: { hosts: [] },
      },
    },
  };
  const { text } = await ask(served, { path: '/validate', body: JSON.stringify(review) });
  assert.match((JSON.parse(text) as Parsed).response.status.message, /VirtualService "b" is invalid/);
});

test('the state of injection follows nodes, ProxyConfigs and the configuration', async (t) => {
  const client = await startCluster(t);
  const config = new Watch(unwrap(createInjectionConfig()));
  const follower = await InjectionFollower.start({ client, config });
  t.after(() => follower.stop());
  assert.deepEqual(follower.state(), { config: config.get(), proxyConfigs: [], nodes: [] });
  const nodes = client.resource(kubernetes.core.node);
  await nodes.create({ metadata: { name: 'n1' } });
  const rest = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'];
  rest.push('kubeProxyVersion', 'operatingSystem', 'architecture');
  const nodeInfo = { ...Object.fromEntries(rest.map((name) => [name, 'x'])), kubeletVersion: 'v1.34.0' };
  await nodes.patchStatus('n1', { nodeInfo });
  await client
    .resource(istio.networking.proxyConfig, { namespace: 'default' })
    .create({ metadata: { name: 'p' }, spec: { concurrency: 2 } } as never);
  await eventuallyPasses(() => {
    assert.deepEqual(follower.state().nodes, [{ name: 'n1', kubelet: 'v1.34.0' }]);
    assert.deepEqual(
      follower.state().proxyConfigs.map(({ spec }) => spec?.concurrency),
      [2],
    );
  });
  assert.equal(follower.state(), follower.state(), 'nothing is made anew while nothing changes');
  config.swap(unwrap(createInjectionConfig({ revision: 'canary' })));
  assert.equal(follower.state().config.revision, 'canary');
});
