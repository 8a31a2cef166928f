// The xDS client of gRPC itself calls servers that our server tells it of.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { eventuallyPasses, leakCheck, within } from '@weft/testkit';
import { typeUrls } from '@weft/xds';
import { GrpcServer, unaryMethod } from '@weft/xds/server';
import {
  AdsHost,
  type JsonMesh,
  jsonApiListener,
  jsonCluster,
  jsonEndpoints,
  jsonRoute,
  jsonView,
} from '@weft/xds/test-support';

leakCheck();

const TARGET = 'echo.shop:80';

/** A gRPC server that says who it is. */
async function startEcho(t: TestContext, name: string): Promise<number> {
  const echo = unaryMethod(systemClock, async (request) => Buffer.from(`${name} ${Buffer.from(request).toString()}`));
  const server = new GrpcServer({
    methods: new Map([['/test.Echo/Echo', echo]]),
    clock: systemClock,
    random: systemRandom,
    logger: noopLogger,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return server.port;
}

/** Starts the client; what is returned calls and resolves with the answer. */
function startClient(t: TestContext, server: string): (text: string) => Promise<string> {
  const bootstrap = {
    xds_servers: [{ server_uri: server, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] }],
    node: { id: 'grpc-client', cluster: 'shop', locality: { zone: 'z' } },
  };
  const child: ChildProcess = spawn(
    process.execPath,
    [new URL('grpc-xds-program.ts', import.meta.url).pathname, `xds:///${TARGET}`],
    {
      env: { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface({ input: child.stdout! });
  return async (text) => {
    const answer = once(lines, 'line');
    child.stdin!.write(`${text}\n`);
    const [line] = (await within('an answer of the client', answer, 20_000)) as [string];
    return line;
  };
}

describe('the xDS client of gRPC', () => {
  it('finds servers, and follows when they move', async (t) => {
    const one = await startEcho(t, 'one');
    const two = await startEcho(t, 'two');
    const meshOf = (cluster: string, port: number): JsonMesh => ({
      [typeUrls.listener]: [jsonApiListener(TARGET, 'routes')],
      [typeUrls.route]: [jsonRoute('routes', cluster)],
      [typeUrls.cluster]: [jsonCluster(cluster)],
      [typeUrls.endpoints]: [jsonEndpoints(cluster, port)],
    });
    let view = jsonView(1, meshOf('first', one));
    const host = await AdsHost.start({ open: () => view });
    t.after(() => host.close());
    const call = startClient(t, host.address);
    assert.equal(await call('a'), 'one a');
    assert.equal(host.client!.node.id, 'grpc-client');
    await eventuallyPasses(() => assert.equal(host.client!.status().runsRevision, 1));
    view = jsonView(2, meshOf('second', two));
    host.client!.push(view);
    await eventuallyPasses(async () => assert.equal(await call('b'), 'two b'));
    await eventuallyPasses(() => assert.equal(host.client!.status().runsRevision, 2));
    assert.equal(host.nacks.length, 0);
    const broken = { ...meshOf('second', two), [typeUrls.cluster]: [{ name: 'second', type: 'STRICT_DNS' }] };
    host.client!.push(jsonView(3, broken));
    await eventuallyPasses(() => assert.match(host.nacks[0]?.message ?? '', /Unsupported type STRICT_DNS/));
    assert.deepEqual(
      host.nacks.map(({ names }) => names),
      [['second']],
    );
    assert.equal(await call('c'), 'two c');
  });
});
