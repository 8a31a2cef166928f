// A real Envoy, when `ENVOY_BIN` says where one is: it accepts what our server tells it, and no request fails while that changes.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually, eventuallyPasses, freePort, leakCheck, tempDir } from '@weft/testkit';
import { typeUrls, type XdsVariant } from '@weft/xds';
import {
  AdsHost,
  type JsonMesh,
  jsonCluster,
  jsonEndpoints,
  jsonListener,
  jsonRoute,
  jsonView,
} from '@weft/xds/test-support';

leakCheck();

const program = process.env['ENVOY_BIN'];
const START = { withinMs: 20_000, what: 'Envoy' };

function bootstrap(port: number, variant: XdsVariant): unknown {
  const envoyGrpc = { clusterName: 'control' };
  const apiType = variant === 'sotw' ? 'GRPC' : 'DELTA_GRPC';
  const ads = { resourceApiVersion: 'V3', ads: {} };
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicitHttpConfig: { http2ProtocolOptions: {} },
  };
  return {
    node: { id: 'envoy', cluster: 'test' },
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    dynamicResources: {
      adsConfig: { apiType, transportApiVersion: 'V3', setNodeOnFirstMessageOnly: true, grpcServices: [{ envoyGrpc }] },
      cdsConfig: ads,
      ldsConfig: ads,
    },
    staticResources: {
      clusters: [
        {
          name: 'control',
          type: 'STATIC',
          typedExtensionProtocolOptions: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
          loadAssignment: jsonEndpoints('control', port),
        },
      ],
    },
  };
}

/** Starts Envoy; what is returned asks its admin interface. */
async function startEnvoy(
  t: TestContext,
  port: number,
  variant: XdsVariant,
): Promise<(path: string) => Promise<string>> {
  const folder = tempDir(t);
  const [config, adminFile] = [path.join(folder, 'envoy.json'), path.join(folder, 'admin')];
  writeFileSync(config, JSON.stringify(bootstrap(port, variant)));
  const options = ['--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'];
  const child: ChildProcess = spawn(program!, ['-c', config, ...options, '--admin-address-path', adminFile], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await eventually(() => existsSync(adminFile) && readFileSync(adminFile, 'utf8') !== '', START);
  return async (query) => (await fetch(`http://${readFileSync(adminFile, 'utf8')}${query}`)).text();
}

async function startBackend(t: TestContext, name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(name));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

for (const variant of ['sotw', 'delta'] as const) {
  describe(`Envoy over ${variant}`, { skip: program === undefined && 'needs ENVOY_BIN' }, () => {
    it('serves without a failure while clusters and routes come, change and go', async (t) => {
      const backends = [await startBackend(t, 'one'), await startBackend(t, 'two')] as const;
      const port = await freePort();
      const meshOf = (clusters: readonly string[], to: string, more = {}): JsonMesh => ({
        [typeUrls.cluster]: clusters.map((name) => jsonCluster(name, more)),
        [typeUrls.endpoints]: clusters.map((name) => jsonEndpoints(name, backends[name === 'one' ? 0 : 1])),
        [typeUrls.listener]: [jsonListener('in', port, 'routes')],
        [typeUrls.route]: [jsonRoute('routes', to)],
      });
      let revision = 1;
      let view = jsonView(revision, meshOf(['one'], 'one'));
      const host = await AdsHost.start({ open: () => view });
      t.after(() => host.close());
      const admin = await startEnvoy(t, host.grpc.port, variant);
      const call = async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        return response.ok ? await response.text() : `${response.status} ${await response.text()}`;
      };
      await eventuallyPasses(async () => assert.equal(await call(), 'one'), START);

      const failures: string[] = [];
      let isCalling = true;
      const calling = (async () => {
        while (isCalling) {
          const answer = await call().catch(String);
          if (answer !== 'one' && answer !== 'two') failures.push(answer);
        }
      })();
      const push = async (mesh: JsonMesh) => {
        revision += 1;
        view = jsonView(revision, mesh);
        host.client!.push(view);
        await eventuallyPasses(() => assert.equal(host.client!.status().runsRevision, revision), START);
      };
      for (let round = 0; round < 5; round += 1) {
        await push(meshOf(['two'], 'two'));
        assert.equal(await call(), 'two');
        await push(meshOf(['one'], 'one'));
        assert.equal(await call(), 'one');
        // A changed cluster is warmed anew, and needs its endpoints for that.
        await push(meshOf(['one'], 'one', { connectTimeout: `${2 + round}s` }));
      }
      assert.doesNotMatch(await admin('/clusters'), /^two::/m);
      assert.match(await admin('/stats?filter=cluster_manager.warming_clusters'), /: 0/);
      isCalling = false;
      await calling;
      assert.deepEqual(failures, []);
      assert.deepEqual(host.nacks, []);

      revision += 1;
      host.client!.push(jsonView(revision, { ...meshOf(['one'], 'one'), [typeUrls.listener]: [{ name: 'in' }] }));
      await eventuallyPasses(() => assert.deepEqual(host.nacks[0]?.names, ['in']));
      assert.equal(await call(), 'one');
    });

    it('loses nothing when the server restarts, and is told what changed meanwhile', async (t) => {
      const backends = [await startBackend(t, 'one'), await startBackend(t, 'two')] as const;
      const port = await freePort();
      const meshOf = (backend: number): JsonMesh => ({
        [typeUrls.cluster]: [jsonCluster('c')],
        [typeUrls.endpoints]: [jsonEndpoints('c', backend)],
        [typeUrls.listener]: [jsonListener('in', port, 'routes')],
        [typeUrls.route]: [jsonRoute('routes', 'c')],
      });
      const first = await AdsHost.start({ open: () => jsonView(1, meshOf(backends[0])) });
      await startEnvoy(t, first.grpc.port, variant);
      const call = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
      await eventuallyPasses(async () => assert.equal(await call(), 'one'), START);
      const { port: control } = first.grpc;
      await first.close();
      assert.equal(await call(), 'one');
      const second = await AdsHost.start({ open: () => jsonView(2, meshOf(backends[1])) }, control);
      t.after(() => second.close());
      await eventuallyPasses(async () => assert.equal(await call(), 'two'), START);
      await eventuallyPasses(() => assert.equal(second.client!.status().runsRevision, 2));
      if (variant === 'sotw') return;
      const again = new Set(second.sent.map(({ typeUrl }) => typeUrl));
      assert.ok(!again.has(typeUrls.cluster) && !again.has(typeUrls.listener), 'what Envoy has is not sent again');
    });
  });
}
