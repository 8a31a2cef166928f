/** Clusters of names, with a DNS server and an upstream on loopback. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { systemClock, systemRandom } from '@weft/core';
import { captureLogger, eventuallyPasses } from '@weft/testkit';
import { loadBootstrap } from '../src/server/load-bootstrap.ts';
import { ProxyServer } from '../src/server/proxy-server.ts';

const http = process.getBuiltinModule('node:http');

/** Answers every question of type A with the addresses that hold now, for one second. */
async function startDns(t: TestContext, addresses: () => readonly string[]): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, addresses()), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return socket.address().port;
}

/** RFC 1035 §4.1: header, the question as it came, and one record for each address, whose name points at the question. */
function answerTo(query: Buffer, addresses: readonly string[]): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  const question = query.subarray(12, end + 5);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.fill(0, 8);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, question, ...records]);
}

async function startBackend(t: TestContext, host: string, port = 0): Promise<number> {
  const backend: Server = http.createServer((_, response) => response.end(host));
  backend.listen(port, host);
  await once(backend, 'listening');
  t.after(() => {
    backend.closeAllConnections();
    backend.close();
  });
  return (backend.address() as AddressInfo).port;
}

async function startProxy(t: TestContext, cluster: Readonly<Record<string, unknown>>) {
  const config = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'main',
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'names' } }] },
      ],
    },
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  const listener = {
    name: 'main',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'http', typed_config: config }] }],
  };
  const document = { static_resources: { listeners: [listener], clusters: [{ name: 'names', ...cluster }] } };
  const loaded = loadBootstrap(document, { env: {}, clock: systemClock, uuid: () => 'uuid' });
  if (loaded.kind === 'err') throw new Error(JSON.stringify(loaded.error));
  const { logger } = captureLogger();
  const parts = { bootstrap: loaded.value, clock: systemClock, random: systemRandom, logger, streams: process };
  const server = new ProxyServer(parts);
  await server.start();
  t.after(() => server.close());
  const address = server.listeners[0]!.addresses[0]!;
  return async () => (await fetch(`http://${address}/`, { headers: { connection: 'close' } })).text();
}

function clusterOf(type: string, name: string, port: number, dnsPort: number) {
  return {
    type,
    // Another address counts from the next connection on.
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http_protocol_options: {} },
        common_http_protocol_options: { max_requests_per_connection: 1 },
      },
    },
    respect_dns_ttl: true,
    dns_lookup_family: 'V4_ONLY',
    dns_resolvers: [{ socket_address: { address: '127.0.0.1', port_value: dnsPort } }],
    load_assignment: {
      cluster_name: 'names',
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: name, port_value: port } } } }] },
      ],
    },
  };
}

for (const type of ['STRICT_DNS', 'LOGICAL_DNS']) {
  it(`${type} is warm before the first request, and follows the answers of the configured server`, async (t) => {
    const port = await startBackend(t, '127.0.0.1');
    await startBackend(t, '127.0.0.2', port);
    let addresses = ['127.0.0.1'];
    const dnsPort = await startDns(t, () => addresses);
    const get = await startProxy(t, clusterOf(type, 'a.test', port, dnsPort));
    assert.equal(await get(), '127.0.0.1');
    addresses = ['127.0.0.2'];
    await eventuallyPasses(async () => assert.equal(await get(), '127.0.0.2'));
  });
}

it('names of the hosts file resolve without a server', async (t) => {
  const port = await startBackend(t, '127.0.0.1');
  const { dns_resolvers: _, ...cluster } = clusterOf('STRICT_DNS', 'localhost', port, 1);
  const get = await startProxy(t, cluster);
  assert.equal(await get(), '127.0.0.1');
});
