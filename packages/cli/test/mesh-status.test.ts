/** The commands that look at a mesh, at one that runs: an API, a control plane and a proxy. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { istio, kubernetes } from '@weft/api';
import { startEmbeddedApi } from '@weft/control/ingest';
import { ControlPlane } from '@weft/control/server';
import { LogLevels, noopLogger, systemClock, systemRandom } from '@weft/core';
import { configSources, loadBootstrap, ProxyServer } from '@weft/proxy';
import { eventuallyPasses, freePort, leakCheck, tempDir } from '@weft/testkit';
import { main } from '../src/main.ts';
import { captureContext } from '../src/test-support/capture.ts';

leakCheck();

const base = { clock: systemClock, random: systemRandom, log: noopLogger };
const ANY_PORT = { host: '127.0.0.1', port: 0 };
const OPTIONS = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function bootstrapFor(controlPort: number) {
  const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
  const source = { ads: {}, resource_api_version: 'V3' };
  return {
    node: {
      id: 'router~10.0.0.1~gw.shop~shop.svc.cluster.local',
      cluster: 'gw.shop',
      metadata: { ISTIO_VERSION: '1.30', LABELS: { app: 'gw' } },
    },
    admin: { address: address(0) },
    dynamic_resources: {
      lds_config: source,
      cds_config: source,
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'control' } }],
      },
    },
    static_resources: {
      clusters: [
        {
          name: 'control',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': OPTIONS,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'control',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(controlPort) } }] }],
          },
        },
      ],
    },
  };
}

async function startProxy(t: TestContext, controlPort: number): Promise<ProxyServer> {
  const document = bootstrapFor(controlPort);
  const surroundings = { env: {}, clock: systemClock, uuid: () => 'uuid' };
  const loaded = loadBootstrap(document, surroundings);
  if (loaded.kind === 'err') throw new Error(JSON.stringify(loaded.error));
  const proxy = new ProxyServer({
    bootstrap: loaded.value,
    clock: systemClock,
    random: systemRandom,
    logger: noopLogger,
    streams: process,
    document,
    files: { sources: configSources(surroundings), parse: JSON.parse },
    program: { version: 'weft/test', options: { concurrency: 1 } },
    logLevels: new LogLevels(),
  });
  await proxy.start();
  t.after(() => proxy.close());
  return proxy;
}

async function startMesh(t: TestContext) {
  const api = await startEmbeddedApi({ ...base, port: 0, version: '0.0.0' });
  t.after(() => api.close());
  const control = await ControlPlane.start({
    ...base,
    client: api.client,
    mesh: {
      clusterDomain: 'cluster.local',
      cluster: 'Kubernetes',
      systemNamespace: 'istio-system',
      configMapName: 'istio',
    },
    identifier: 'test',
    version: '0.0.0',
    plaintext: ANY_PORT,
    secure: ANY_PORT,
    debug: ANY_PORT,
    trustsThisMachine: true,
  });
  t.after(() => control.close());
  const kubeconfig = path.join(tempDir(t), 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig());
  const run = async (...argv: string[]) => {
    const capture = captureContext({ clock: systemClock });
    const code = await main(argv, capture.context);
    return { code, out: capture.out(), err: capture.err() };
  };
  return { client: api.client, control, kubeconfig, run };
}

const DEBUG = (control: ControlPlane) => ['--control', `http://127.0.0.1:${control.debugPort}`];

test('weft proxy-status, wait, proxy-config and log tell of a change on its way, and of one that is refused', async (t) => {
  const { client, control, kubeconfig, run } = await startMesh(t);
  const status = (...argv: string[]) => run('proxy-status', ...DEBUG(control), ...argv);
  assert.deepEqual(await status(), { code: 0, out: 'no proxy is connected\n', err: '' });

  await client.resource(kubernetes.core.namespace).create({ metadata: { name: 'shop' } });
  const ports = [{ name: 'http', port: 80 }];
  const scope = { namespace: 'shop' };
  await client
    .resource(kubernetes.core.service, scope)
    .create({ metadata: { name: 'cart' }, spec: { ports } } as never);
  const rules = client.resource(istio.networking.destinationRule, scope);
  await rules.create({ metadata: { name: 'cart' }, spec: { host: 'cart', subsets: [{ name: 'v1' }] } } as never);
  const server = { port: { number: await freePort(), name: 'http', protocol: 'HTTP' }, hosts: ['*'] };
  await client
    .resource(istio.networking.gateway, scope)
    .create({ metadata: { name: 'gw' }, spec: { selector: { app: 'gw' }, servers: [server] } } as never);
  const route = [{ destination: { host: 'cart', subset: 'v1' } }];
  await client
    .resource(istio.networking.virtualService, scope)
    .create({ metadata: { name: 'cart' }, spec: { hosts: ['*'], gateways: ['gw'], http: [{ route }] } } as never);
  const proxy = await startProxy(t, control.plaintextPort);
  const admin = ['--admin', `http://${proxy.adminAddress}`];
  const wait = (...argv: string[]) => run('wait', ...argv, '--kubeconfig', kubeconfig);

  await eventuallyPasses(async () => {
    const waited = await wait('dr/cart.shop');
    assert.deepEqual([waited.code, waited.out], [0, '✓ DestinationRule shop/cart: 1 of 1 proxies run it\n']);
  });
  assert.equal((await wait('destinationrule/cart', '-n', 'shop', '--for', 'accepted')).code, 0);
  const all = await status();
  assert.equal(all.code, 0);
  assert.match(
    all.out,
    /^NAME +CLUSTER +ISTIOD +VERSION +SUBSCRIBED TYPES +STATE\ngw\.shop +Kubernetes +127\.0\.0\.1:\d+ +1\.30 +\d \(CDS,.*LDS.*\) +runs the newest\n$/,
  );
  assert.match((await status('--verbosity', '1')).out, /^gw\.shop +Kubernetes +synced +synced +synced /m);
  assert.match(
    (await run('pc', 'c', ...admin)).out,
    /^cart\.shop\.svc\.cluster\.local +80 +v1 +outbound +EDS +cart\.shop$/m,
  );
  const same = await status('gw.shop', ...admin);
  assert.deepEqual([same.code, same.err], [0, '']);
  assert.match(same.out, /✓ \d+ clusters match\n/);

  // Our proxy ejects no hosts yet, and says so.
  const spec = { trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3 } } };
  await rules.patch('cart', { type: 'merge', body: { spec } });
  const refused = await wait('dr/cart.shop');
  assert.equal(refused.code, 1);
  assert.match(refused.out, /^✗ DestinationRule shop\/cart: 0 of 1 proxies run it; gw\.shop refuses .*eject/);
  const behind = await status();
  assert.equal(behind.code, 1);
  assert.match(behind.out, /^gw\.shop .* refuses CDS for \d+ s$/m);
  assert.match(behind.out, /\n\ngw\.shop refuses CDS outbound\|80\|.* for \d+ s: .*eject/);
  const other = await status('gw.shop', ...admin);
  assert.equal(other.code, 1);
  assert.match(other.out, /cluster outbound\|80\|v1\|cart\.shop\.svc\.cluster\.local: the proxy refuses it\n.*eject/);
  assert.match(other.out, /^ +-outlier_detection:$/m);
  assert.match((await run('pc', 'c', ...admin)).err, /warning: the proxy refuses cluster outbound\|80\|/);

  assert.match((await run('log', ...admin)).out, /^active loggers:\n(?: {2}\S+: \w+\n)+$/);
  const changed = await run('proxy-config', 'log', ...admin, '--level', 'info,xds:debug', '-o', 'json');
  const levels = JSON.parse(changed.out) as Record<string, string>;
  assert.deepEqual([levels['xds'], levels['proxy']], ['debug', 'info']);
  assert.match((await run('log', ...admin, '--reset', '-o', 'json')).out, /"xds": "warning"/);
  assert.match(
    (await run('log', ...admin, '--level', 'loud')).err,
    /"loud" is no level of a log\nhint: levels are trace/,
  );
  assert.match(
    (await run('log', ...admin, '--level', 'nobody:info')).err,
    /answers \/logging\?.* with 400: error: unknown logger name/,
  );
});

test('what nobody can wait for or compare is told at once', async (t) => {
  const { control, kubeconfig, run } = await startMesh(t);
  const wait = (...argv: string[]) => run('wait', ...argv, '--kubeconfig', kubeconfig);
  const refusals: readonly (readonly [string, number, RegExp])[] = [
    ['vs/none.shop', 2, /there is no VirtualService shop\/none/],
    ['service/cart.shop', 2, /writes no status on a Service/],
    ['nothing/cart', 2, /there is no kind nothing/],
    ['cart', 2, /"cart" names no object\nhint: write it as KIND\/NAME/],
  ];
  for (const [object, code, message] of refusals) {
    const answer = await wait(object);
    assert.deepEqual([answer.code, answer.out], [code, ''], object);
    assert.match(answer.err, message);
  }
  const unknown = await run('ps', 'x.shop', ...DEBUG(control));
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /with 404: no proxy x\.shop is connected here; connected are: none/);
});

test('a wait ends with its time, and says how far it came', async (t) => {
  const { client, control, kubeconfig, run } = await startMesh(t);
  await control.close();
  await client.resource(kubernetes.core.namespace).create({ metadata: { name: 'shop' } });
  const rules = client.resource(istio.networking.destinationRule, { namespace: 'shop' });
  await rules.create({ metadata: { name: 'cart' }, spec: { host: 'cart' } } as never);
  const { code, out, err } = await run('wait', 'dr/cart.shop', '--timeout', '50ms', '--kubeconfig', kubeconfig);
  assert.equal(code, 1);
  assert.match(
    out,
    /^✗ DestinationRule shop\/cart: timed out after 50ms: the control plane has not told of generation 1 yet/,
  );
  assert.match(err, /DestinationRule shop\/cart: the control plane has not told of generation 1 yet\n/);
});
